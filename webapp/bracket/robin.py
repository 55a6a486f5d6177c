"""Round robin by the circle method. Pure.

The worst seed (nobody, with an odd number) stands still and the others turn around it. Sides
alternate from round to round, and over one leg they differ by at most one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    early = [
        planned
        for planned in plan
        if planned.key.bracket == "group" and planned.key.group == group and planned.key.round <= 2
    ]
    found: dict[Pair, Planned] = {(p.key.round, p.key.position): p for p in early}
    teams = {source.ref for p in early for source in (p.a, p.b) if isinstance(source, Entrant)}
    seeds: dict[int, int] = {}
    for number, pairs in zip((1, 2), rounds(len(teams)), strict=False):
        for position, pair in enumerate(pairs, start=1):
            planned = found[number, position]
            for place, source in zip(pair, (planned.a, planned.b), strict=True):
                if isinstance(source, Entrant):
                    seeds[place] = source.ref
    return [seeds[place] for place in sorted(seeds)]
