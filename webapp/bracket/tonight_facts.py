"""What could be linked tonight: one look at the night's matches for all series that have begun.

The facts of several series are read together, and weighed by the same rule that a series' panel
uses. The panel knows more (other nights, other tournaments), and has the last word before a link.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from webapp.bracket.known import (
    Candidate,
    Facts,
    GameFacts,
    Player,
    Rival,
    Roster,
    Seat,
    SeriesFacts,
    Side,
    StandIn,
)
from webapp.bracket.series_link import is_good
from webapp.bracket.suggest import rank
from webapp.bracket.tonight_show import Best
from webapp.core.db import db
from webapp.matches.models import Match, PlayerMatchStats
from webapp.tournaments import models
from webapp.tournaments.models import Dismissal, Game, Series, Team, TeamMember

BEFORE = timedelta(hours=3)
"""How long before its start a series may have been played."""

MATCHES = 100
"""How many of the night's matches are weighed, the newest."""

SAID = 2
"""How many reasons stand on the page; the panel has them all."""

Row = sa.Row[*tuple[Any, ...]]
Games = Mapping[int, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Due:
    """A series that has begun, and the leagues of its tournament."""

    series: Series
    leagues: Collection[int]


def bests(due: Sequence[Due], games: Games, now: datetime) -> dict[int, Best]:
    """For the next game of each series the match that it could be; four statements, or none."""
    if not due:
        return {}
    teams = {one for each in due for one in (each.series.team_a_id, each.series.team_b_id) if one}
    known = _Known(
        due,
        games,
        _rosters([each.series.id for each in due], teams),
        _dismissed([row.id for each in due for row in games[each.series.id]]),
        _matches(due, now),
    )
    found = {}
    for each in due:
        best = _best(_facts(each, known))
        if best:
            found[each.series.id] = best
    return found


def _best(facts: SeriesFacts) -> Best | None:
    game = next(one for one in facts.games if one.state in {"pending", "ready"})
    ranked = rank(Facts(facts, game.number))
    if not ranked or not is_good(ranked[0]):
        return None
    first = ranked[0]
    return Best(first.match_id, first.start_time, first.reasons[:SAID])


# ---- rosters -----------------------------------------------------------------------------------

Key = tuple[int, int]
"""A series and a team in it, as stand-ins are approved for one series."""


@dataclass(frozen=True, slots=True)
class _Rosters:
    members: Mapping[int, tuple[Player, ...]]
    steam: Mapping[int, int | None]
    stand_ins: Mapping[Key, tuple[StandIn, ...]]

    def of(self, series: Series, team_id: int | None) -> Roster:
        team = team_id or 0
        return Roster(
            team,
            "",
            self.members.get(team, ()),
            self.stand_ins.get((series.id, team), ()),
            self.steam.get(team),
        )


def _rosters(series_ids: Sequence[int], teams: Collection[int]) -> _Rosters:
    members: dict[int, tuple[Player, ...]] = {}
    steam: dict[int, int | None] = {}
    rows = db.session.execute(
        sa.select(Team.id, Team.steam_team_id, TeamMember)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(Team.id.in_(teams), TeamMember.left_at.is_(None))
        .order_by(TeamMember.id)
    )
    for team_id, steam_team_id, one in rows:
        player = Player(one.steam_id, one.name, one.captain, one.deputy)
        members[team_id] = (*members.get(team_id, ()), player)
        steam[team_id] = steam_team_id
    stand_ins: dict[Key, tuple[StandIn, ...]] = {}
    found = sa.select(models.StandIn).where(models.StandIn.series_id.in_(series_ids))
    for given in db.session.scalars(found.order_by(models.StandIn.id)):
        key = given.series_id, given.team_id
        stand_in = StandIn(given.steam_id_in, given.steam_id_out, given.name_in)
        stand_ins[key] = (*stand_ins.get(key, ()), stand_in)
    return _Rosters(members, steam, stand_ins)


def _dismissed(game_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    rows = db.session.execute(
        sa.select(Dismissal.game_id, Dismissal.match_id).where(Dismissal.game_id.in_(game_ids))
    )
    found: dict[int, frozenset[int]] = {}
    for game_id, match_id in rows:
        found[game_id] = found.get(game_id, frozenset()) | {match_id}
    return found


# ---- the night's matches -----------------------------------------------------------------------


def _matches(due: Sequence[Due], now: datetime) -> dict[int, list[Candidate]]:
    """The night's matches that are linked to no game, by league."""
    leagues = sorted({league_id for each in due for league_id in each.leagues})
    since = min(each.series.scheduled_at or now - 4 * BEFORE for each in due) - BEFORE
    chosen = (
        sa.select(Match.id)
        .where(
            Match.league_id.in_(leagues),
            Match.start_time.between(since, now),
            Match.mark.is_(None),
            ~sa.exists().where(Game.match_id == Match.id),
        )
        .order_by(Match.start_time.desc())
        .limit(MATCHES)
        .subquery()
    )
    line = PlayerMatchStats
    rows = db.session.execute(
        sa.select(
            *(Match.id, Match.league_id, Match.start_time, Match.duration, Match.state),
            *(Match.radiant_win, Match.radiant_score, Match.dire_score),
            *(Match.radiant_team_id, Match.dire_team_id, Match.series_id, Match.series_type),
            *(line.player_slot, line.steam_id),
        )
        .join_from(chosen, Match, Match.id == chosen.c.id)
        .join(line, line.match_id == Match.id)
        .order_by(Match.id, line.player_slot)
    ).all()
    by_match: dict[int, list[Row]] = {}
    for row in rows:
        by_match.setdefault(row.id, []).append(row)
    found: dict[int, list[Candidate]] = {league_id: [] for league_id in leagues}
    for lines in by_match.values():
        found[lines[0].league_id].append(_candidate(lines))
    return found


def _candidate(lines: Sequence[Row]) -> Candidate:
    head = lines[0]
    return Candidate(
        match_id=head.id,
        start_time=head.start_time,
        seats=tuple(Seat(line.player_slot, line.steam_id) for line in lines),
        duration=head.duration,
        state=head.state,
        radiant_win=head.radiant_win,
        radiant_score=head.radiant_score,
        dire_score=head.dire_score,
        radiant_team_id=head.radiant_team_id,
        dire_team_id=head.dire_team_id,
        series_id=head.series_id,
        series_type=head.series_type,
    )


# ---- facts of one series -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    due: Sequence[Due]
    games: Games
    rosters: _Rosters
    dismissed: Mapping[int, frozenset[int]]
    matches: Mapping[int, Sequence[Candidate]]


def _facts(each: Due, known: _Known) -> SeriesFacts:
    series = each.series
    return SeriesFacts(
        series_id=series.id,
        best_of=series.best_of,
        a=known.rosters.of(series, series.team_a_id),
        b=known.rosters.of(series, series.team_b_id),
        games=tuple(_game(row, series, known.dismissed) for row in known.games[series.id]),
        candidates=tuple(one for league in each.leagues for one in known.matches[league]),
        scheduled_at=series.scheduled_at,
        rivals=tuple(_rivals(series, known.due)),
    )


def _rivals(series: Series, due: Sequence[Due]) -> list[Rival]:
    """Other series of the night between the same two teams."""
    teams = {series.team_a_id, series.team_b_id}
    return [
        Rival(one.id, one.label, one.best_of, one.scheduled_at)
        for one in (each.series for each in due)
        if one.id != series.id and {one.team_a_id, one.team_b_id} == teams
    ]


def _game(row: Row, series: Series, dismissed: Mapping[int, frozenset[int]]) -> GameFacts:
    end = row.start_time and row.start_time + timedelta(seconds=row.duration or 0)
    return GameFacts(
        game_id=row.id,
        number=row.number,
        state=row.state,
        hands_off=row.hands_off,
        dismissed=dismissed.get(row.id, frozenset()),
        match_id=row.match_id,
        start=row.start_time,
        end=end,
        steam_series=row.steam_series,
        winner=None if row.winner_id is None else "a" if row.winner_id == series.team_a_id else "b",
    )


def _side(team_id: int | None, series: Series) -> Side | None:
    if team_id is None:
        return None
    return "a" if team_id == series.team_a_id else "b"
