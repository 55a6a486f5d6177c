"""Groups, and the knock-out that they feed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Literal

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

    The winners stand in the order of their groups. Behind them the groups are ordered so that
    teams of one group meet as late as can be: 2 advancing stand in different halves of the
    bracket, up to 4 in different quarters, up to 8 in different eighths.

    It is always possible. Let each seed join the place that it stands for to the part of the
    bracket that it stands in: a place has one seed per group, a part at most as many. Such a
    graph's edges can be coloured with as many colours as there are groups (Kőnig), so that each
    colour comes once to every place and at most once to every part.
    """
    size = 1 << (groups * advancing - 1).bit_length()
    part = size // min(size, 1 << (advancing - 1).bit_length())
    slots = seed_order(size)
    joined = [(seed // groups, slots.index(seed + 1) // part) for seed in range(groups * advancing)]
    colours = _coloured(joined, groups)
    group_of = {colour: label(index) for index, colour in enumerate(colours[:groups])}
    return [Placed(group_of[colour], seed // groups + 1) for seed, colour in enumerate(colours)]


Vertex = tuple[Literal["place", "part"], int]


def _coloured(edges: Sequence[tuple[int, int]], colours: int) -> list[int]:
    """Colour the edges between places and parts so that no two at one end are alike.

    Where an edge finds no colour that is free at both ends, two colours are exchanged along the
    path of these two that begins at its second end; it never leads to the first.
    """
    ends: list[tuple[Vertex, Vertex]] = [(("place", a), ("part", b)) for a, b in edges]
    found: dict[int, int] = {}
    at: dict[Vertex, dict[int, int]] = {vertex: {} for pair in ends for vertex in pair}

    def paint(edge: int, colour: int) -> None:
        found[edge] = colour
        for vertex in ends[edge]:
            at[vertex][colour] = edge

    for edge, (place, part) in enumerate(ends):
        wanted, other = (
            next(colour for colour in range(colours) if colour not in at[vertex])
            for vertex in (place, part)
        )
        path = _path(part, wanted, other, ends, at)
        for step in path:
            for vertex in ends[step]:
                at[vertex].pop(found[step])
        for step in path:
            paint(step, other if found[step] == wanted else wanted)
        paint(edge, wanted)
    return [found[edge] for edge in range(len(ends))]


def _path(
    vertex: Vertex,
    colour: int,
    other: int,
    ends: Sequence[tuple[Vertex, Vertex]],
    at: Mapping[Vertex, Mapping[int, int]],
) -> list[int]:
    """The edges of two colours in turn, from a vertex on."""
    path: list[int] = []
    while colour in at[vertex]:
        path.append(at[vertex][colour])
        vertex = next(end for end in ends[path[-1]] if end != vertex)
        colour, other = other, colour
    return path
