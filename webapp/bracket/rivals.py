"""Other series of the same players, read from the rows of their games."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from webapp.bracket.candidates import Row
from webapp.bracket.known import Rival
from webapp.bracket.window import AFTER

BRACKET_ORDER = ("group", "winners", "losers", "third_place", "final")


def rivals_of(
    rows: Sequence[Row], series_id: int, since: datetime | None, until: datetime
) -> list[Rival]:
    """The other series that may have been played within the window."""
    by_series: dict[int, list[Row]] = {}
    for row in rows:
        if row.series_id != series_id:
            by_series.setdefault(row.series_id, []).append(row)
    found = [_rival(games) for games in by_series.values()]
    return [one for one in found if _near(one, since, until)]


def _rival(games: Sequence[Row]) -> Rival:
    first = games[0]
    linked = [row for row in games if row.start_time is not None]
    return Rival(
        series_id=first.series_id,
        label=first.label,
        best_of=first.best_of,
        scheduled_at=first.scheduled_at,
        open=_is_open(first, len(linked)),
        begins=first.begins,
        start=min((row.start_time for row in linked), default=None),
        end=max((end for row in linked if (end := end_of(row))), default=None),
        order=order_of(first),
    )


def _is_open(row: Row, linked: int) -> bool:
    """Whether matches of this series may still be without their link."""
    if row.skipped or row.forfeit is not None:
        return False
    if row.hand_score_a is not None:
        return bool(linked < row.hand_score_a + row.hand_score_b)
    return bool(row.state != "done")


def _near(one: Rival, since: datetime | None, until: datetime) -> bool:
    moments = [moment for moment in (one.start, one.scheduled_at) if moment is not None]
    if not moments:
        return one.open
    return any((since is None or since <= moment) and moment <= until + AFTER for moment in moments)


def order_of(row: Row) -> tuple[int, ...]:
    return BRACKET_ORDER.index(row.bracket), row.round, row.position


def end_of(row: Row) -> datetime | None:
    start = cast("datetime | None", row.start_time)
    return start and start + timedelta(seconds=row.duration or 0)
