"""Other series of the same players, read from the rows of their games."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from webapp.bracket.candidates import Row
from webapp.bracket.evening import decided_by
from webapp.bracket.known import Rival, Side
from webapp.bracket.window import AFTER, BEFORE

BRACKET_ORDER = ("group", "winners", "losers", "third_place", "final")


def rivals_of(
    rows: Sequence[Row], series_id: int, since: datetime | None, until: datetime
) -> list[Rival]:
    """The other series that may have been played within the window."""
    by_series: dict[int, list[Row]] = {}
    for row in rows:
        if row.series_id != series_id and row.alike:
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
        open=not first.skipped and not (first.state == "done" and _all_linked(games)),
        begins=earliest(first),
        start=min((row.start_time for row in linked), default=None),
        end=max((end for row in linked if (end := end_of(row))), default=None),
        order=order_of(first),
        until=first.ended_at if first.state == "done" else None,
    )


def _all_linked(games: Sequence[Row]) -> bool:
    """Whether the games that have their match decide it: what was entered by hand may stand for
    matches that nobody linked."""
    first = games[0]
    wins = [row.winner_id for row in games if row.match_id is not None]
    sides: list[Side | None] = ["a" if one == first.team_a_id else "b" for one in wins if one]
    return len(wins) >= first.best_of or decided_by(sides, first.best_of)


def earliest(row: Row) -> datetime | None:
    """The earliest it can have begun: with its tournament, and after what feeds it."""
    return cast("datetime | None", row.begins or (row.starts_at and row.starts_at - BEFORE))


def _near(one: Rival, since: datetime | None, until: datetime) -> bool:
    """Whether its matches may be in the window. What was put off may be played at any time."""
    moments = [moment for moment in (one.start, one.scheduled_at) if moment is not None]
    if not moments:
        return one.open
    if one.open and (since is None or one.until is None or one.until >= since):
        return min(moments) <= until + AFTER
    return any((since is None or since <= moment) and moment <= until + AFTER for moment in moments)


def order_of(row: Row) -> tuple[int, ...]:
    return BRACKET_ORDER.index(row.bracket), row.round, row.position


def end_of(row: Row) -> datetime | None:
    start = cast("datetime | None", row.start_time)
    return start and start + timedelta(seconds=row.duration or 0)
