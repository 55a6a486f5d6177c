"""Asking Steam for live games: for a visitor, and by the timetable before anyone visits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from redis.exceptions import RedisError

from webapp.accounts.context import outside, settings
from webapp.bracket.live_series import telling
from webapp.core.db import db, reading
from webapp.core.errors import AegisError, Busy, UpstreamError
from webapp.core.limits import NotNow
from webapp.core.time import monotonic, utcnow
from webapp.matches.live import Body, LiveGames, asking
from webapp.tournaments.models import Series, Tournament, TournamentLeague

PAGE_SECONDS = 6.0
"""After these a visitor waits for no further league; the others are shown as they are kept."""

TURN_SECONDS = 10.0
FRESH_FOR_THE_CLOCK = 10.0
"""The timetable comes every 15 s and asks a little early, so that visitors hardly ever must."""

BEFORE, AFTER = timedelta(minutes=10), timedelta(hours=8)
"""A series is due from a little before its start until long after it."""


def of_league(league_id: int) -> Body:
    """A league's live games: one call of Steam for all who ask.

    Raises:
        Busy, UpstreamError, NotNow: nothing is kept, and Steam does not tell.
    """
    ask = asking(outside().steam, league_id, settings().breaker_delay)
    return LiveGames(outside().redis, league_id).get(ask, telling(outside().redis, league_id))


@dataclass(frozen=True, slots=True)
class Told:
    """A league's live games, or why they are not known."""

    league_id: int
    body: Body | None
    problem: str = ""

    @property
    def games(self) -> list[Any]:
        return list(self.body["games"]) if self.body else []


def of_leagues(league_ids: Sequence[int]) -> list[Told]:
    """The live games of several leagues; one that cannot be asked keeps the others."""
    until = monotonic() + PAGE_SECONDS
    return [_told(league_id, ask=monotonic() < until) for league_id in league_ids]


def _told(league_id: int, *, ask: bool) -> Told:
    try:
        body = of_league(league_id) if ask else LiveGames(outside().redis, league_id).kept()
    except (AegisError, UpstreamError, NotNow) as error:
        words = error.message if isinstance(error, AegisError) else "Steam does not answer"
        return Told(league_id, None, words)
    except RedisError:
        return Told(league_id, None, "Redis does not answer")
    return Told(league_id, body, "" if body else "Steam was not asked yet")


def leagues_of_running() -> list[int]:
    """The leagues of tournaments that are under way, the newest tournament's first."""
    rows = db.session.execute(
        sa.select(TournamentLeague.league_id, sa.func.max(Tournament.id).label("newest"))
        .join(Tournament, Tournament.id == TournamentLeague.tournament_id)
        .where(Tournament.state == "running", Tournament.archived_at.is_(None))
        .group_by(TournamentLeague.league_id)
        .order_by(sa.desc("newest"), TournamentLeague.league_id)
    )
    return [row.league_id for row in rows]


# ---- by the timetable --------------------------------------------------------------------------


def leagues_due() -> list[int]:
    """The leagues in which a series is to be played about now, or is being played."""
    now = utcnow()
    rows = db.session.scalars(
        sa.select(TournamentLeague.league_id)
        .distinct()
        .join(Tournament, Tournament.id == TournamentLeague.tournament_id)
        .join(Series, Series.tournament_id == Tournament.id)
        .where(
            Tournament.state == "running",
            Tournament.archived_at.is_(None),
            Series.state.in_(("ready", "live")),
            Series.scheduled_at.between(now - AFTER, now + BEFORE),
        )
        .order_by(TournamentLeague.league_id)
    )
    return list(rows)


def refresh() -> int:
    """Ask for the leagues that are due, those with the oldest answers first. How many were told."""
    if not settings().steam_api_key:
        return 0
    with reading():
        due = leagues_due()
    until, told = monotonic() + TURN_SECONDS, 0
    for league_id in _oldest_first(due):
        if monotonic() >= until:
            break
        told += _refreshed(league_id)
    return told


def _oldest_first(league_ids: Collection[int]) -> list[int]:
    if len(league_ids) < 2:
        return list(league_ids)
    pipe = outside().redis.pipeline(transaction=False)
    for league_id in league_ids:
        pipe.pttl(f"aegis:live:{league_id}")
    left = dict(zip(league_ids, pipe.execute(), strict=True))
    return sorted(league_ids, key=lambda league_id: left[league_id])


def _refreshed(league_id: int) -> bool:
    redis = outside().redis
    ask = asking(outside().steam, league_id, settings().breaker_delay)
    try:
        LiveGames(redis, league_id).get(ask, telling(redis, league_id), fresh=FRESH_FOR_THE_CLOCK)
    except (UpstreamError, NotNow, Busy):
        return False  # the breaker counted it, and the league is left alone for a moment
    return True
