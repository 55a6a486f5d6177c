"""What stands above every page of a tournament."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from webapp.core.db import db
from webapp.core.figures import plural
from webapp.tournaments.models import Series, Team, Tournament
from webapp.tournaments.words import format_words, state_of


@dataclass(frozen=True, slots=True)
class Head:
    """``settled`` of ``series``: those that are played at all, without byes and walk-ins."""

    state: str
    teams: int
    series: int
    settled: int
    lead: str


def head_of(tournament: Tournament) -> Head:
    """The head of its pages, in one statement. Set ``g.league_zone`` to its zone besides."""
    counts = db.session.execute(
        sa.select(
            sa.select(sa.func.count())
            .where(Team.tournament_id == tournament.id, Team.withdrawn.is_(None))
            .scalar_subquery()
            .label("teams"),
            sa.func.count(Series.id).label("series"),
            sa.func.count(sa.case((Series.state == "done", 1))).label("settled"),
        ).where(
            Series.tournament_id == tournament.id,
            ~Series.skipped,
            # A second grand final counts only once it is known to be played.
            ~(Series.if_needed & (Series.state == "pending")),
        )
    ).one()
    words = f"{plural(counts.teams, 'team')}, {format_words(tournament)}"
    if counts.series:
        words += f" · {counts.settled} of {counts.series} series settled"
    return Head(state_of(tournament), counts.teams, counts.series, counts.settled, words)
