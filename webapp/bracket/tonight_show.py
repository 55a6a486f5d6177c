"""A series of the night, with all that says where on Tonight it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.bracket.live_games import LiveShort


@dataclass(frozen=True, slots=True)
class Played:
    """A game of the series, with what is known of its match. ``by`` linked it."""

    game_id: int
    number: int
    state: str
    match_id: int | None = None
    match_state: str | None = None
    flag: str | None = None
    origin: str | None = None
    by: str | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Best:
    """The match that could be the next game, and why."""

    match_id: int
    start: datetime | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Show:
    """A series of the night. ``a`` and ``b`` say who stands there, or will.

    ``live_known``: whether Steam told just now what is live in its leagues.
    """

    tournament_id: int
    tournament: str
    series_id: int
    label: str
    name: str
    best_of: int
    a: str
    b: str
    state: str
    scheduled_at: datetime | None
    games: tuple[Played, ...]
    score: tuple[int, int] = (0, 0)
    winner: str = ""
    forfeit: bool = False
    by_hand: bool = False
    walkover: bool = False
    live: LiveShort | None = None
    live_known: bool = False
    best: Best | None = None

    @property
    def href(self) -> str:
        return f"/tournaments/{self.tournament_id}?series={self.label}"

    @property
    def next_game(self) -> Played | None:
        """The first game without a match and a winner."""
        return next((game for game in self.games if game.state in {"pending", "ready"}), None)

    @property
    def is_open(self) -> bool:
        """Whether its teams are known and it is not settled."""
        return self.state in {"ready", "live"}

    @property
    def where(self) -> str:
        """``U7, upper final, best of 3``."""
        return f"{self.label}, {self.name[:1].lower()}{self.name[1:]}, best of {self.best_of}"


def is_due(show: Show, now: datetime) -> bool:
    """Whether one of its matches may be stored by now."""
    began = show.state == "live" or (show.scheduled_at is not None and show.scheduled_at <= now)
    return show.is_open and began
