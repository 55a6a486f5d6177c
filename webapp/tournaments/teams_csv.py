"""Teams out of a table: one row a player. Pure: reads text, asks nobody, saves nothing.

The first row names the columns, in any order; commas, semicolons or tabs part them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from webapp.accounts.people import clean_name
from webapp.accounts.steam_ids import read_steam_ref
from webapp.core.errors import BadInput
from webapp.tournaments import entries
from webapp.tournaments.entries import Entry, Player
from webapp.tournaments.rules import MOST_TEAMS

LARGEST = 200_000
"""Characters of a table; about 2,000 players."""

MOST_ROWS = 2_000
COLUMNS: Final = ("team", "tag", "seed", "player", "steam_id", "captain", "mmr", "deputy")
NEEDED: Final = ("team", "steam_id")
ALSO_CALLED: Final = {
    **dict.fromkeys(("steam", "steamid", "steam id", "profile", "steam profile"), "steam_id"),
    **dict.fromkeys(("account", "account id", "account_id", "friend id", "friend_id"), "steam_id"),
    **dict.fromkeys(("name", "player name", "nickname"), "player"),
    **dict.fromkeys(("team name", "team_name"), "team"),
    "rank": "mmr",
}
YES: Final = frozenset({"1", "y", "yes", "x", "true", "c", "captain", "d", "deputy"})
NO: Final = frozenset({"", "0", "n", "no", "false", "-"})


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in a line, counted from 1; ``column`` is empty where the whole line is."""

    line: int
    column: str
    why: str


@dataclass(slots=True)
class Table:
    """The teams that were read, and all that is wrong; nothing is entered while anything is."""

    teams: list[Entry] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def players(self) -> int:
        return sum(len(team.members) for team in self.teams)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that could be read: its line, its player, and what it says of the team."""

    line: int
    player: Player
    tag: str
    seed: int | None


def read(text: str, taken: Iterable[str] = ()) -> Table:
    """The teams of a table; ``taken`` are names, folded, that the tournament has already."""
    table = Table()
    if len(text) > LARGEST:
        table.wrong.append(Wrong(1, "", f"too long: at most {LARGEST:,} characters"))
        return table
    try:
        rows = list(_rows(text))
    except csv.Error as error:
        table.wrong.append(Wrong(1, "", f"not a table: {error}"))
        return table
    if not rows:
        table.wrong.append(Wrong(1, "", "empty: give a row of column names and a row a player"))
        return table
    (line, head), *body = rows
    columns = [_column(cell) for cell in head]
    table.wrong += _wrong_head(line, columns)
    if not body:
        table.wrong.append(Wrong(line, "", "only names of columns: a row for each player follows"))
    if len(body) > MOST_ROWS:
        table.wrong.append(Wrong(body[MOST_ROWS][0], "", f"at most {MOST_ROWS:,} rows"))
    if not table.wrong:
        _gather(table, [(at, dict(zip(columns, cells, strict=False))) for at, cells in body], taken)
    return table


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, each with the line it ends on."""
    text = text.removeprefix("\ufeff").replace("\x00", "")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, [cell.strip() for cell in cells]


def _column(cell: str) -> str:
    name = " ".join(cell.casefold().split())
    return ALSO_CALLED.get(name, name.replace(" ", "_"))


def _wrong_head(line: int, columns: list[str]) -> Iterator[Wrong]:
    for name in NEEDED:
        if name not in columns:
            yield Wrong(line, name, "this column is missing")
    for name in dict.fromkeys(columns):
        if name and name not in COLUMNS:
            yield Wrong(line, name, f"no such column; known are {', '.join(COLUMNS)}")
        elif columns.count(name) > 1:
            yield Wrong(line, name, "this column stands here twice")


def _gather(
    table: Table, rows: Iterable[tuple[int, Mapping[str, str]]], taken: Iterable[str]
) -> None:
    known, teams = set(taken), dict[str, list[_Row]]()
    names: dict[str, str] = {}
    for line, cells in rows:
        name = clean_name(cells.get("team", "")[:200])
        key = name.casefold()
        if key in known and key not in names:
            table.wrong.append(Wrong(line, "team", f"{name} is in this tournament already"))
        names.setdefault(key, name)
        wrong, row = _read_row(line, cells)
        table.wrong += wrong
        if row:
            teams.setdefault(key, []).append(row)
    seeds: dict[int, str] = {}
    for key, found in teams.items():
        entry, wrong = _team(names[key], found)
        if entry.seed and seeds.setdefault(entry.seed, entry.name) != entry.name:
            wrong.append(Wrong(found[0].line, "seed", f"{seeds[entry.seed]} has {entry.seed} too"))
        table.teams.append(entry)
        table.wrong += wrong
    if len(known) + len(teams) > MOST_TEAMS:
        table.wrong.append(Wrong(1, "", f"a tournament has {MOST_TEAMS} teams at most"))
    table.wrong.sort(key=lambda one: (one.line, COLUMNS.index(one.column) if one.column else -1))


def _read_row(line: int, cells: Mapping[str, str]) -> tuple[list[Wrong], _Row | None]:
    wrong: list[Wrong] = []

    def number(column: str) -> int | None:
        text = cells.get(column, "")
        if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
            wrong.append(Wrong(line, column, f"{text[:30]!r} is no whole number"))
            return None
        return int(text) if text else None

    def mark(column: str) -> bool:
        text = cells.get(column, "").casefold()
        if text not in YES | NO:
            wrong.append(Wrong(line, column, f"{text[:30]!r} is neither yes nor no"))
        return text in YES

    steam_id, why = _steam_id(cells.get("steam_id", ""))
    if why:
        wrong.append(Wrong(line, "steam_id", why))
    name = cells.get("player", "")
    player = Player(steam_id, name, mark("captain"), mark("deputy"), number("mmr"))
    row = _Row(line, player, cells.get("tag", ""), number("seed"))
    return wrong, None if wrong else row


def _steam_id(text: str) -> tuple[int, str]:
    """The account, or why there is none; names are not looked up on Steam here."""
    if not text:
        return 0, "missing: a steamid, an account id or a profile address"
    try:
        found = read_steam_ref(text)
    except BadInput:
        return 0, f"{text[:60]!r} is no Steam account"
    if found.steam_id is None:
        return 0, f"{text[:60]!r} is a name that only Steam can resolve; give the number"
    return found.steam_id, ""


def _team(name: str, rows: list[_Row]) -> tuple[Entry, list[Wrong]]:
    """The team of its rows; its tag and seed may stand in any of them, but not differ."""
    wrong = []
    tags, seeds = ([(row.line, getattr(row, part)) for row in rows] for part in ("tag", "seed"))
    for column, told in (("tag", tags), ("seed", seeds)):
        given = [(line, value) for line, value in told if value not in {"", None}]
        wrong += [
            Wrong(line, column, f"{name} has {given[0][1]} in line {given[0][0]}")
            for line, value in given[1:]
            if value != given[0][1]
        ]
    tag = next((row.tag for row in rows if row.tag), "")
    seed = next((row.seed for row in rows if row.seed is not None), None)
    entry = entries.tidied(Entry(name, tag, seed, None, tuple(row.player for row in rows)))
    wrong += [
        _placed(field_name, why, rows) for field_name, why in entries.what_is_wrong(entry).items()
    ]
    return entry, wrong


def _placed(field_name: str, why: str, rows: list[_Row]) -> Wrong:
    """What ``entries`` found, at the line and column it came from."""
    if field_name.startswith("members["):
        place, _, column = field_name.removeprefix("members[").partition("].")
        return Wrong(rows[int(place)].line, column, why)
    column = {"name": "team", "members": "team"}.get(field_name, field_name)
    return Wrong(rows[0].line, column, why)
