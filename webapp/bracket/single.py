"""Single elimination, and the rounds that every elimination bracket is made of. Pure.

A bracket is drawn for the next power of two. Where an entrant has a bye there is no series: it
stands in the next round from the start, and the full bracket's position stays a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.bracket.shape import Bracket, Key, LoserOf, Planned, Source, WinnerOf

Slots = Sequence[Source | None]
"""What feeds the slots of a round from top to bottom; None is a bye."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round's series, and per position who moves on and who drops (None: nobody)."""

    series: list[Planned]
    winners: list[Source | None]
    losers: list[Source | None]


def seed_order(size: int) -> list[int]:
    """The seeds from top to bottom of a bracket of a power of two: 1 8 4 5 2 7 3 6.

    Each round pairs the best left with the worst left, so seeds s and size + 1 - s meet first and
    byes, which are the seeds that do not exist, go to the best and never meet.
    """
    order = [1]
    while len(order) < size:
        total = 2 * len(order) + 1
        order = [seed for best in order for seed in (best, total - best)]
    return order


def play_round(bracket: Bracket, number: int, slots: Slots, best_of: int) -> Round:
    """Pair neighbours; one without an opponent moves on without a series."""
    played = Round([], [], [])
    for position in range(1, len(slots) // 2 + 1):
        a, b = slots[2 * position - 2], slots[2 * position - 1]
        if a is None or b is None:
            played.winners.append(a or b)
            played.losers.append(None)
            continue
        key = Key(bracket, number, position)
        played.series.append(Planned(key, best_of, a, b))
        played.winners.append(WinnerOf(key))
        played.losers.append(LoserOf(key))
    return played


def upper_rounds(entrants: Sequence[Source], best_of: int, last_best_of: int) -> list[Round]:
    """The rounds from the first to the one that leaves a single winner."""
    size = 1 << (len(entrants) - 1).bit_length()
    slots: Slots = [entrants[s - 1] if s <= len(entrants) else None for s in seed_order(size)]
    rounds: list[Round] = []
    while len(slots) > 1:
        best = last_best_of if len(slots) == 2 else best_of
        rounds.append(play_round("winners", len(rounds) + 1, slots, best))
        slots = rounds[-1].winners
    return rounds


def single_elimination(
    entrants: Sequence[Source], best_of: int, final_best_of: int, *, third_place: bool = False
) -> list[Planned]:
    """All series; ``entrants`` best first. With fewer than four the third place needs no series."""
    rounds = upper_rounds(entrants, best_of, final_best_of)
    plan = [planned for played in rounds for planned in played.series]
    if third_place and len(entrants) >= 4:
        plan += play_round("third_place", 1, rounds[-2].losers, best_of).series
    return plan
