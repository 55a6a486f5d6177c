"""When series are played: read, and set in bulk. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.core.time import iso
from webapp.tournaments.choices import YEARS
from webapp.tournaments.clashes import Planned
from webapp.tournaments.models import Series, Team, Tournament

LONGEST_SPACING = 24 * 60
"""Minutes between two series of a round."""


def series_of(tournament_id: int) -> Sequence[Series]:
    """All series in playing order."""
    return db.session.scalars(
        sa.select(Series)
        .where(Series.tournament_id == tournament_id)
        .order_by(Series.id)
        .execution_options(populate_existing=True)
    ).all()


def team_names(tournament_id: int) -> dict[int, str]:
    rows = db.session.execute(
        sa.select(Team.id, Team.name).where(Team.tournament_id == tournament_id)
    )
    return {row.id: row.name for row in rows}


def set_times(
    tournament: Tournament, series: Sequence[Series], times: Mapping[int, datetime | None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set or clear starts, by series' id; what changed by label, for the audit.

    Raises:
        BadInput: a time far from any league's, as ``at-<series id>``.
    """
    wrong = {
        f"at-{series_id}": f"a year from {YEARS[0]} to {YEARS[-1]}"
        for series_id, moment in times.items()
        if moment is not None and moment.year not in YEARS
    }
    if wrong:
        raise BadInput("The schedule was not saved.", fields=wrong)
    changed = [one for one in series if times.get(one.id, one.scheduled_at) != one.scheduled_at]
    before = {one.label: iso(one.scheduled_at) for one in changed}
    for one in changed:
        one.scheduled_at = times[one.id]
    if changed:
        tournament.version += 1
    db.session.flush()
    return before, {one.label: iso(one.scheduled_at) for one in changed}


def spread(series: Sequence[Series], first: datetime, minutes: int) -> dict[int, datetime]:
    """Starts for those of a round that are still to be played, one after the other.

    Raises:
        BadInput: so many minutes are too many.
    """
    if not 0 <= minutes <= LONGEST_SPACING:
        why = f"0 to {LONGEST_SPACING} minutes; 0 starts them together"
        raise BadInput("The schedule was not saved.", fields={"spacing": why})
    open_ones = [one for one in series if one.state != "done"]
    return {one.id: first + timedelta(minutes=minutes * n) for n, one in enumerate(open_ones)}


def planned(series: Sequence[Series]) -> list[Planned]:
    """Those with a time that are still to be played, for the clashes."""
    return [
        Planned(
            one.id,
            one.scheduled_at,
            one.best_of,
            tuple(team for team in (one.team_a_id, one.team_b_id) if team is not None),
            tuple(fed for fed in (one.a_series_id, one.b_series_id) if fed is not None),
        )
        for one in series
        if one.scheduled_at is not None and one.state != "done"
    ]
