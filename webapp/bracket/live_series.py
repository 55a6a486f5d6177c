"""Which series a league's live games are, as they are stored: told once for all visitors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from redis import Redis
from sqlalchemy.orm import aliased

from webapp.bracket.live_fit import Fit, OpenSeries, Sides, fits
from webapp.bracket.live_games import LiveShort, keep
from webapp.clients.shapes import LiveGame, LiveTeam
from webapp.core.db import db, reading
from webapp.core.time import utcnow
from webapp.matches.live import Body, Tell
from webapp.matches.live_view import live_body
from webapp.tournaments.models import (
    Game,
    Series,
    StandIn,
    Team,
    TeamMember,
    Tournament,
    TournamentLeague,
)


def telling(redis: Redis, league_id: int) -> Tell:
    """How a league's live games are written: each with the game of a bracket that it is."""

    def tell(games: Sequence[LiveGame]) -> Body:
        with reading():
            found = shorts_of(league_id, games)
        keep(redis, league_id, found.values())
        return linked(live_body(games), found)

    return tell


def linked(body: Body, found: Mapping[int, LiveShort]) -> Body:
    """The body with ``game`` in each of its games."""
    for game in body["games"]:
        short = found.get(game["match_id"])
        game["game"] = short and {
            name: getattr(short, name)
            for name in ("tournament_id", "series_id", "game_id", "label", "number")
        }
    return body


def shorts_of(league_id: int, games: Sequence[LiveGame]) -> dict[int, LiveShort]:
    """The live games that are games of brackets, by match id; four statements, or none."""
    sides = [_sides(game) for game in games]
    players = {steam_id for one in sides for steam_id in one.radiant | one.dire}
    if not players:
        return {}
    rows = _open_series(league_id, _teams_of(league_id, players))
    if not rows:
        return {}
    numbers = _waiting([row.series.id for row in rows])
    series = [_as_open(row, numbers[row.series.id]) for row in _with_players(rows)]
    fitting = fits(sides, series, utcnow())
    by_id = {row.series.id: row for row in rows}
    return {
        game.match_id: _short(game, fit, by_id[fit.series_id], numbers[fit.series_id])
        for game in games
        if (fit := fitting.get(game.match_id))
    }


def _sides(game: LiveGame) -> Sides:
    wins = (game.radiant.series_wins, game.dire.series_wins)
    played = None if None in wins else sum(one or 0 for one in wins)
    return Sides(game.match_id, _known(game.radiant), _known(game.dire), played)


def _known(side: LiveTeam) -> frozenset[int]:
    return frozenset(one.steam_id for one in side.players if one.steam_id)


@dataclass(slots=True)
class _Row:
    """An open series with its teams; ``a`` and ``b`` are who may play for them."""

    series: Series
    tournament: str
    names: tuple[str, str]
    a: set[int]
    b: set[int]


def _running(league_id: int) -> sa.Select[int]:
    return (
        sa.select(Tournament.id)
        .join(TournamentLeague, TournamentLeague.tournament_id == Tournament.id)
        .where(
            TournamentLeague.league_id == league_id,
            Tournament.state == "running",
            Tournament.archived_at.is_(None),
        )
    )


def _teams_of(league_id: int, players: Collection[int]) -> dict[int, set[int]]:
    """The teams these players are in, each with them."""
    found: dict[int, set[int]] = {}
    rows = db.session.execute(
        sa.select(TeamMember.team_id, TeamMember.steam_id)
        .join(Team, Team.id == TeamMember.team_id)
        .where(
            TeamMember.steam_id.in_(players),
            TeamMember.left_at.is_(None),
            Team.tournament_id.in_(_running(league_id)),
        )
    )
    for team_id, steam_id in rows:
        found.setdefault(team_id, set()).add(steam_id)
    return found


def _open_series(league_id: int, teams: Mapping[int, set[int]]) -> list[_Row]:
    """The series between two of these teams that are to be played."""
    if not teams:
        return []
    a, b = aliased(Team), aliased(Team)
    rows = db.session.execute(
        sa.select(Series, Tournament.name, a.name, b.name)
        .join(Tournament, Tournament.id == Series.tournament_id)
        .join(a, a.id == Series.team_a_id)
        .join(b, b.id == Series.team_b_id)
        .where(
            Series.tournament_id.in_(_running(league_id)),
            Series.team_a_id.in_(teams),
            Series.team_b_id.in_(teams),
            Series.state.in_(("ready", "live")),
        )
        .order_by(Series.id)
    )
    return [
        _Row(row[0], row[1], (row[2], row[3]), *(set(teams[one]) for one in _team_ids(row[0])))
        for row in rows
    ]


def _team_ids(series: Series) -> tuple[int, int]:
    return series.team_a_id or 0, series.team_b_id or 0


def _with_players(rows: Sequence[_Row]) -> Sequence[_Row]:
    """The rows with those who stand in in their series."""
    by_id = {row.series.id: row for row in rows}
    for one in db.session.scalars(sa.select(StandIn).where(StandIn.series_id.in_(by_id))):
        row = by_id[one.series_id]
        (row.a if one.team_id == row.series.team_a_id else row.b).add(one.steam_id_in)
    return rows


def _waiting(series_ids: Sequence[int]) -> dict[int, dict[int, int]]:
    """Of each series the games without a match: their ids by number."""
    found: dict[int, dict[int, int]] = {series_id: {} for series_id in series_ids}
    rows = db.session.execute(
        sa.select(Game.series_id, Game.number, Game.id)
        .where(Game.series_id.in_(series_ids), Game.state == "ready")
        .order_by(Game.number)
    )
    for series_id, number, game_id in rows:
        found[series_id][number] = game_id
    return found


def _as_open(row: _Row, waiting: Mapping[int, int]) -> OpenSeries:
    series = row.series
    return OpenSeries(
        series.id,
        frozenset(row.a),
        frozenset(row.b),
        tuple(waiting),
        began=series.state == "live",
        scheduled_at=series.scheduled_at,
    )


def _short(game: LiveGame, fit: Fit, row: _Row, waiting: Mapping[int, int]) -> LiveShort:
    a, b = (game.dire, game.radiant) if fit.swapped else (game.radiant, game.dire)
    worth_a, worth_b = _worth(a), _worth(b)
    team_a_id, team_b_id = _team_ids(row.series)
    return LiveShort(
        tournament_id=row.series.tournament_id,
        tournament=row.tournament,
        series_id=row.series.id,
        label=row.series.label,
        game_id=waiting[fit.number],
        number=fit.number,
        match_id=game.match_id,
        team_a_id=team_a_id,
        team_b_id=team_b_id,
        team_a=row.names[0],
        team_b=row.names[1],
        score_a=a.score,
        score_b=b.score,
        lead=None if worth_a is None or worth_b is None else worth_a - worth_b,
        duration=None if game.duration is None else int(game.duration),
    )


def _worth(side: LiveTeam) -> int | None:
    known = [one.net_worth for one in side.players if one.net_worth is not None]
    return sum(known) if known else None
