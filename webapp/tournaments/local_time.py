"""Times as a form's field has them: on the wall of a zone, without saying which. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from webapp.core.errors import BadInput
from webapp.tournaments.choices import YEARS


def read_local(text: str, zone: ZoneInfo, field: str) -> datetime | None:
    """The moment of ``2026-11-28T20:00`` in a zone; None of an empty text.

    An hour that comes twice is the first of the two.

    Raises:
        BadInput: it is no time, or one the clocks skip there; names ``field``.
    """
    text = text.strip()
    if not text:
        return None
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is not None or wall.year not in YEARS:
        raise BadInput("That is not a time.", fields={field: "a time like 2026-11-28T20:00"})
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != wall:
        why = f"the clocks of {zone} skip {wall:%H:%M} on that day"
        raise BadInput("There is no such time.", fields={field: why})
    return moment


def to_field(moment: datetime | None, zone: ZoneInfo) -> str:
    """What ``read_local`` reads as this moment, to the minute."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" if moment else ""
