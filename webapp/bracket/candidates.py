"""The matches that could be a series' games, with their seats: two statements.

Matches are found by their players in the covering index on (steam_id, match_id), between two ids:
Steam's ids grow with the start, so the window's bounds in ids come from the index on
(league_id, start_time), with a day to spare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from webapp.accounts.models import SteamProfile
from webapp.bracket.known import Candidate, Linked, Seat
from webapp.bracket.window import CANDIDATES
from webapp.core.db import db
from webapp.matches import find
from webapp.matches.filters import exact_steam_id, name_met, steam_ids_met
from webapp.matches.models import Match, PlayerMatchStats
from webapp.tournaments.models import Game, Series, Team, TeamMember, Tournament
from webapp.tournaments.models import TournamentLeague as League

SPARE = timedelta(days=1)
EDGE = 25
"""How many matches at either edge of the window are looked at for its lowest or highest id, so
that one whose start was entered wrongly moves no bound."""

NEWEST = 500
"""How many of a player's matches are looked at where no schedule narrows the window."""

LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which series' candidates are asked: who plays, where and when, and what is linked."""

    series_id: int
    tournament_id: int
    leagues: tuple[int, ...]
    players: tuple[int, ...]
    since: datetime | None
    until: datetime
    scheduled: bool
    steam_teams: tuple[int, ...] = ()
    steam_series: tuple[int, ...] = ()
    matches: tuple[int, ...] = ()


Picked = sa.Select[*tuple[Any, ...]]
Row = sa.Row[*tuple[Any, ...]]


def _in_window(asked: Asked) -> Picked:
    """Ids of the matches in the window with most of the players; those linked always."""
    low, high = _bounds(asked)
    found = _of_players(asked, low, high)
    teams = asked.steam_teams
    in_ids = [Match.id <= high] if low is None else [Match.id.between(low, high)]
    if len(teams) == 2:
        pairs = ((teams[0], teams[1]), (teams[1], teams[0]))
        found += [
            sa.select(Match.id).where(
                Match.radiant_team_id == radiant, Match.dire_team_id == dire, *in_ids
            )
            for radiant, dire in pairs
        ]
    if asked.steam_series:
        found.append(sa.select(Match.id).where(Match.series_id.in_(asked.steam_series)))
    if asked.matches:
        found.append(sa.select(Match.id).where(Match.id.in_(asked.matches)))
    hits = sa.union_all(*found).subquery()
    played = [Match.start_time <= asked.until]
    if asked.since is not None:
        played.append(Match.start_time >= asked.since)
    return (
        sa.select(hits.c.id, sa.func.count().label("players"))
        .join(Match, Match.id == hits.c.id)
        .where(
            sa.or_(
                sa.and_(Match.league_id.in_(asked.leagues), *played), Match.id.in_(asked.matches)
            )
        )
        .group_by(hits.c.id)
        .order_by(sa.desc("players"), hits.c.id.desc())
        .limit(CANDIDATES)
    )


def _of_players(
    asked: Asked, low: sa.ScalarSelect[int] | None, high: sa.ScalarSelect[int]
) -> list[sa.Select[int]]:
    """Each player's matches in the window; without a schedule each one's newest there."""
    line = find.STOOD
    between = [line.c.match_id <= high] if low is None else [line.c.match_id.between(low, high)]
    if asked.scheduled:
        who = line.c.steam_id.in_(asked.players)
        return [sa.select(line.c.match_id.label("id")).where(who, *between)]
    streams = [
        sa.select(line.c.match_id.label("id"))
        .where(line.c.steam_id == one, *between)
        .order_by(line.c.match_id.desc())
        .limit(NEWEST)
        for one in asked.players
    ]
    return [sa.select(stream.subquery()) for stream in streams]


def _bounds(
    asked: Asked,
) -> tuple[sa.ScalarSelect[int] | None, sa.ScalarSelect[int]]:
    since = asked.since and asked.since - SPARE
    return (
        _edge(asked, Match.start_time >= since, lowest=True) if since else None,
        _edge(asked, Match.start_time <= asked.until + SPARE, lowest=False),
    )


def _edge(asked: Asked, within: sa.ColumnElement[bool], *, lowest: bool) -> sa.ScalarSelect[int]:
    order = Match.start_time.asc() if lowest else Match.start_time.desc()
    edges = [
        sa.select(
            sa.select(Match.id)
            .where(Match.league_id == league_id, within)
            .order_by(order)
            .limit(EDGE)
            .subquery()
            .c.id
        )
        for league_id in asked.leagues
    ]
    ids = sa.union_all(*edges).subquery().c.id
    return sa.select(sa.func.min(ids) if lowest else sa.func.max(ids)).scalar_subquery()


def _searched(asked: Asked, text: str) -> Picked:
    """Ids of the newest matches of these leagues that a reader may mean."""
    line = PlayerMatchStats
    text = text.strip()
    named = sa.select(TeamMember.steam_id).where(name_met(TeamMember.name, text))
    who = steam_ids_met(text)
    if exact_steam_id(text) is None:
        who = sa.select(sa.union(who, named).subquery().c.steam_id)
    met: sa.ColumnElement[bool] = Match.id.in_(
        sa.select(line.match_id).where(line.steam_id.in_(who))
    )
    if text.isascii() and text.isdecimal() and int(text) <= LARGEST:
        met = sa.or_(met, Match.id == int(text))
    return (
        sa.select(Match.id, sa.literal(0).label("players"))
        .where(Match.league_id.in_(asked.leagues), met)
        .order_by(Match.id.desc())
        .limit(CANDIDATES)
    )


# ---- read ----------------------------------------------------------------------------------------


def find_candidates(asked: Asked, text: str | None) -> list[Candidate]:
    """The matches in the window, or those that ``text`` means, with their seats."""
    if not asked.leagues or not asked.players:
        return []
    picked = _in_window(asked) if text is None else _searched(asked, text)
    rows = db.session.execute(_seats(picked)).all()
    plays = _teams_of(asked, {row.steam_id for row in rows if row.steam_id is not None})
    by_match: dict[int, list[Row]] = {}
    for row in rows:
        by_match.setdefault(row.id, []).append(row)
    return [_candidate(asked, own, plays) for own in by_match.values()]


def _seats(picked: Picked) -> Picked:
    chosen, line = picked.subquery(), PlayerMatchStats
    return (
        sa.select(
            *(Match.id, Match.start_time, Match.duration, Match.state, Match.radiant_win),
            *(Match.radiant_score, Match.dire_score, Match.mark),
            *(Match.radiant_team_id, Match.dire_team_id),
            *(Match.series_id.label("steam_series"), Match.series_type),
            *(line.player_slot, line.steam_id, SteamProfile.persona),
            *(Game.id.label("game_id"), Game.number),
            *(Series.id.label("series_id"), Series.label, Series.tournament_id),
            Tournament.name.label("tournament"),
        )
        .join_from(chosen, Match, Match.id == chosen.c.id)
        .outerjoin(line, line.match_id == Match.id)
        .outerjoin(SteamProfile, SteamProfile.steam_id == line.steam_id)
        .outerjoin(Game, Game.match_id == Match.id)
        .outerjoin(Series, Series.id == Game.series_id)
        .outerjoin(Tournament, Tournament.id == Series.tournament_id)
        .order_by(chosen.c.players.desc(), Match.id.desc(), line.player_slot)
    )


Plays = dict[int, list[tuple[int, int, str]]]


def _teams_of(asked: Asked, steam_ids: set[int]) -> Plays:
    """For each of these players their (tournament, team, name there) in these leagues."""
    here = sa.select(League.tournament_id).where(League.league_id.in_(asked.leagues))
    rows = db.session.execute(
        sa.select(TeamMember.steam_id, Team.tournament_id, Team.id, TeamMember.name)
        .join(Team, Team.id == TeamMember.team_id)
        .where(
            TeamMember.steam_id.in_(sorted(steam_ids)),
            TeamMember.left_at.is_(None),
            Team.tournament_id.in_(here),
        )
    )
    found: Plays = {}
    for steam_id, tournament_id, team_id, name in rows:
        found.setdefault(steam_id, []).append((tournament_id, team_id, name))
    return found


def _candidate(asked: Asked, rows: Sequence[Row], plays: Plays) -> Candidate:
    head = rows[0]
    return Candidate(
        match_id=head.id,
        start_time=head.start_time,
        seats=tuple(_seat(row, plays) for row in rows if row.player_slot is not None),
        duration=head.duration,
        state=head.state,
        radiant_win=head.radiant_win,
        radiant_score=head.radiant_score,
        dire_score=head.dire_score,
        radiant_team_id=head.radiant_team_id,
        dire_team_id=head.dire_team_id,
        series_id=head.steam_series,
        series_type=head.series_type,
        mark=head.mark,
        linked=_linked(asked, head) if head.game_id is not None else None,
    )


def _seat(row: Row, plays: Plays) -> Seat:
    known = plays.get(row.steam_id or 0, [])
    name = row.persona or next((name for _, _, name in known if name), "")
    return Seat(row.player_slot, row.steam_id, name, frozenset((one[0], one[1]) for one in known))


def _linked(asked: Asked, row: Row) -> Linked:
    label = f"game {row.number}"
    if row.series_id != asked.series_id:
        label += f" of {row.label}"
    if row.tournament_id != asked.tournament_id:
        label += f" in {row.tournament}"
    return Linked(row.game_id, row.series_id, label)
