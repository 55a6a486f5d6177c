"""A team as a form has it, a row for each player: pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from webapp.accounts.steam_ids import read_steam_ref
from webapp.core.errors import BadInput
from webapp.tournaments.entries import MOST_MEMBERS, Entry, Player, tidied, what_is_wrong

BLANK_ROWS = 3
"""How many rows wait below the players, and together with the first five of a new team."""


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of a player's row; ``number`` is what marks the captain's and the deputy's."""

    number: int
    steam: str = ""
    name: str = ""
    mmr: str = ""
    captain: bool = False
    deputy: bool = False


def shown(entry: Entry) -> dict[str, Any]:
    """What the fields of a team hold."""
    rows = [
        Row(n, str(one.steam_id), one.name, str(one.mmr or ""), one.captain, one.deputy)
        for n, one in enumerate(entry.members)
    ]
    values = {"name": entry.name, "tag": entry.tag, "seed": entry.seed or ""}
    return values | {"steam_team_id": entry.steam_team_id or "", "rows": _with_blanks(rows)}


def typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """What a person put into the fields, to be shown again beside what is wrong with it."""
    names = ("name", "tag", "seed", "steam_team_id")
    return {name: form.get(name, "") for name in names} | {"rows": _with_blanks(_rows(form))}


def _with_blanks(rows: list[Row]) -> list[Row]:
    used = [row for row in rows if row.steam or row.name or row.mmr]
    wanted = min(max(5, len(used)) + BLANK_ROWS, MOST_MEMBERS)
    return [*rows, *(Row(n) for n in range(len(rows), wanted))]


def _rows(form: MultiDict[str, str]) -> list[Row]:
    captain, deputy = form.get("captain", ""), form.get("deputy", "")
    columns = zip(form.getlist("steam"), form.getlist("player"), form.getlist("mmr"), strict=False)
    return [
        Row(n, steam.strip(), name.strip(), mmr.strip(), captain == str(n), deputy == str(n))
        for n, (steam, name, mmr) in enumerate(columns)
    ]


def read(form: MultiDict[str, str]) -> Entry:
    """The team of a form; empty rows are nobody, and a row's errors carry the row's number.

    Raises:
        BadInput: naming each field that cannot be read or used.
    """
    wrong: dict[str, str] = {}
    rows = [row for row in _rows(form) if row.steam or row.name or row.mmr]
    members = tuple(_player(row, wrong) for row in rows)
    seed = _number(form.get("seed", ""), "seed", wrong)
    steam_team_id = _number(form.get("steam_team_id", ""), "steam_team_id", wrong)
    entry = Entry(form.get("name", ""), form.get("tag", ""), seed, steam_team_id, members)
    for field, why in what_is_wrong(tidied(entry)).items():
        wrong.setdefault(_of_row(field, rows), why)
    if wrong:
        raise BadInput("The team was not saved.", fields=wrong)
    return entry


def _of_row(field: str, rows: list[Row]) -> str:
    """The field by its row on the page: those left empty count there, and among members not."""
    found = re.fullmatch(r"members\[(\d+)\](.*)", field)
    return f"members[{rows[int(found[1])].number}]{found[2]}" if found else field


def _player(row: Row, wrong: dict[str, str]) -> Player:
    field = f"members[{row.number}]"
    steam_id = 0
    try:
        ref = read_steam_ref(row.steam)
        steam_id = ref.steam_id or 0
        if not steam_id:
            why = "a name that only Steam can resolve; give the number"
            wrong[f"{field}.steam_id"] = why
    except BadInput as problem:
        wrong[f"{field}.steam_id"] = problem.fields["steam"]
    mmr = _number(row.mmr, f"{field}.mmr", wrong)
    return Player(steam_id, row.name, row.captain, row.deputy, mmr)


def _number(text: str, field: str, wrong: dict[str, str]) -> int | None:
    text = text.strip()
    if text and not re.fullmatch(r"[0-9]{1,18}", text):
        wrong[field] = "a whole number"
        return None
    return int(text) if text else None


def read_seeds(form: MultiDict[str, str]) -> dict[int, int | None]:
    """The seeds of a form by team's id, from fields called ``seed-<id>``.

    Raises:
        BadInput: naming each field that holds no number.
    """
    wrong: dict[str, str] = {}
    seeds = {
        int(found[1]): _number(text, name, wrong)
        for name, text in form.items()
        if (found := re.fullmatch(r"seed-([0-9]{1,18})", name))
    }
    if wrong:
        raise BadInput("The seeds were not saved.", fields=wrong)
    return seeds
