"""The shape of a bracket: its series, what feeds their slots, and how they ended.

Plain values: no database and no clock. A plan is generated with seeds (1 is the best) standing as
``Entrant``s; once stored, the same ``Entrant`` carries a team's id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Bracket = Literal["winners", "losers", "final", "third_place", "group"]
Side = Literal["a", "b"]
State = Literal["pending", "ready", "done"]

NOBODY = 0
"""Stands in a slot that nobody will ever fill, for its feeder had no winner or no loser."""


class Key(NamedTuple):
    """Where a series stands. Rounds and positions count from 1.

    In an elimination bracket positions are those of the full bracket of a power of two, so that
    a bye leaves a gap; position p of a round is fed from 2p - 1 and 2p of the one before.
    """

    bracket: Bracket
    round: int
    position: int
    group: str = ""


@dataclass(frozen=True, slots=True)
class Entrant:
    """A seed in a plan that was generated, a team's id in one that is played."""

    ref: int


@dataclass(frozen=True, slots=True)
class WinnerOf:
    key: Key


@dataclass(frozen=True, slots=True)
class LoserOf:
    key: Key


@dataclass(frozen=True, slots=True)
class Placed:
    """The team that ends in this place (from 1) of a group."""

    group: str
    place: int


Source = Entrant | WinnerOf | LoserOf | Placed


@dataclass(frozen=True, slots=True)
class Planned:
    """A series to be played. ``if_needed``: a second grand final, which is played only when the
    lower bracket's champion won the first; its slots are the first one's loser and winner."""

    key: Key
    best_of: int
    a: Source
    b: Source
    if_needed: bool = False


Plan = Sequence[Planned]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a series ended. No winner: a draw of a best of two, or both forfeited (``forfeit``)."""

    score_a: int
    score_b: int
    winner: Side | None
    forfeit: Literal["a", "b", "both"] | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How groups are counted. ``points``: of a best of two for 2:0, 1:1 and 0:2; ``win_points``:
    of any other series won. ``tie_breaks`` by name, first one first."""

    points: tuple[int, int, int] = (2, 1, 0)
    win_points: int = 3
    tie_breaks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a series stands: who is in its slots (None: not known yet), and how it ended.

    ``outcome`` is what was entered or played, or the walkover that follows from a withdrawn team
    or an empty slot. ``skipped``: it is done because it was never needed, or nobody came.
    """

    team_a: int | None
    team_b: int | None
    state: State
    outcome: Outcome | None = None
    skipped: bool = False
    walkover: bool = False

    @property
    def winner(self) -> int | None:
        """The team that moves on; None while undecided, for a draw, and when nobody does."""
        return self._team(self.outcome.winner if self.outcome else None)

    @property
    def loser(self) -> int | None:
        side = self.outcome.winner if self.outcome else None
        return self._team({"a": "b", "b": "a"}[side] if side else None)

    def _team(self, side: str | None) -> int | None:
        team = {"a": self.team_a, "b": self.team_b}[side] if side else None
        return team or None


Outcomes = Mapping[Key, Outcome]
Stands = dict[Key, Stand]


@dataclass(frozen=True, slots=True)
class Line:
    """A team's line in a table of standings; ``place`` is shared by those no rule tells apart."""

    team: int
    place: int
    played: int = 0
    won: int = 0
    drawn: int = 0
    lost: int = 0
    games_won: int = 0
    games_lost: int = 0
    points: int = 0
    decided_by: str = field(default="")
