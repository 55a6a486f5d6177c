"""Whether a match may belong to another series of the same players instead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from webapp.bracket.known import Rival, SeriesFacts
from webapp.bracket.seats import Reading

EARLY = timedelta(hours=1)
"""How long before its scheduled start another series may have begun."""

PAUSE = timedelta(hours=3)
"""The longest pause between two games of a series that a machine believes in."""


def claimed(series: SeriesFacts, one: Reading) -> bool:
    return any(_could_be(rival, _start(one)) for rival in _others(series))


def too_many(series: SeriesFacts, meetings: Sequence[Reading], places: int) -> bool:
    """Whether there are more meetings than places for them: one at least was no game.

    What another series may claim needs no place here, but it does need one there.
    """
    found = _at_a_sitting(meetings)
    rivals = [
        rival for rival in _others(series) if any(_could_be(rival, _start(one)) for one in found)
    ]
    own = [one for one in found if not claimed(series, one)]
    elsewhere = sum(rival.best_of for rival in rivals)
    return len(own) > places or len(found) > places + elsewhere


def _others(series: SeriesFacts) -> tuple[Rival, ...]:
    return series.rivals + series.pending


def _at_a_sitting(meetings: Sequence[Reading]) -> list[Reading]:
    """The first of them and those that follow closely."""
    found = list(meetings[:1])
    for one in meetings[1:]:
        if _start(one) > (found[-1].match.end or _start(found[-1])) + PAUSE:
            break
        found.append(one)
    return found


def _start(one: Reading) -> datetime:
    assert one.match.start_time is not None
    return one.match.start_time


def _could_be(rival: Rival, start: datetime) -> bool:
    """Whether it may be this series' match. One that was put off may be played at any time."""
    if not rival.open or (rival.until is not None and start >= rival.until):
        return False
    if rival.begins is not None and start < rival.begins:
        return False
    if rival.start is not None:
        return start >= rival.start - PAUSE
    return rival.scheduled_at is None or start >= rival.scheduled_at - EARLY
