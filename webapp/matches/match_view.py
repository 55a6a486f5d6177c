"""A match as the JSON API writes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from webapp.core.api import LargeId, Moment
from webapp.matches import models
from webapp.matches.find import Page

FOR_ADMINS = frozenset({"fetch_error", "next_attempt_at"})


class Player(BaseModel):
    """One player's line. Figures of a match without details are null.

    ``items`` are the six places by item id: 0 is an empty one, null an unknown one.
    """

    model_config = ConfigDict(from_attributes=True)

    player_slot: int = Field(description="0 to 4 Radiant, 128 to 132 Dire")
    steam_id: LargeId | None = Field(description="64 bits; null for an anonymous player")
    account_id: int | None
    user_id: int | None
    hero_id: int | None
    kills: int | None
    deaths: int | None
    assists: int | None
    last_hits: int | None
    denies: int | None
    gold_per_min: int | None
    xp_per_min: int | None
    level: int | None
    net_worth: int | None
    hero_damage: int | None
    tower_damage: int | None
    hero_healing: int | None
    items: list[int | None]


class Match(BaseModel):
    """A match as far as anyone has told of it. ``duration`` is in seconds."""

    match_id: int
    match_seq_num: int | None
    league_id: int
    state: str = Field(description="stub, detailed, failed or withheld")
    source: str | None = Field(description="sequence, opendota, details or manual, once detailed")
    start_time: Moment | None
    duration: int | None
    radiant_win: bool | None
    game_mode: int | None
    lobby_type: int | None
    series_id: int | None
    series_type: int | None = Field(description="0 Bo1, 1 Bo3, 2 Bo5, 3 Bo2")
    radiant_team_id: int | None
    dire_team_id: int | None
    radiant_name: str | None
    dire_name: str | None
    radiant_score: int | None
    dire_score: int | None
    mark: Literal["void", "remake"] | None = Field(
        description="A person's word that it was no game: it is listed, and counts nowhere"
    )
    retry_count: int
    players: list[Player]
    fetch_error: str | None = Field(None, description="Admins only")
    next_attempt_at: Moment | None = Field(None, description="Admins only")


class MatchList(BaseModel):
    """A page of matches, newest first. ``next`` is the ``after`` of the page that follows."""

    matches: list[Match]
    next: str | None


_COLUMNS = tuple(name for name in Match.model_fields if name not in {"match_id", "players"})


def match_body(
    match: models.Match, lines: Iterable[models.PlayerMatchStats], *, admin: bool
) -> dict[str, Any]:
    """The match with its players' lines; why it failed is for admins alone."""
    told = Match(
        match_id=match.id,
        players=[Player.model_validate(line) for line in lines],
        **{name: getattr(match, name) for name in _COLUMNS},
    )
    return told.model_dump(mode="json", exclude=None if admin else set(FOR_ADMINS))


def page_body(page: Page, *, admin: bool) -> dict[str, Any]:
    """A page of matches as ``MatchList``."""
    matches = [match_body(match, page.lines[match.id], admin=admin) for match in page.matches]
    return {"matches": matches, "next": page.next}
