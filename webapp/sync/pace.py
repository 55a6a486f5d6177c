"""How fast a phase goes, and when it may be over. Pure rules."""

from __future__ import annotations

from datetime import datetime

MEASURED_AFTER = 3.0
"""Seconds before a pace says anything."""


def seconds_left(
    done: int, total: int | None, began: datetime | None, now: datetime
) -> float | None:
    """Seconds until ``total`` is done at the pace measured since the phase began.

    None while nothing can be said: nothing done yet, or the end is unknown.
    """
    if not total or not done or began is None or done >= total:
        return None
    elapsed = (now - began).total_seconds()
    if elapsed < MEASURED_AFTER:
        return None
    return elapsed / done * (total - done)


def in_words(seconds: float | None) -> str:
    """``about 20 s left``, ``about 4 min left``, ``about 3 h left``; empty for None.

    Rounded as coarsely as the guess is, so that it does not flicker.
    """
    if seconds is None:
        return ""
    if seconds < 8:
        return "a few seconds left"
    if seconds < 55:
        return f"about {max(10, round(seconds / 10) * 10)} s left"
    if seconds < 55 * 60:
        return f"about {max(1, round(seconds / 60))} min left"
    if seconds < 36 * 3600:
        return f"about {max(1, round(seconds / 3600))} h left"
    return f"about {round(seconds / 86400)} days left"
