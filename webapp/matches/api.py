"""Matches for scripts: lists, one match, and who played together."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import structlog
from flask import request
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from webapp.accounts.context import outside
from webapp.accounts.policy import current_user, policy
from webapp.accounts.steam_ids import ANONYMOUS, BASE
from webapp.core.api import LARGEST, Body, Id, Limit, ListQuery, api_blueprint
from webapp.core.errors import Busy
from webapp.matches import find, services
from webapp.matches.match_view import Match, MatchList, match_body, page_body
from webapp.settings import Rate

FINDS = Rate(30, 60)
"""How often one address may ask who played together."""

api = api_blueprint("matches", __name__)
log = structlog.get_logger(__name__)


class MatchPath(BaseModel):
    match_id: Id


class MatchesQuery(ListQuery):
    league_id: Id | None = None
    state: Literal["stub", "detailed", "failed", "withheld"] | None = None
    steam_team_id: Id | None = Field(None, description="Only those in which this Steam team stood")


class TeamQuery(ListQuery):
    steam_team_id: Id = Field(description="The team's number on Steam")
    league_id: Id | None = None


def _from_digits(value: object) -> object:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    return value


def _of_an_account(value: int) -> int:
    if 0 < value - BASE < ANONYMOUS:
        return value
    if 0 < value <= ANONYMOUS:
        raise PydanticCustomError("steam_id", "an account id; send the 64-bit steamid instead")
    raise PydanticCustomError("steam_id", "not the steamid of an account")


SteamIdIn = Annotated[
    int,
    BeforeValidator(_from_digits, json_schema_input_type=int | str),
    Field(le=LARGEST),
    AfterValidator(_of_an_account),
]
"""A 64-bit steamid as a number or a string; an account id is refused, not guessed at."""


class FindBody(Body):
    """Who is looked for. An account id is not a steamid."""

    steam_ids: list[SteamIdIn] = Field(min_length=1, max_length=10)
    require_all: bool = True
    league_id: Id | None = None
    after: str | None = Field(None, max_length=200)
    limit: Limit = 50


def _admin() -> bool:
    return bool(current_user.can("admin"))


@api.get("/matches/", responses={200: MatchList}, summary="Matches, newest first")
@policy("anonymous")
def matches(query: MatchesQuery) -> dict[str, Any]:
    if query.steam_team_id is None:
        page = find.newest(query.league_id, query.state, query.after, query.limit)
    else:
        page = find.by_team(
            query.steam_team_id,
            league_id=query.league_id,
            state=query.state,
            after=query.after,
            limit=query.limit,
        )
    return page_body(page, admin=_admin())


@api.get(
    "/steam/match/<int:match_id>/",
    endpoint="steam_match",
    responses={200: Match},
    summary="One match, at its other address",
)
@api.get("/matches/<int:match_id>", responses={200: Match}, summary="One match")
@policy("anonymous")
def match(path: MatchPath) -> dict[str, Any]:
    found = services.get(path.match_id)
    lines = services.lines_of([found.id])[found.id]
    return match_body(found, lines, admin=_admin())


@api.post(
    "/steam/find-by-players/",
    responses={200: MatchList},
    summary="Matches in which these players stood, newest first",
)
@policy("anonymous", csrf=False, audited=False, writes=False)
def find_by_players(body: FindBody) -> dict[str, Any]:
    """All of them in one match, or with ``require_all`` false any of them."""
    count_find()
    page = find.by_players(
        body.steam_ids,
        require_all=body.require_all,
        league_id=body.league_id,
        after=body.after,
        limit=body.limit,
    )
    return page_body(page, admin=_admin())


def count_find() -> None:
    """Hold one address to ``FINDS``; with Redis away all may ask, for they only read."""
    try:
        outside().limits.check(f"find-by-players:{request.remote_addr}", FINDS)
    except Busy:
        log.warning("finds are not counted, for Redis does not answer")


@api.get(
    "/steam/find-by-team/",
    responses={200: MatchList},
    summary="Matches in which a Steam team stood, newest first",
)
@policy("anonymous")
def find_by_team(query: TeamQuery) -> dict[str, Any]:
    count_find()
    page = find.by_team(
        query.steam_team_id, league_id=query.league_id, after=query.after, limit=query.limit
    )
    return page_body(page, admin=_admin())
