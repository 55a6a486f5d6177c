"""A tournament's results and what comes next, as a text to paste into Discord. Pure.

Names are escaped, so that nobody's name can ping, hide or format anything; times are Discord's
own, which each reader sees in their zone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

LONGEST = 1900
"""A message holds 2,000 characters."""

UPCOMING = 10
_MARKS = re.compile(r"([\\`*_~|>#\-\[\]()<:@/])")


@dataclass(frozen=True, slots=True)
class Told:
    """A series to tell of: with a score where it is settled, else with its time if it has one."""

    label: str
    a: str
    b: str
    score: tuple[int, int] | None = None
    winner: str = ""
    forfeit: bool = False
    at: datetime | None = None


def escaped(text: str) -> str:
    """A name as Discord shows it letter by letter."""
    return _MARKS.sub(r"\\\1", " ".join(text.split())).replace("@", "@\u200b")


def line(told: Told) -> str:
    a, b = escaped(told.a), escaped(told.b)
    if told.score is None:
        when = f" · <t:{int(told.at.timestamp())}:F>" if told.at else ""
        return f"{told.label} · {a} vs {b}{when}"
    first = f"**{a}**" if told.winner == "a" else a
    second = f"**{b}**" if told.winner == "b" else b
    forfeit = " (forfeit)" if told.forfeit else ""
    return f"{told.label} · {first} {told.score[0]}:{told.score[1]} {second}{forfeit}"


def message(
    name: str, summary: str, settled: Sequence[Told], upcoming: Sequence[Told], url: str
) -> str:
    """One message: what comes next, and of the results the latest that fit.

    ``settled`` in the order in which they ended.
    """
    head, foot = f"**{escaped(name)}** · {summary}", f"<{url}>"
    room = LONGEST - len(head) - len(foot) - len("**Results****Next**") - 8
    coming = _fitting([line(told) for told in upcoming[:UPCOMING]], room)
    room -= sum(len(text) + 1 for text in coming)
    results = _fitting([line(told) for told in reversed(settled)], room)[::-1]
    parts = [head]
    parts += ["", "**Results**", *results] if results else []
    parts += ["", "**Next**", *coming] if coming else []
    return "\n".join([*parts, "", foot])


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    """As many of the first lines as there is room for."""
    found: list[str] = []
    for text in lines:
        room -= len(text) + 1
        if room < 0:
            break
        found.append(text)
    return found
