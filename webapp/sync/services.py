"""Start a league's sync, or join the one that is under way; and tell how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from redis import Redis

from webapp.core.db import db
from webapp.core.errors import Conflict
from webapp.core.limits import Limits
from webapp.core.runs import services as runs
from webapp.core.runs.models import ACTIVE, Run
from webapp.core.runs.services import Started
from webapp.core.sources import Source
from webapp.core.time import utcnow
from webapp.leagues import services as leagues
from webapp.leagues.models import League
from webapp.matches import services as matches
from webapp.matches.models import Match
from webapp.settings import Rate, Settings

KIND = "sync"
FULL_SYNCS = Rate(6, 3600)
"""How many full syncs people may start of one league: each reads all of its list."""


def key_of(league_id: int) -> str:
    return f"league:{league_id}"


def start_sync(
    settings: Settings, league_id: int, *, full: bool = False, by: int | None = None
) -> Started:
    """A person's Sync or Full sync: a run of the league, or what is added to the active one.

    An unknown league is made.

    Raises:
        Conflict: there is no Steam key, so Steam's list cannot be read.
    """
    if not settings.steam_api_key:
        raise Conflict("STEAM_API_KEY is not set; without it Steam's list cannot be read.")
    leagues.ensure(league_id)
    _probe_refused_keys()
    return _start(league_id, {"collect": True, "full": full}, by)


def allow_full_sync(limits: Limits, started: Started) -> None:
    """Hold the full syncs of a league to ``FULL_SYNCS``; joining a run is always free.

    Call it before the commit: only then is it certain that this click made the run.

    Raises:
        TooMany: the league had as many within the hour.
        Busy: Redis does not answer, so nobody can count.
    """
    if started.created:
        limits.check(f"full-sync:{started.run.key}", FULL_SYNCS)


def retry(
    league_id: int, match_ids: Sequence[int] | None = None, *, by: int | None = None
) -> tuple[Started, int]:
    """Reset the chosen matches (default: all failed and withheld) and give them a round.

    The reset and the run's asking stand in one transaction. Returns how many were reset, too.
    """
    leagues.get(league_id)
    _probe_refused_keys()
    number = matches.retry(league_id, match_ids)
    return _start(league_id, {"retry": True}, by), number


def start_by_timetable(league_id: int) -> Started:
    return _start(league_id, {"collect": True}, None)


def start_due(league_id: int) -> Started:
    """The same run without collecting: for matches that are due again."""
    return _start(league_id, {}, None)


def start_nightly(league_id: int) -> Started:
    return _start(league_id, {"collect": True, "full": True}, None)


def usable_sources(settings: Settings) -> tuple[str, ...]:
    """The sources of details that can be asked: Steam's only with a key.

    The others still count in a round, which stays open: a missing key spends no try.
    """
    return tuple(
        name for name in settings.detail_sources if name == "opendota" or settings.steam_api_key
    )


def _start(league_id: int, asked: dict[str, Any], by: int | None) -> Started:
    return runs.start(KIND, key_of(league_id), league_id=league_id, params=asked, requested_by=by)


def _probe_refused_keys() -> None:
    """A person who set the key right does not wait for hours: the next call asks again."""
    db.session.execute(
        sa.update(Source)
        .where(Source.reason == "auth", Source.open_until > utcnow())
        .values(open_until=utcnow())
        .execution_options(synchronize_session=False)
    )


# ---- how a league stands ---------------------------------------------------------------------


def active_run(league_id: int) -> Run | None:
    return runs.active(KIND, key_of(league_id))


def latest_run(league_id: int) -> Run | None:
    """The league's active run, else its newest."""
    return db.session.scalar(
        sa.select(Run)
        .where(Run.key == key_of(league_id), Run.kind == KIND)
        .order_by(Run.state.in_(ACTIVE).desc(), Run.id.desc())
        .limit(1)
    )


def is_syncing(run: Run | None, redis: Redis) -> bool:
    """Derived, never stored: a run is active, and it moves or a worker lives to move it."""
    return run is not None and runs.is_moving(run, redis)


def left_alone(league_id: int) -> bool:
    """Whether the timetable leaves this league alone: a person cancelled its newest run."""
    run = latest_run(league_id)
    return run is not None and run.state == "cancelled"


def status(league_id: int, redis: Redis) -> dict[str, Any]:
    """What ``GET /api/steam/sync-status/`` tells, with the run as a row."""
    league: League = leagues.get(league_id)
    run = latest_run(league_id)
    last_match = db.session.scalar(
        sa.select(sa.func.max(Match.id)).where(Match.league_id == league_id)
    )
    failed = db.session.scalars(
        sa.select(Match.id)
        .where(Match.league_id == league_id, Match.state == "failed")
        .order_by(Match.id.desc())
        .limit(1000)
    )
    return {
        "league_id": league_id,
        "is_syncing": is_syncing(run, redis),
        "last_sync_at": league.last_sync_at,
        "last_match_id": last_match,
        "failed_match_ids": list(failed),
        "counts": matches.counts(league_id),
        "run": run,
    }
