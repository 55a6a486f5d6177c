"""Round robin by the circle method. Pure.

The worst seed (nobody, with an odd number) stands still and the others turn around it. Sides
alternate from round to round, and over one leg they differ by at most one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from webapp.bracket.shape import Entrant, Key, Plan, Planned

Pair = tuple[int, int]


def rounds(n: int) -> Iterator[list[Pair]]:
    """One leg: each round's pairs of numbers 0 to n - 1, side a first."""
    around = n - 1 + n % 2
    for turn in range(around):
        pairs = [] if n % 2 else [(turn, n - 1) if turn % 2 == 0 else (n - 1, turn)]
        for step in range(1, (around + 1) // 2):
            ahead, behind = (turn + step) % around, (turn - step) % around
            pairs.append((ahead, behind) if step % 2 else (behind, ahead))
        yield pairs


def round_robin(
    members: Sequence[int], best_of: int, *, legs: int = 1, group: str = "A"
) -> list[Planned]:
    """Everybody against everybody, ``members`` best seed first; a second leg swaps the sides."""
    one_leg = list(rounds(len(members)))
    both = one_leg + [[(b, a) for a, b in pairs] for pairs in one_leg] * (legs - 1)
    return [
        Planned(
            Key("group", number, position, group), best_of, Entrant(members[a]), Entrant(members[b])
        )
        for number, pairs in enumerate(both, start=1)
        for position, (a, b) in enumerate(pairs, start=1)
    ]


def members(plan: Plan, group: str) -> list[int]:
    """A group's teams, best seed first: read off where its first two rounds have them."""
    own = {
        (planned.key.round, planned.key.position): (planned.a, planned.b)
        for planned in plan
        if planned.key.bracket == "group" and planned.key.group == group
    }
    teams = {source.ref for pair in own.values() for source in pair if isinstance(source, Entrant)}
    seeds: dict[int, int] = {}
    for number, pairs in enumerate(islice(rounds(len(teams)), 2), start=1):
        for position, places in enumerate(pairs, start=1):
            for place, source in zip(places, own.get((number, position), ()), strict=False):
                if isinstance(source, Entrant):
                    seeds[source.ref] = place
    return sorted(teams, key=lambda team: (seeds.get(team, len(teams)), team))
