"""Groups, and the knock-out that they feed. Pure."""

from __future__ import annotations

from itertools import combinations
from string import ascii_uppercase

from webapp.bracket.shape import Placed, Source
from webapp.bracket.single import seed_order


def label(index: int) -> str:
    """A to Z, then AA, AB, ..."""
    ahead, letter = divmod(index, 26)
    return (ascii_uppercase[ahead - 1] if ahead else "") + ascii_uppercase[letter]


def draw(entrants: int, groups: int) -> dict[str, list[int]]:
    """The seeds of each group, drawn as a snake: A B C, C B A, A B C, ..."""
    drawn: dict[str, list[int]] = {label(index): [] for index in range(groups)}
    for seed in range(1, entrants + 1):
        row, column = divmod(seed - 1, groups)
        drawn[label(column if row % 2 == 0 else groups - 1 - column)].append(seed)
    return drawn


def qualified(groups: int, advancing: int) -> list[Source]:
    """Who enters the knock-out, best seed first: all winners, then all who came second, ...

    Within a place the groups are ordered so that teams of one group meet as late as can be:
    starting from the order of the groups, two of the same place change while that helps.
    """
    seeds = [list(range(groups)) for _ in range(advancing)]
    where = _where(groups * advancing)
    while _improve(seeds, where):
        pass
    return [Placed(label(g), place) for place, row in enumerate(seeds, start=1) for g in row]


def _where(entrants: int) -> list[int]:
    """From top to bottom, the first round's slot of each seed."""
    size = 1 << (entrants - 1).bit_length()
    order = seed_order(size)
    return [order.index(seed) for seed in range(1, entrants + 1)]


def _improve(seeds: list[list[int]], where: list[int]) -> bool:
    """Change groups within a place wherever it puts their teams further apart."""
    changed = False
    groups = len(seeds[0])
    for place, row in enumerate(seeds[1:], start=1):
        for one, other in combinations(range(groups), 2):
            before = _closeness(seeds, where, place, one) + _closeness(seeds, where, place, other)
            row[one], row[other] = row[other], row[one]
            after = _closeness(seeds, where, place, one) + _closeness(seeds, where, place, other)
            if after < before:
                changed = True
            else:
                row[one], row[other] = row[other], row[one]
    return changed


def _closeness(seeds: list[list[int]], where: list[int], place: int, column: int) -> int:
    """How near a team is to the others of its group; an earlier meeting outweighs all later."""
    group, groups = seeds[place][column], len(seeds[0])
    own = where[place * groups + column]
    others = (where[p * groups + row.index(group)] for p, row in enumerate(seeds) if p != place)
    return sum(1 << 8 * (16 - (own ^ other).bit_length()) for other in others)
