"""Double elimination: who loses in the upper bracket drops into the lower one. Pure.

With 2^k entrants the lower bracket has 2(k - 1) rounds. Round 1 pairs the losers of upper round 1;
even round 2(r - 1) pairs the losers of upper round r with those still there; odd rounds halve the
field. A series that a bye leaves without two entrants is left out here as it is above.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from webapp.bracket.shape import Key, LoserOf, Planned, Source, WinnerOf
from webapp.bracket.single import Round, Slots, play_round, upper_rounds

GrandFinal = Literal["none", "simple", "reset"]


def double_elimination(
    entrants: Sequence[Source], best_of: int, final_best_of: int, grand_final: GrandFinal
) -> list[Planned]:
    """All series; ``entrants`` best first."""
    upper = upper_rounds(entrants, best_of, best_of)
    lower, last = _lower_rounds(upper, best_of)
    plan = [planned for played in (*upper, *lower) for planned in played.series]
    return plan + _finals(upper[-1].winners[0], last, final_best_of, grand_final)


def _lower_rounds(upper: list[Round], best_of: int) -> tuple[list[Round], Source | None]:
    """The lower bracket's rounds, and its champion."""
    rounds: list[Round] = []
    slots: Slots = upper[0].losers
    for number, above in enumerate(upper[1:], start=2):
        rounds.append(play_round("losers", 2 * number - 3, slots, best_of))
        dropped = dropped_order(above.losers, number)
        met = [s for pair in zip(dropped, rounds[-1].winners, strict=True) for s in pair]
        rounds.append(play_round("losers", 2 * number - 2, met, best_of))
        slots = rounds[-1].winners
    return rounds, slots[0]


def dropped_order(losers: Slots, number: int) -> list[Source | None]:
    """The order in which the losers of upper round ``number`` enter the lower bracket.

    Two who met in the upper bracket may meet again once the later of them has dropped to where
    the other is. Going up the bracket from any series, the losers of rounds 1, 2, 3, ... should
    therefore drop into different parts of the lower bracket. Positions are shifted (xor) by the
    van der Corput sequence 0, 1/2, 1/4, 3/4, 1/8, ... of the bracket's height, whose first 2^t
    members lie in different 2^t-th parts.

    No wiring can do better. A lower round m has some number of positions p, and e upper rounds
    have dropped by then; a rematch later than m needs the losers of those e rounds, on one way up,
    to stand at different positions, so e <= p. The shift makes them differ wherever e <= p.
    """
    bits = len(losers).bit_length() - 1
    shift = int(f"{number - 1:0{bits}b}"[::-1][:bits], 2) if bits else 0
    return [losers[position ^ shift] for position in range(len(losers))]


def _finals(
    upper: Source | None, lower: Source | None, best_of: int, grand_final: GrandFinal
) -> list[Planned]:
    if grand_final == "none" or upper is None or lower is None:
        return []
    first, second = Key("final", 1, 1), Key("final", 2, 1)
    plan = [Planned(first, best_of, upper, lower)]
    if grand_final == "reset":
        plan.append(Planned(second, best_of, LoserOf(first), WinnerOf(first), if_needed=True))
    return plan
