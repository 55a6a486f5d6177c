"""Live games as the JSON API writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from webapp.clients import shapes
from webapp.core.api import LargeId, Moment
from webapp.core.time import utcnow


class LivePlayer(BaseModel):
    """One of the five of a side; spectators are left out. Figures are null before the horn."""

    model_config = ConfigDict(from_attributes=True)

    steam_id: LargeId | None = Field(description="64 bits; null for an anonymous player")
    account_id: int | None
    name: str | None
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
    items: list[int]


class LiveSide(BaseModel):
    """Radiant or Dire; ``score`` counts kills, ``picks`` and ``bans`` are hero ids in order."""

    model_config = ConfigDict(from_attributes=True)

    team_id: int | None
    name: str | None
    logo: LargeId | None
    series_wins: int | None
    score: int | None
    picks: list[int]
    bans: list[int]
    players: list[LivePlayer]


class LiveGame(BaseModel):
    """A game being played; ``duration`` in seconds is null before the horn."""

    match_id: int
    league_id: int | None
    lobby_id: LargeId | None
    series_id: int | None
    series_type: int | None
    duration: int | None
    spectators: int | None
    stream_delay: int | None
    radiant: LiveSide
    dire: LiveSide


class LiveGameList(BaseModel):
    """The games, and when Steam told of them."""

    games: list[LiveGame]
    fetched_at: Moment


def live_body(games: Sequence[shapes.LiveGame]) -> dict[str, Any]:
    """What Steam just told, as ``LiveGameList``."""
    told = LiveGameList(games=[_game(game) for game in games], fetched_at=utcnow())
    return told.model_dump(mode="json")


def _game(game: shapes.LiveGame) -> LiveGame:
    return LiveGame(
        match_id=game.match_id,
        league_id=game.league_id,
        lobby_id=game.lobby_id,
        series_id=game.series_id,
        series_type=game.series_type,
        duration=None if game.duration is None else int(game.duration),
        spectators=game.spectators,
        stream_delay=game.stream_delay,
        radiant=LiveSide.model_validate(game.radiant),
        dire=LiveSide.model_validate(game.dire),
    )
