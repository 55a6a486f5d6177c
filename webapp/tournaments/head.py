"""What stands above every page of a tournament."""

from __future__ import annotations

from collections.abc import Sequence
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
    """The head of its pages, in two statements. Set ``g.league_zone`` to its zone besides."""
    return heads_of([tournament])[tournament.id]


def heads_of(tournaments: Sequence[Tournament]) -> dict[int, Head]:
    """The heads of these tournaments by id, in two statements whatever their number."""
    ids = [one.id for one in tournaments]
    teams = _counted(
        sa.select(Team.tournament_id, sa.func.count(), sa.literal(0))
        .where(Team.tournament_id.in_(ids), Team.withdrawn.is_(None))
        .group_by(Team.tournament_id)
    )
    series = _counted(
        sa.select(
            Series.tournament_id,
            sa.func.count(),
            sa.func.count(sa.case((Series.state == "done", 1))),
        )
        .where(
            Series.tournament_id.in_(ids),
            ~Series.skipped,
            # A second grand final counts only once it is known to be played.
            ~(Series.if_needed & (Series.state == "pending")),
        )
        .group_by(Series.tournament_id)
    )
    return {
        one.id: _head(one, teams.get(one.id, (0, 0))[0], *series.get(one.id, (0, 0)))
        for one in tournaments
    }


def _counted(query: sa.Select[int, int, int]) -> dict[int, tuple[int, int]]:
    return {row[0]: (row[1], row[2]) for row in db.session.execute(query)}


def _head(tournament: Tournament, teams: int, series: int, settled: int) -> Head:
    words = f"{plural(teams, 'team')}, {format_words(tournament)}"
    if series:
        words += f" · {settled} of {series} series settled"
    return Head(state_of(tournament), teams, series, settled, words)
