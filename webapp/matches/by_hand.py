"""What a person types to enter a match by hand, read and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from webapp.core.errors import BadInput, Conflict
from webapp.matches.models import Match
from webapp.matches.services import RETRIED

MOST_KILLS = 999
LONGEST = 10 * 3600
_LENGTH = re.compile(r"(?:([0-9]{1,2}):)?([0-9]{1,2}):([0-9]{2})")


def check_can_be_entered(match: Match) -> None:
    """Raises: Conflict, where the match has details or is still being asked for."""
    if match.source == "manual":
        raise Conflict("This match was entered by hand already. Undo that first.")
    if match.state not in RETRIED:
        raise Conflict("Only a failed or withheld match is entered by hand.")


def read_entry(form: Mapping[str, str], zone: tzinfo, now: datetime) -> dict[str, Any]:
    """The columns a form fills; what was left empty is None.

    ``start`` is a wall clock of ``zone``. Radiant's and Dire's scores go together.

    Raises:
        BadInput: with every wrong field and why.
    """
    wrong: dict[str, str] = {}
    winner = form.get("winner", "")
    if winner not in {"radiant", "dire"}:
        wrong["winner"] = "Who won is needed."
    values = {
        "radiant_win": winner == "radiant",
        "radiant_score": _score(form.get("radiant_score", ""), "radiant_score", wrong),
        "dire_score": _score(form.get("dire_score", ""), "dire_score", wrong),
        "duration": _length(form.get("duration", ""), wrong),
        "start_time": _start(form.get("start", ""), zone, now, wrong),
    }
    scores = {name for name in ("radiant_score", "dire_score") if form.get(name, "").strip()}
    if len(scores) == 1:
        other = "dire_score" if "radiant_score" in scores else "radiant_score"
        wrong.setdefault(other, "Both scores, or neither.")
    if wrong:
        raise BadInput("The match was not entered.", fields=wrong)
    return values


def _score(text: str, name: str, wrong: dict[str, str]) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,3}", text):
        wrong[name] = f"A number of kills, 0 to {MOST_KILLS}."
        return None
    return int(text)


def _length(text: str, wrong: dict[str, str]) -> int | None:
    text = text.strip()
    if not text:
        return None
    found = _LENGTH.fullmatch(text)
    seconds = _seconds(found) if found else 0
    if not 0 < seconds <= LONGEST:
        wrong["duration"] = "As the game shows it: 38:14 or 1:02:05."
        return None
    return seconds


def _seconds(found: re.Match[str]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    if seconds > 59 or (found[1] and minutes > 59):
        return 0
    return hours * 3600 + minutes * 60 + seconds


def _start(text: str, zone: tzinfo, now: datetime, wrong: dict[str, str]) -> datetime | None:
    text = text.strip()
    if not text:
        return None
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is not None or not 2011 <= wall.year <= 2100:
        wrong["start"] = "A day and a time, such as 2026-11-21T23:02."
        return None
    start = wall.replace(tzinfo=zone).astimezone(UTC)
    if start.astimezone(zone).replace(tzinfo=None) != wall:
        wrong["start"] = f"The clocks of {zone} skipped that hour."
    elif start > now + timedelta(minutes=5):
        wrong["start"] = "That is in the future."
    return start
