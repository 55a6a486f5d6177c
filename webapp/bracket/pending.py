"""Series of other tournaments in which the same two teams may come to meet.

A cup's final may have been played before anybody entered the semi-finals: whom its slots are
waiting for says whether its match may be mistaken for one of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from webapp.bracket.candidates import Row
from webapp.bracket.claims import EARLY
from webapp.bracket.known import Rival
from webapp.bracket.rivals import earliest

Sides = frozenset[str]
ANYONE: Sides = frozenset("ab")


def pending_of(rows: Sequence[Row], own: int, until: datetime) -> list[Rival]:
    """Those whose slots both teams may reach, and which may have begun by then."""
    by_id = {row.series_id: row for row in rows}
    found = [
        Rival(
            series_id=row.series_id,
            label=row.label,
            best_of=row.best_of,
            scheduled_at=row.scheduled_at,
            begins=_begins(row, by_id),
        )
        for row in by_id.values()
        if row.series_id != own and not row.alike and _may_meet(row, by_id)
    ]
    return [one for one in found if one.begins is None or one.begins <= until]


def _may_meet(row: Row, by_id: Mapping[int, Row]) -> bool:
    if row.team_a_id is not None and row.team_b_id is not None:
        return False
    one, other = _slots(row, by_id)
    return ("a" in one and "b" in other) or ("b" in one and "a" in other)


def _slots(row: Row, by_id: Mapping[int, Row]) -> tuple[Sides, Sides]:
    """Which of the two teams may come to stand in either slot."""
    return (
        _slot(row.team_a_id, row.side_a, row.a_series_id, by_id),
        _slot(row.team_b_id, row.side_b, row.b_series_id, by_id),
    )


def _slot(
    team_id: int | None, side: str | None, feeder: int | None, by_id: Mapping[int, Row]
) -> Sides:
    if team_id is not None:
        return frozenset(side or "")
    if feeder is None or feeder not in by_id:
        return ANYONE  # a place in a group
    one, other = _slots(by_id[feeder], by_id)
    return one | other


def _begins(row: Row, by_id: Mapping[int, Row]) -> datetime | None:
    """The earliest it can have begun: after all that feeds it."""
    feeders = [by_id[one] for one in (row.a_series_id, row.b_series_id) if one in by_id]
    known = [earliest(row), *(_begins(one, by_id) for one in feeders)]
    known += [one.scheduled_at - EARLY for one in feeders if one.scheduled_at is not None]
    return max(filter(None, known), default=None)
