"""What an organizer chooses of a tournament, and what is wrong with it: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import available_timezones

from webapp.accounts.people import clean_name
from webapp.core.time import iso
from webapp.tournaments import rules
from webapp.tournaments.models import AUTO_LINKS, BEST_OF, FORMATS, GRAND_FINALS

LONGEST_NAME = 99
YEARS: Final = range(2000, 2101)
"""The years a time may fall into: wide of anybody's league, and safe in every zone."""

FIXED_ONCE_DRAWN: Final = frozenset(
    {
        *("format", "best_of", "final_best_of", "grand_final", "third_place"),
        *("groups", "advancing", "legs", "knockout"),
    }
)
"""What the bracket was generated from, so that it cannot change beneath it."""

COUNTING: Final = frozenset({"points", "win_points", "tie_breaks"})
"""What the tables of groups are counted by, and so who goes on from them."""


@dataclass(frozen=True, slots=True)
class Choices:
    """``zone`` None is that of the first league; ``groups`` is how many."""

    name: str
    league_ids: tuple[int, ...]
    format: str
    best_of: int = 3
    final_best_of: int | None = None
    starts_at: datetime | None = None
    zone: str | None = None
    night_ends: int = 6
    grand_final: str = "simple"
    third_place: bool = False
    groups: int = 1
    advancing: int = 2
    legs: int = 1
    knockout: str = "single_elimination"
    points: tuple[int, ...] = rules.DEFAULT_POINTS
    win_points: int = rules.DEFAULT_WIN_POINTS
    tie_breaks: tuple[str, ...] = rules.DEFAULT_TIE_BREAKS
    auto_link: str = "suggest"


def tidied(choices: Choices) -> Choices:
    """The same with its name cleaned and each league once."""
    leagues = tuple(dict.fromkeys(choices.league_ids))
    return replace(choices, name=clean_name(choices.name[:200]), league_ids=leagues)


def what_is_wrong(choices: Choices) -> dict[str, str]:
    """Each field that cannot be used, and why; the leagues are looked up elsewhere."""
    return dict(_wrong(choices))


def _wrong(it: Choices) -> Iterator[tuple[str, str]]:
    if not 0 < len(it.name) <= LONGEST_NAME:
        yield "name", f"between 1 and {LONGEST_NAME} characters"
    if not 0 < len(it.league_ids) <= rules.MOST_LEAGUES:
        yield "league_ids", f"choose at least one league, and at most {rules.MOST_LEAGUES}"
    if it.format not in FORMATS:
        yield "format", "one of " + ", ".join(FORMATS)
    elif it.best_of not in BEST_OF:
        yield "best_of", "1, 2, 3 or 5"
    elif it.best_of == 2 and not rules.may_draw(it.format):
        yield "best_of", "a best of two can be drawn, and a knock-out needs a winner: 1, 3 or 5"
    if it.final_best_of not in {None, 1, 3, 5}:
        yield "final_best_of", "1, 3 or 5"
    if it.starts_at is not None and it.starts_at.year not in YEARS:
        yield "starts_at", f"a year from {YEARS[0]} to {YEARS[-1]}"
    if it.zone is not None and it.zone not in available_timezones():
        yield "zone", "no such time zone; take one like Europe/Berlin"
    yield from _wrong_kinds(it)
    yield from _wrong_counts(it)


def _wrong_kinds(it: Choices) -> Iterator[tuple[str, str]]:
    if it.grand_final not in GRAND_FINALS:
        yield "grand_final", "one of " + ", ".join(GRAND_FINALS)
    if it.knockout not in {"single_elimination", "double_elimination"}:
        yield "knockout", "single_elimination or double_elimination"
    if it.auto_link not in AUTO_LINKS:
        yield "auto_link", "one of " + ", ".join(AUTO_LINKS)
    unknown = [name for name in it.tie_breaks if name not in rules.TIE_BREAKS]
    if unknown:
        yield "tie_breaks", f"there is no {unknown[0]}; known are {', '.join(rules.TIE_BREAKS)}"
    elif len(set(it.tie_breaks)) < len(it.tie_breaks):
        yield "tie_breaks", "each at most once"


def _wrong_counts(it: Choices) -> Iterator[tuple[str, str]]:
    for name, value, least, most in (
        ("night_ends", it.night_ends, 0, 12),
        ("groups", it.groups, 1, rules.MOST_GROUPS),
        ("advancing", it.advancing, 1, rules.MOST_ADVANCING),
        ("legs", it.legs, 1, 2),
        ("win_points", it.win_points, 0, rules.MOST_POINTS),
    ):
        if not least <= value <= most:
            yield name, f"{least} to {most}"
    if len(it.points) != 3 or not _fall(it.points):
        yield "points", "three numbers for 2:0, 1:1 and 0:2, none larger than the one before"


def _fall(points: Iterable[int]) -> bool:
    two, one, none = points
    return rules.MOST_POINTS >= two >= one >= none >= 0


def difference(old: Choices, new: Choices) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changes, before and after, in plain values for the audit."""
    names = [
        each.name for each in fields(Choices) if getattr(old, each.name) != getattr(new, each.name)
    ]
    return {name: _plain(old, name) for name in names}, {name: _plain(new, name) for name in names}


def _plain(choices: Choices, name: str) -> Any:
    value = getattr(choices, name)
    if isinstance(value, datetime):
        return iso(value)
    return list(value) if isinstance(value, tuple) else value
