"""A tournament's settings as a form has them: pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from webapp.core.errors import BadInput
from webapp.core.render import zone_named
from webapp.tournaments import rules
from webapp.tournaments.choices import FIXED_ONCE_DRAWN, Choices, tidied, what_is_wrong
from webapp.tournaments.local_time import read_local, to_field

T = TypeVar("T")
NEW: Final = Choices(name="", league_ids=(), format="double_elimination")
"""What the empty form proposes."""

LISTS: Final = ("league_ids", "tie_breaks")
NAMES: Final = tuple(field.name for field in fields(Choices))


def shown(choices: Choices, zone: ZoneInfo) -> dict[str, Any]:
    """What the fields of these choices hold; the start is on the wall of ``zone``."""
    values = {name: getattr(choices, name) for name in NAMES}
    values |= {name: [str(each) for each in values[name]] for name in LISTS}
    points = " ".join(str(each) for each in choices.points)
    return values | {"starts_at": to_field(choices.starts_at, zone), "points": points}


def typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """What a person put into the fields, to be shown again beside what is wrong with it."""
    return {name: form.getlist(name) if name in LISTS else form.get(name, "") for name in NAMES}


def read(
    form: MultiDict[str, str], zones: Mapping[int, str], old: Choices, *, drawn: bool = False
) -> Choices:
    """The choices of a form; what it does not have stays as in ``old``.

    ``zones`` are those of the leagues. ``drawn``: there is a bracket, and what it was generated
    from is not read.

    Raises:
        BadInput: naming each field that cannot be read or used.
    """
    reader = _Reader(form, {name for name in FIXED_ONCE_DRAWN if drawn}, old)
    leagues = reader.read("league_ids", _numbers)
    zone = reader.read("zone", lambda text: text.strip() or None)
    wall = zone_named(zone or zones.get(next(iter(leagues), 0), "UTC")) or ZoneInfo("UTC")
    choices = Choices(
        name=reader.read("name", str),
        league_ids=leagues,
        format=reader.read("format", str),
        best_of=reader.read("best_of", _number),
        final_best_of=reader.read("final_best_of", _number_or_none),
        starts_at=reader.read("starts_at", lambda text: read_local(text, wall, "starts_at")),
        zone=zone,
        night_ends=reader.read("night_ends", _number),
        grand_final=reader.read("grand_final", str),
        third_place=reader.ticked("third_place"),
        groups=reader.read("groups", _number),
        advancing=reader.read("advancing", _number),
        legs=reader.read("legs", _number),
        knockout=reader.read("knockout", str),
        points=reader.read("points", _numbers),
        win_points=reader.read("win_points", _number),
        tie_breaks=reader.read("tie_breaks", lambda text: tuple(text.split())),
        auto_link=reader.read("auto_link", str),
    )
    wrong = what_is_wrong(tidied(choices)) | reader.wrong
    if wrong:
        raise BadInput("The tournament was not saved.", fields=wrong)
    return choices


class _Reader:
    """Reads field by field and gathers what is wrong with each."""

    def __init__(self, form: MultiDict[str, str], fixed: set[str], old: Choices) -> None:
        self.form, self.fixed, self.old = form, fixed, old
        self.wrong: dict[str, str] = {}

    def read(self, name: str, how: Callable[[str], T]) -> T:
        """The field's value; what it was, where it is missing or cannot be read."""
        was: T = getattr(self.old, name)
        if name in self.fixed or (name not in self.form and name not in LISTS):
            return was
        try:
            return how(" ".join(self.form.getlist(name)))
        except BadInput as problem:
            self.wrong |= problem.fields
        except ValueError as error:
            self.wrong[name] = str(error)
        return was

    def ticked(self, name: str) -> bool:
        return bool(getattr(self.old, name)) if name in self.fixed else name in self.form


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text.strip()):
        raise ValueError("a whole number")
    return int(text)


def _number_or_none(text: str) -> int | None:
    return _number(text) if text.strip() else None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_number(each) for each in re.split(r"[\s,:;]+", text.strip()) if each)


def tie_break_fields(given: list[str]) -> list[str]:
    """What the fields of the tie-breaks hold, one for each rule there is."""
    return [*given, *[""] * len(rules.TIE_BREAKS)][: len(rules.TIE_BREAKS)]
