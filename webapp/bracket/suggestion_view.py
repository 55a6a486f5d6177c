"""The suggestions of a game, as pages ask for them and as the JSON API writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Field

from webapp.bracket import facts
from webapp.bracket.seats import Stranger, Tick
from webapp.bracket.suggest import Suggestion, rank
from webapp.core.api import LargeId, Moment


class TickBody(BaseModel):
    """A player of a roster in the match."""

    steam_id: LargeId
    name: str
    captain: bool
    state: str = Field(description="seen, stand_in, anonymous, absent or reserve")
    player_slot: int | None
    stand_in: LargeId | None = Field(description="Who sat there for them, approved before")


class StrangerBody(BaseModel):
    """Somebody whom nobody expected there."""

    steam_id: LargeId
    name: str
    side: str = Field(description="The team they sat with: a or b")
    player_slot: int
    stand_in_for: list[LargeId] = Field(description="The missing players they may stand in for")


class TakenBody(BaseModel):
    game_id: int
    series_id: int
    label: str


class SuggestionBody(BaseModel):
    """A match that could be the game; the first in the list is the best."""

    match_id: int
    overlap: int = Field(description="Expected players who were there or were stood in for")
    expected: int
    overlap_percent: int
    tier: str = Field(description="all_players, captains_plus, captains_only or partial")
    opposite_sides: bool
    sides_swapped: bool = Field(description="Team a was Dire")
    start_time: Moment | None
    duration: int | None
    state: str
    minutes_from_schedule: int | None
    same_series: bool
    order: int | None
    teams_agree: bool | None
    anonymous: int
    doubt: str | None
    dismissed: bool
    taken: TakenBody | None = Field(description="The game it is linked to already")
    reasons: list[str]
    team_a: list[TickBody]
    team_b: list[TickBody]
    strangers: list[StrangerBody]


class SuggestionList(BaseModel):
    suggestions: list[SuggestionBody]


def suggestions_for(game_id: int, text: str = "", *, dismissed: bool = False) -> list[Suggestion]:
    """The matches that could be this game, best first; with ``text`` those that it means.

    Raises:
        NotFound: there is no such game.
    """
    text = text.strip()
    found = facts.gather_search(game_id, text) if text else facts.gather(game_id)
    return rank(found, dismissed=dismissed)


def list_body(found: Iterable[Suggestion]) -> dict[str, Any]:
    """Suggestions as ``SuggestionList``."""
    bodies = [_body(one) for one in found]
    return SuggestionList(suggestions=bodies).model_dump(mode="json")


def _body(one: Suggestion) -> SuggestionBody:
    taken = one.taken
    return SuggestionBody(
        match_id=one.match_id,
        overlap=one.overlap,
        expected=one.expected,
        overlap_percent=one.overlap_percent,
        tier=one.tier,
        opposite_sides=one.opposite,
        sides_swapped=one.sides_swapped,
        start_time=one.start_time,
        duration=one.duration,
        state=one.state,
        minutes_from_schedule=one.minutes,
        same_series=one.same_series,
        order=one.order,
        teams_agree=one.teams_agree,
        anonymous=one.anonymous,
        doubt=one.doubt,
        dismissed=one.dismissed,
        taken=TakenBody(game_id=taken.game_id, series_id=taken.series_id, label=taken.label)
        if taken
        else None,
        reasons=list(one.reasons),
        team_a=[_tick(tick) for tick in one.ticks_a],
        team_b=[_tick(tick) for tick in one.ticks_b],
        strangers=[_stranger(stranger) for stranger in one.strangers],
    )


def _tick(tick: Tick) -> TickBody:
    return TickBody(
        steam_id=str(tick.player.steam_id),
        name=tick.player.name,
        captain=tick.player.captain,
        state=tick.state,
        player_slot=tick.slot,
        stand_in=str(tick.by.steam_id) if tick.by else None,
    )


def _stranger(one: Stranger) -> StrangerBody:
    return StrangerBody(
        steam_id=str(one.steam_id),
        name=one.name,
        side=one.side,
        player_slot=one.slot,
        stand_in_for=[str(player.steam_id) for player in one.stand_in_for],
    )
