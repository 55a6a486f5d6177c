"""Live games for scripts: of a league, or those in which somebody plays now."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from webapp.accounts.context import settings
from webapp.accounts.policy import policy
from webapp.bracket import live_asking
from webapp.bracket.live_games import playing
from webapp.core.api import Id, Moment, Query, api_blueprint
from webapp.core.db import reading
from webapp.core.errors import Busy, Conflict
from webapp.leagues import services as leagues
from webapp.matches.api import SteamIdIn
from webapp.matches.live import Body
from webapp.matches.live_view import LiveGame

api = api_blueprint("live", __name__)


class GameOfBracket(BaseModel):
    """The game of a bracket that a live game is; ``label`` names its series on the page."""

    tournament_id: int
    series_id: int
    game_id: int
    label: str
    number: int


class Live(LiveGame):
    game: GameOfBracket | None = Field(description="null where it is none, or nobody can tell")


class LiveList(BaseModel):
    """The games, and when Steam told of them."""

    games: list[Live]
    fetched_at: Moment


def _split(value: object) -> object:
    """``a,b`` and ``a&steam_ids=b`` alike."""
    given = value if isinstance(value, list) else [value]
    return [part.strip() for one in given for part in str(one).split(",") if part.strip()]


SteamIds = Annotated[
    list[SteamIdIn], BeforeValidator(_split, json_schema_input_type=str), Field(max_length=50)
]


class LiveQuery(Query):
    league_id: Id | None = Field(
        None, description="Without one the default league; for players all leagues being played"
    )
    steam_ids: SteamIds = Field([], description="Games in which any of these stands, with commas")


@api.get("/steam/live/", responses={200: LiveList}, summary="Games played now")
@policy("anonymous")
def live(query: LiveQuery) -> Body:
    """Steam is asked at most every 15 s for a league, whatever the number of visitors."""
    known = settings()
    league_id = query.league_id or known.default_league_id
    if league_id != known.default_league_id:
        with reading():
            leagues.get(league_id)
    if not known.steam_api_key:
        raise Conflict("STEAM_API_KEY is not set; without it Steam tells of no live games.")
    if query.steam_ids:
        return _with_players(query.league_id, query.steam_ids)
    return live_asking.of_league(league_id)


def _with_players(league_id: int | None, steam_ids: list[int]) -> dict[str, Any]:
    told = live_asking.of_leagues([league_id] if league_id else _all_played())
    missing = [one.problem for one in told if one.body is None]
    if missing:
        raise Busy(missing[0])
    games = [game for one in told for game in playing(one.games, steam_ids)]
    return {"games": games, "fetched_at": min(one.body["fetched_at"] for one in told if one.body)}


def _all_played() -> list[int]:
    with reading():
        running = live_asking.leagues_of_running()
    default = settings().default_league_id
    return [default, *(one for one in running if one != default)]
