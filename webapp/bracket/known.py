"""What is known of a series and of the matches that could be its games: plain values.

``facts`` gathers them from the database; ``suggest`` and ``sure`` weigh them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Side = Literal["a", "b"]

SEATS = 5
SHORT = 15 * 60
"""Seconds below which a match was hardly played to its end: a quick game cannot be told from a
remake."""


@dataclass(frozen=True, slots=True)
class Player:
    """A member of a team, as expected for the game."""

    steam_id: int
    name: str = ""
    captain: bool = False
    deputy: bool = False


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who was approved to stand in for whom; ``out`` None: for anyone missing."""

    steam_id: int
    out: int | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """A team as it is expected in a series. Of more than five players any five may play."""

    team_id: int
    name: str
    players: tuple[Player, ...]
    stand_ins: tuple[StandIn, ...] = ()
    steam_team_id: int | None = None

    @property
    def expected(self) -> int:
        return min(SEATS, len(self.players))


@dataclass(frozen=True, slots=True)
class Seat:
    """A player's line. ``teams``: (tournament, team) of those they play for in these leagues."""

    slot: int
    steam_id: int | None
    name: str = ""
    teams: frozenset[tuple[int, int]] = frozenset()

    @property
    def radiant(self) -> bool:
        return self.slot < 128


@dataclass(frozen=True, slots=True)
class Linked:
    """The game that a match is linked to already; ``label`` names it for people."""

    game_id: int
    series_id: int
    label: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored match, as far as anyone has told of it. ``duration`` is in seconds."""

    match_id: int
    start_time: datetime | None
    seats: tuple[Seat, ...]
    duration: int | None = None
    state: str = "detailed"
    radiant_win: bool | None = None
    radiant_score: int | None = None
    dire_score: int | None = None
    radiant_team_id: int | None = None
    dire_team_id: int | None = None
    series_id: int | None = None
    series_type: int | None = None
    mark: str | None = None
    linked: Linked | None = None

    @property
    def end(self) -> datetime | None:
        """When it ended; of a match without a duration, when it began."""
        start = self.start_time
        return start and start + timedelta(seconds=self.duration or 0)


@dataclass(frozen=True, slots=True)
class GameFacts:
    """A game of the series, and of its match, once linked, when that was played.

    ``forfeited_at``: when a person entered that one team forfeited it.
    """

    game_id: int
    number: int
    state: str = "ready"
    hands_off: bool = False
    dismissed: frozenset[int] = frozenset()
    match_id: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    steam_series: int | None = None
    winner: Side | None = None
    forfeited_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it may still be given a match."""
        return self.match_id is None and self.state != "done"


@dataclass(frozen=True, slots=True)
class Rival:
    """Another series between the same players, to which their matches may belong as well.

    ``open``: matches of it may still be without their link, all of which began before ``until``
    (None: no limit). ``begins`` is the earliest it can have begun. ``start`` and ``end`` span its
    linked matches.
    """

    series_id: int
    label: str
    best_of: int
    scheduled_at: datetime | None = None
    open: bool = True
    begins: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    order: tuple[int, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """All that is known of a series. Candidates began between ``since`` and ``until``.

    ``not_before``: what began earlier is no game of it without a person. ``begins``: when the last
    linked match began of the series that feed this one. ``pending``: series of other tournaments
    that the two teams may reach, but do not stand in yet. ``settled``: a person entered its
    result, or it is over.
    """

    series_id: int
    best_of: int
    a: Roster
    b: Roster
    games: tuple[GameFacts, ...]
    candidates: tuple[Candidate, ...] = ()
    scheduled_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    not_before: datetime | None = None
    begins: datetime | None = None
    rivals: tuple[Rival, ...] = ()
    pending: tuple[Rival, ...] = ()
    order: tuple[int, ...] = ()
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """The series of one game, and which of its games is asked for."""

    series: SeriesFacts
    number: int

    @property
    def game(self) -> GameFacts:
        return next(game for game in self.series.games if game.number == self.number)


def doubt(match: Candidate) -> str | None:
    """Why a match was hardly a game: a person said so, or it was cut short. None: nothing is."""
    if match.mark is not None:
        return f"marked as {'a remake' if match.mark == 'remake' else match.mark}"
    if match.duration is not None and match.duration < SHORT:
        return f"{match.duration // 60} min long, perhaps a remake"
    if match.radiant_score == 0 and match.dire_score == 0:
        return "0:0, perhaps a remake"
    return None
