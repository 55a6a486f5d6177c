"""The one place time comes from."""

from __future__ import annotations

import time as _time
from datetime import UTC, datetime

monotonic = _time.monotonic
sleep = _time.sleep


def utcnow() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def from_unix(seconds: int | None) -> datetime | None:
    """A service's Unix time as an aware datetime; 0 and None mean unknown."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with a Z, as the JSON API writes times."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
