"""Why a match has no details, in words. Pure: what is stored in, sentences out."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Protocol

from webapp.core.sources import NAMES

REASONS = {
    "unreadable": "It came, but could not be read",
    "silent": "A source answers others, but not this one",
    "never": "Steam will never give it",
    "absent": "No source has it",
}
"""The four ways to stay without details, as a filter names them; the first two are failed."""

STATE_OF = {"unreadable": "failed", "silent": "failed", "never": "withheld", "absent": "withheld"}
NIGHTLY_AGE = timedelta(days=7)
"""The nightly walk asks again for matches younger than this."""

SOURCE_WORDS = {
    **NAMES,
    "sequence": "Steam, by sequence number",
    "manual": "A person, by hand",
}
"""Where a match's details come from, in the words of the match page."""

_SILENT = re.compile(r"^([a-z]+(?: and [a-z]+)*) did not answer\b")
_VERDICT = re.compile(r"^([a-z]+): (.*)$", re.DOTALL)
_BARE = {"definite": "will never have it", "absent": "does not have it", "schema": "unreadable"}


class Tried(Protocol):
    """What of a match its reason is told from."""

    state: str
    unanswered: int


def reason_key(match: Tried, *, refused: bool) -> str:
    """Which of ``REASONS`` holds for a failed or withheld match.

    ``refused`` says that a source answered that it will never have the match.
    """
    if match.state == "failed":
        return "silent" if match.unanswered else "unreadable"
    return "never" if refused else "absent"


def title_of(key: str, fetch_error: str | None) -> str:
    """The reason as a heading; a silent source is named where the stored sentence names it."""
    found = _SILENT.match(fetch_error or "") if key == "silent" else None
    if found is None:
        return REASONS[key]
    names = _names(found[1])
    answer = "answer" if " and " in names else "answers"
    return f"{names} {answer} others, but not this one"


def detail_of(fetch_error: str | None) -> str:
    """The stored reason with its sources named as people know them."""
    return "; ".join(_part(part) for part in (fetch_error or "").split("; ") if part)


def _part(part: str) -> str:
    silent = _SILENT.match(part)
    if silent:
        return f"{_names(silent[1])} did not answer{part[silent.end() :]}"
    verdict = _VERDICT.match(part)
    if verdict and verdict[1] in NAMES:
        return f"{NAMES[verdict[1]]}: {_BARE.get(verdict[2], verdict[2])}"
    return part


def _names(joined: str) -> str:
    return " and ".join(NAMES.get(name, name) for name in joined.split(" and "))


def no_data(match: Tried) -> str:
    """What a table says across the columns of a match without details."""
    if match.state == "failed":
        return (
            "No data: no answer in eight rounds"
            if match.unanswered
            else "No data: unreadable three times"
        )
    return "No source will give it" if match.state == "withheld" else "No data available yet"


def next_try(played_at: datetime, *, nightly: bool, now: datetime) -> str:
    """When a failed or withheld match is asked for again.

    ``nightly`` says that its league is on the timetable, so that the nightly walk comes by.
    """
    return "tonight 04:00 UTC" if nightly and now - played_at < NIGHTLY_AGE else "by a person"
