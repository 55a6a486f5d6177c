"""One invented match: who plays it, when, and how the services treat it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ANONYMOUS = 4294967295
SLOTS = (0, 1, 2, 3, 4, 128, 129, 130, 131, 132)
PRE_GAME = 90
BEST_OF_ONE, BEST_OF_THREE, BEST_OF_FIVE, BEST_OF_TWO = 0, 1, 2, 3
ALL_PICK, CAPTAINS_MODE = 1, 2
EPOCH = 1_764_977_774
FIRST_ID, IDS_A_SECOND = 8_591_933_650, 17.8
FIRST_SEQ, SEQS_A_SECOND = 7_215_564_751, 14.85
"""A recorded match's start, id and sequence number, and how fast both numbers grew in 2025."""


@dataclass(frozen=True)
class Team:
    team_id: int
    name: str
    logo: int
    roster: tuple[int, ...]


@dataclass
class Match:
    """A match as the world plans it; its figures are made from it when asked for.

    ``end`` is when it is over and listed, Unix seconds; ``opened`` is since when it is live, where
    that is not its ``start``. ``series_wins`` are the games radiant and dire won before. ``lineup``
    holds ten account ids in the order of ``SLOTS``. ``odd`` is "" or one of ``nine`` (a seat is
    empty), ``remade`` (given up, 0:0), ``teamless`` (no teams, no series) and ``all_pick`` (no
    draft). ``fails`` counts the first detail calls each source answers with ``fail_with``.
    ``patch`` is laid over the body of each source, ``drop`` names keys left out.
    """

    match_id: int
    match_seq_num: int
    league_id: int
    series_id: int
    series_type: int
    start: int
    end: int
    duration: int
    radiant: Team
    dire: Team
    radiant_win: bool
    lineup: tuple[int, ...]
    heroes: tuple[int, ...]
    anonymous: frozenset[int] = frozenset()
    game_number: int = 1
    hidden: bool = False
    withheld: bool = False
    unlisted: bool = False
    fails: int = 0
    fail_with: str = "{}"
    odd: str = ""
    opened: int = 0
    series_wins: tuple[int, int] = (0, 0)
    patch: dict[str, Any] = field(default_factory=dict)
    drop: tuple[str, ...] = ()

    @property
    def live_since(self) -> int:
        return self.opened or self.start

    @property
    def slots(self) -> tuple[int, ...]:
        return SLOTS[:-1] if self.odd == "nine" else SLOTS

    @property
    def has_teams(self) -> bool:
        return self.odd != "teamless"

    @property
    def game_mode(self) -> int:
        return ALL_PICK if self.odd == "all_pick" else CAPTAINS_MODE

    def account(self, slot: int) -> int | None:
        """Who sits there, or None for a player who shares nothing."""
        account_id = self.lineup[SLOTS.index(slot)]
        return None if account_id in self.anonymous else account_id

    def hero(self, slot: int) -> int:
        return self.heroes[SLOTS.index(slot)]


class Numbers:
    """Gives out match ids by start and sequence numbers by end; no number twice.

    Matches of leagues take odd numbers, so that neighbours can have the even ones.
    """

    def __init__(self) -> None:
        self._ids: set[int] = set()
        self._seqs: set[int] = set()

    def match_id(self, start: float) -> int:
        return self._free(self._ids, FIRST_ID + int((start - EPOCH) * IDS_A_SECOND))

    def match_seq_num(self, end: float) -> int:
        return self._free(self._seqs, seq_at(end))

    def take(self, match_id: int) -> int:
        """This id, where a test wants an exact one."""
        self._ids.add(match_id)
        return match_id

    @staticmethod
    def _free(taken: set[int], number: int) -> int:
        number |= 1
        while number in taken:
            number += 2
        taken.add(number)
        return number


def seq_at(end: float) -> int:
    """The sequence number that matches ending at this moment are near to."""
    return FIRST_SEQ + int((end - EPOCH) * SEQS_A_SECOND)


def end_at(seq: int) -> int:
    return EPOCH + int((seq - FIRST_SEQ) / SEQS_A_SECOND)
