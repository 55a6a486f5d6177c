"""The series of the current game night, read in a few statements however many there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from redis import Redis
from sqlalchemy.orm import aliased, lazyload

from webapp.accounts.models import User
from webapp.bracket import live_games
from webapp.bracket.live_games import LiveShort
from webapp.bracket.tonight_facts import Due, bests
from webapp.bracket.tonight_show import Played, Show, is_due
from webapp.core.db import db
from webapp.core.render import zone_named
from webapp.core.time import utcnow
from webapp.matches.models import Match
from webapp.tournaments.models import Game, Series, Team, Tournament, TournamentLeague
from webapp.tournaments.nights import night_of
from webapp.tournaments.rounds import round_name, slot_words

AROUND = timedelta(hours=48)
"""A night is somewhere within these around now, in whatever zone its tournament is."""

WEIGHED = 8
"""For how many series matches are weighed, those that began first; the page says if there are more.
"""

Row = sa.Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Left:
    """A series of the night before that is not settled yet."""

    name: str
    href: str
    start: datetime


@dataclass(frozen=True, slots=True)
class Evening:
    """The series of tonight over all tournaments. ``zone`` is the first tournament's."""

    night: date
    zone: ZoneInfo
    night_ends: int
    tournaments: Mapping[int, str]
    shows: Sequence[Show]
    not_weighed: int = 0
    left_open: Sequence[Left] = ()


def evening(redis: Redis) -> Evening:
    """What is played tonight, with what is live and what could be linked."""
    now, told = utcnow(), live_games.by_league(redis)
    live = live_games.of(told)
    around = _series(now, [one.series_id for one in live])
    rows = [row for row in around if _tonight(row, now)]
    zone, ends = _zone_of(around[0].Tournament) if around else (ZoneInfo("UTC"), 6)
    shows: Sequence[Show] = []
    due: list[Due] = []
    if rows:
        games = _games([row.Series.id for row in rows])
        leagues = _leagues({row.Series.tournament_id for row in rows})
        shows = _shows(rows, games, Told(leagues, {one.series_id: one for one in live}, set(told)))
        due = _due(rows, shows, leagues, now)
        found = bests(due[:WEIGHED], games, now)
        shows = [replace(show, best=found.get(show.series_id)) for show in shows]
    return Evening(
        night=night_of(now, zone, ends),
        zone=zone,
        night_ends=ends,
        tournaments={row.Series.tournament_id: row.Tournament.name for row in rows},
        shows=shows,
        not_weighed=max(0, len(due) - WEIGHED),
        left_open=[_left(row) for row in around if row not in rows and _is_left(row, now)],
    )


def _zone_of(tournament: Tournament) -> tuple[ZoneInfo, int]:
    return zone_named(tournament.zone) or ZoneInfo("UTC"), tournament.night_ends


@dataclass(frozen=True, slots=True)
class Told:
    """Each tournament's leagues, what is live by series, and of which leagues that is known."""

    leagues: Mapping[int, Collection[int]]
    live: Mapping[int, LiveShort]
    known: Collection[int]


def _shows(rows: Sequence[Row], games: Mapping[int, Sequence[Row]], told: Told) -> list[Show]:
    return [
        replace(
            _show(row, games[row.Series.id]),
            live=told.live.get(row.Series.id),
            live_known=all(
                league_id in told.known
                for league_id in told.leagues.get(row.Series.tournament_id, ())
            ),
        )
        for row in rows
    ]


def _due(
    rows: Sequence[Row],
    shows: Sequence[Show],
    leagues: Mapping[int, Collection[int]],
    now: datetime,
) -> list[Due]:
    """The series whose next game may be stored by now, those that began first."""
    found = [
        Due(row.Series, leagues.get(row.Series.tournament_id, ()))
        for row, show in zip(rows, shows, strict=True)
        if is_due(show, now) and show.next_game
    ]
    return sorted(found, key=lambda one: (one.series.scheduled_at or now, one.series.id))


def _is_left(row: Row, now: datetime) -> bool:
    return row.Series.scheduled_at < now and row.Series.state in {"ready", "live"}


def _left(row: Row) -> Left:
    series: Series = row.Series
    href = f"/tournaments/{series.tournament_id}?series={series.label}"
    return Left(f"{series.label}, {row.a} vs {row.b}", href, series.scheduled_at or utcnow())


def _series(now: datetime, live: Collection[int]) -> Sequence[Row]:
    """Series of about now, with their tournament, the names of their teams and feeders."""
    a, b, fed_a, fed_b = aliased(Team), aliased(Team), aliased(Series), aliased(Series)
    mate = aliased(Series)
    last = sa.select(sa.func.max(mate.round)).where(
        mate.tournament_id == Series.tournament_id, mate.bracket == Series.bracket
    )
    lower = sa.exists().where(mate.tournament_id == Series.tournament_id, mate.bracket == "losers")
    about_now = Series.scheduled_at.between(now - AROUND, now + AROUND)
    return db.session.execute(
        sa.select(
            Series,
            Tournament,
            *(a.name.label("a"), b.name.label("b")),
            *(fed_a.label.label("fed_a"), fed_b.label.label("fed_b")),
            last.scalar_subquery().label("last_round"),
            lower.label("has_lower"),
        )
        .join(Tournament, Tournament.id == Series.tournament_id)
        .outerjoin(a, a.id == Series.team_a_id)
        .outerjoin(b, b.id == Series.team_b_id)
        .outerjoin(fed_a, fed_a.id == Series.a_series_id)
        .outerjoin(fed_b, fed_b.id == Series.b_series_id)
        .where(
            Tournament.state.in_(("running", "finished")),
            Tournament.archived_at.is_(None),
            ~Series.skipped,
            sa.or_(about_now, Series.id.in_(live)),
        )
        .options(lazyload(Tournament.leagues))
        .order_by(Series.scheduled_at, Series.tournament_id, Series.id)
    ).all()


def _tonight(row: Row, now: datetime) -> bool:
    """Whether it belongs to the night that it is in its tournament now, or is played now."""
    start = row.Series.scheduled_at
    if start is None or abs(start - now) > AROUND:
        return True
    zone, ends = _zone_of(row.Tournament)
    return night_of(start, zone, ends) == night_of(now, zone, ends)


def _games(series_ids: Sequence[int]) -> dict[int, list[Row]]:
    """Each series' games with their matches and who linked them."""
    rows = db.session.execute(
        sa.select(
            *(Game.id, Game.series_id, Game.number, Game.state, Game.match_id, Game.flag),
            *(Game.origin, Game.hands_off, Game.winner_id, User.name.label("by")),
            *(Match.state.label("match_state"), Match.start_time, Match.duration),
            Match.series_id.label("steam_series"),
        )
        .outerjoin(Match, Match.id == Game.match_id)
        .outerjoin(User, User.id == Game.linked_by)
        .where(Game.series_id.in_(series_ids))
        .order_by(Game.series_id, Game.number)
    )
    found: dict[int, list[Row]] = {series_id: [] for series_id in series_ids}
    for row in rows:
        found[row.series_id].append(row)
    return found


def _leagues(tournament_ids: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = db.session.execute(
        sa.select(TournamentLeague.tournament_id, TournamentLeague.league_id).where(
            TournamentLeague.tournament_id.in_(tournament_ids)
        )
    )
    for tournament_id, league_id in rows:
        found.setdefault(tournament_id, []).append(league_id)
    return found


# ---- one series --------------------------------------------------------------------------------


def _show(row: Row, games: Sequence[Row]) -> Show:
    series: Series = row.Series
    last = {series.bracket: row.last_round} | ({"losers": row.last_round} if row.has_lower else {})
    names = {series.team_a_id or 0: row.a, series.team_b_id or -1: row.b}
    labels = {series.a_series_id or 0: row.fed_a, series.b_series_id or -1: row.fed_b}
    return Show(
        tournament_id=series.tournament_id,
        tournament=row.Tournament.name,
        series_id=series.id,
        label=series.label,
        name=round_name(series.bracket, series.round, last),
        best_of=series.best_of,
        a=slot_words(series, "a", names, labels),
        b=slot_words(series, "b", names, labels),
        state=series.state,
        scheduled_at=series.scheduled_at,
        games=tuple(_played(game) for game in games),
        score=(series.score_a, series.score_b),
        winner=_winner(series),
        forfeit=series.forfeit is not None,
        by_hand=series.has_hand_result,
        walkover=series.vacant_a or series.vacant_b,
    )


def _winner(series: Series) -> str:
    if series.winner_id is None:
        return ""
    return "a" if series.winner_id == series.team_a_id else "b"


def _played(row: Row) -> Played:
    end = row.start_time and row.start_time + timedelta(seconds=row.duration or 0)
    return Played(
        game_id=row.id,
        number=row.number,
        state=row.state,
        match_id=row.match_id,
        match_state=row.match_state,
        flag=row.flag,
        origin=row.origin,
        by=row.by,
        end=end,
    )
