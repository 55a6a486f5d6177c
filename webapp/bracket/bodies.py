"""Series, games and tables as the API writes them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel

from webapp.bracket import services
from webapp.bracket.placements import placements
from webapp.bracket.services import Bracket
from webapp.bracket.standings_view import stands_of, tables_of
from webapp.bracket.sure_links import SureLink
from webapp.core.api import LargeId, Moment
from webapp.core.time import iso
from webapp.tournaments.models import Game, Series, StandIn


class TeamBody(BaseModel):
    id: int
    name: str


class GameBody(BaseModel):
    """``origin``: who linked it, a person or Aegis by itself; ``flag``: what looks wrong now."""

    id: int
    series_id: int
    number: int
    state: Literal["pending", "ready", "linked", "done", "unneeded"]
    radiant_team: int | None
    dire_team: int | None
    match_id: int | None
    winner: int | None
    forfeited_by: int | None
    origin: Literal["person", "auto"] | None
    flag: str | None


class SeriesBody(BaseModel):
    """``skipped``: it is done without being played, for it was never needed or nobody came."""

    id: int
    label: str
    bracket: Literal["winners", "losers", "final", "third_place", "group"]
    group: str | None
    round: int
    position: int
    best_of: int
    state: Literal["pending", "ready", "live", "done"]
    team_a: TeamBody | None
    team_b: TeamBody | None
    score_a: int
    score_b: int
    winner: int | None
    forfeit: Literal["team_a", "team_b", "both"] | None
    skipped: bool
    next_series: int | None
    loser_next_series: int | None
    scheduled_at: Moment | None
    games: list[GameBody]


class BracketBody(BaseModel):
    tournament_id: int
    state: Literal["draft", "running", "finished", "archived"]
    version: int
    random_seed: int | None
    series: list[SeriesBody]


class SeriesDone(SeriesBody):
    """A series that was changed, and the later ones that lost their own results by it."""

    also_undone: list[str]


class LineBody(BaseModel):
    """``decided_by``: the tie-break that told this team from others with its points."""

    place: int
    team: TeamBody
    played: int
    won: int
    drawn: int
    lost: int
    games_won: int
    games_lost: int
    points: int
    decided_by: str


class GroupBody(BaseModel):
    group: str
    lines: list[LineBody]


class PlacementBody(BaseModel):
    """The place of a team, or the first and last of the range it shares."""

    first: int
    last: int
    team: TeamBody


class StandingsBody(BaseModel):
    groups: list[GroupBody]
    placements: list[PlacementBody]


class StandInTold(BaseModel):
    id: int
    series_id: int
    team_id: int
    steam_id_in: LargeId
    steam_id_out: LargeId | None
    name: str


class SureBody(BaseModel):
    game_id: int
    match_id: int
    overlap: int
    reasons: list[str]


class SureList(BaseModel):
    """``linked``: how many were made; 0 in a dry run."""

    links: list[SureBody]
    linked: int


def game_body(game: Game) -> dict[str, Any]:
    return {
        "id": game.id,
        "series_id": game.series_id,
        "number": game.number,
        "state": game.state,
        "radiant_team": game.radiant_team_id,
        "dire_team": game.dire_team_id,
        "match_id": game.match_id,
        "winner": game.winner_id,
        "forfeited_by": game.forfeit_by_id,
        "origin": game.origin,
        "flag": game.flag,
    }


def series_body(bracket: Bracket, series: Series) -> dict[str, Any]:
    return {
        "id": series.id,
        "label": series.label,
        "bracket": series.bracket,
        "group": series.group or None,
        "round": series.round,
        "position": series.position,
        "best_of": series.best_of,
        "state": series.state,
        "team_a": _team(bracket, series.team_a_id),
        "team_b": _team(bracket, series.team_b_id),
        "score_a": series.score_a,
        "score_b": series.score_b,
        "winner": series.winner_id,
        "forfeit": series.forfeit,
        "skipped": series.skipped,
        "next_series": series.next_id,
        "loser_next_series": series.loser_next_id,
        "scheduled_at": iso(series.scheduled_at),
        "games": [game_body(game) for game in sorted(series.games, key=lambda one: one.number)],
    }


def _team(bracket: Bracket, team_id: int | None) -> dict[str, Any] | None:
    team = bracket.teams.get(team_id or 0)
    return {"id": team.id, "name": team.name} if team else None


def bracket_body(bracket: Bracket) -> dict[str, Any]:
    told = bracket.tournament
    return {
        "tournament_id": told.id,
        "state": "archived" if told.archived_at else told.state,
        "version": told.version,
        "random_seed": told.random_seed,
        "series": [series_body(bracket, series) for series in bracket.series],
    }


def done_body(bracket: Bracket, series: Series, undone: list[Series]) -> dict[str, Any]:
    return {**series_body(bracket, series), "also_undone": services.labels(undone)}


def standings_body(bracket: Bracket) -> dict[str, Any]:
    stands = stands_of(bracket)
    groups = [
        {
            "group": one.name,
            "lines": [
                {**asdict(row.line), "team": _team(bracket, row.line.team)} for row in one.rows
            ],
        }
        for one in tables_of(bracket, stands)
    ]
    places = [
        {"first": one.first, "last": one.last, "team": _team(bracket, one.team)}
        for one in placements(bracket.plan, stands, bracket.rules, bracket.withdrawn)
    ]
    return {"groups": groups, "placements": places}


def stand_in_body(stand_in: StandIn) -> dict[str, Any]:
    out = stand_in.steam_id_out
    return {
        "id": stand_in.id,
        "series_id": stand_in.series_id,
        "team_id": stand_in.team_id,
        "steam_id_in": str(stand_in.steam_id_in),
        "steam_id_out": str(out) if out else None,
        "name": stand_in.name_in,
    }


def sure_body(link: SureLink) -> dict[str, Any]:
    return {
        "game_id": link.game_id,
        "match_id": link.match_id,
        "overlap": link.overlap,
        "reasons": link.reasons,
    }
