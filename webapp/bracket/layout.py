"""Where each series of a bracket stands on the page: columns, rows and lines. Pure.

A section (upper, lower) is drawn in columns of cells of one height; a cell without a series is the
gap that a bye left. Positions halve from round to round, so a column of twice as many cells as the
next one joins its cells in pairs, and one of as many goes straight on. A round in which no two
neighbours play is drawn at half its height, straight before the round it leads to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from webapp.bracket.shape import Key, Plan, Planned, WinnerOf

UPPER, LOWER = 2, 4
"""The grid's rows of the cells; their headings stand in the row above."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A place for a series. ``fresh``: nobody in it comes from the column before."""

    key: Key | None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A round. ``number`` is its column from 1, ``lines`` the classes that draw its lines."""

    bracket: str
    round: int
    number: int
    row: int
    lines: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """The elimination part. ``riser``: the column where a line rises from the lower final."""

    width: int
    columns: tuple[Column, ...]
    riser: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group's series by round."""

    name: str
    rounds: tuple[tuple[int, tuple[Key, ...]], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    groups: tuple[Group, ...]
    tree: Tree | None


def layout(plan: Plan) -> Layout:
    """The picture of any bracket; of none it is empty."""
    return Layout(_groups(plan), _tree(plan))


def _groups(plan: Plan) -> tuple[Group, ...]:
    found: dict[str, dict[int, list[Key]]] = {}
    for planned in plan:
        key = planned.key
        if key.bracket == "group":
            found.setdefault(key.group, {}).setdefault(key.round, []).append(key)
    return tuple(
        Group(name, tuple((number, tuple(keys)) for number, keys in sorted(rounds.items())))
        for name, rounds in sorted(found.items(), key=lambda pair: (len(pair[0]), pair[0]))
    )


# ---- the tree --------------------------------------------------------------------------------

Rounds = dict[int, dict[int, Planned]]
"""The series of a bracket by round and position."""

Name = tuple[str, int]
"""A round: its bracket and its number."""


def _tree(plan: Plan) -> Tree | None:
    by = {name: _rounds(plan, name) for name in ("winners", "losers", "final", "third_place")}
    if not by["winners"]:
        return None
    at = _numbers(by)
    columns = _section(by["winners"], at, UPPER) + _section(by["losers"], at, LOWER)
    riser = at["final", 1] if by["final"] and by["losers"] else None
    if by["final"]:
        columns = _with_finals(columns, by["final"], at, riser)
    for number, series in by["third_place"].items():
        cells = tuple(Cell(planned.key, fresh=True) for planned in series.values())
        columns.append(Column("third_place", number, at["third_place", number], LOWER, (), cells))
    ordered = sorted(columns, key=lambda column: (column.row, column.number))
    return Tree(max(at.values()), tuple(ordered), riser)


def _rounds(plan: Plan, bracket: str) -> Rounds:
    found: Rounds = {}
    for planned in plan:
        if planned.key.bracket == bracket:
            found.setdefault(planned.key.round, {})[planned.key.position] = planned
    return found


def _numbers(by: Mapping[str, Rounds]) -> dict[Name, int]:
    """The column of each round: an upper round stands above the lower one its losers drop into."""
    double = bool(by["losers"])
    wanted: dict[Name, int] = {
        ("winners", number): max(1, 2 * number - 2) if double else number
        for number in by["winners"]
    }
    wanted |= {("losers", number): number for number in by["losers"]}
    last = max(wanted.values())
    wanted |= {("final", number): last + number for number in by["final"]}
    wanted |= {("third_place", number): last for number in by["third_place"]}
    used = {column: place for place, column in enumerate(sorted(set(wanted.values())), start=1)}
    return {name: used[column] for name, column in wanted.items()}


def _section(rounds: Rounds, at: Mapping[Name, int], row: int) -> list[Column]:
    """The columns of the upper or the lower bracket, from the last round back to the first."""
    if not rounds:
        return []
    bracket = "winners" if row == UPPER else "losers"
    last = max(rounds)
    columns: list[Column] = []
    for number in sorted(rounds, reverse=True):
        full = 1 << (last - number if row == UPPER else (last - number) // 2)
        after = columns[-1] if columns else None
        folded = _folded(full, rounds[number], len(after.cells) if after else 1)
        cells = tuple(
            _cell(place, rounds[number], folded) for place in range(1, full // folded + 1)
        )
        lines = (_lines_on(cells, after),) if after else ()
        columns.append(Column(bracket, number, at[bracket, number], row, lines, cells))
    return _fed(columns[::-1])


def _folded(full: int, positions: Collection[int], next_cells: int) -> int:
    """2 where the column is drawn at half its height, as no two neighbours play; else 1."""
    halves = {(position + 1) // 2 for position in positions}
    return 2 if full // 2 >= next_cells and len(halves) == len(positions) else 1


def _cell(place: int, series: Mapping[int, Planned], folded: int) -> Cell:
    here = [
        planned
        for position, planned in series.items()
        if (position + folded - 1) // folded == place
    ]
    return Cell(here[0].key, fresh=not _is_fed(here[0])) if here else Cell(None)


def _is_fed(planned: Planned) -> bool:
    """Whether somebody comes from the column before: as a winner of the same bracket."""
    return any(
        isinstance(source, WinnerOf) and source.key.bracket == planned.key.bracket
        for source in (planned.a, planned.b)
    )


def _lines_on(cells: Collection[Cell], after: Column) -> str:
    return "merge" if len(cells) > len(after.cells) else "on"


def _fed(columns: list[Column]) -> list[Column]:
    """Lines from the left for all but the first column; ``far`` where one column is skipped."""
    found = columns[:1]
    for before, column in pairwise(columns):
        skips = column.number - before.number > 1
        lines = ("fed", *(("far",) if skips else ()), *column.lines)
        found.append(replace(column, lines=lines))
    return found


def _with_finals(
    columns: list[Column], finals: Rounds, at: Mapping[Name, int], riser: int | None
) -> list[Column]:
    """The grand final after the upper one, the second series after it; a line from below."""
    ends = {
        row: max((c.number for c in columns if c.row == row), default=0) for row in (UPPER, LOWER)
    }
    led = {(UPPER, ends[UPPER]): "on"} | ({(LOWER, ends[LOWER]): "rise"} if riser else {})
    found = [
        replace(column, lines=(*column.lines, led[column.row, column.number]))
        if (column.row, column.number) in led
        else column
        for column in columns
    ]
    for number, series in sorted(finals.items()):
        lines = ("fed", *(("final",) if number == 1 and riser else ()))
        lines += ("on",) if number == 1 and len(finals) > 1 else ()
        cells = tuple(Cell(planned.key) for planned in series.values())
        found.append(Column("final", number, at["final", number], UPPER, lines, cells))
    return found
