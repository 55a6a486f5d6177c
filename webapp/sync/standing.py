"""How leagues stand, at a glance: for the lists of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace

import sqlalchemy as sa

from webapp.core.db import db
from webapp.core.queue import Crew
from webapp.core.runs.models import ACTIVE, Run
from webapp.leagues.models import League
from webapp.matches.models import STATES, Match
from webapp.sync.progress import state_of
from webapp.sync.services import KIND


@dataclass(frozen=True)
class Standing:
    """One league. ``state``: syncing queued stalled never failed degraded cancelled waiting
    by_hand up_to_date archived; ``counts`` has each state of matches and ``total`` as attributes.
    """

    league: League
    counts: SimpleNamespace
    run: Run | None
    state: str
    next_at: datetime | None


def standings(leagues: Sequence[League], crew: Crew, next_sync: datetime | None) -> list[Standing]:
    """How these leagues stand, in two statements. ``next_sync``: the timetable's next slot."""
    ids = [league.id for league in leagues]
    counts = counts_of(ids)
    newest = _newest_runs(ids)
    return [_standing(one, counts[one.id], newest.get(one.id), crew, next_sync) for one in leagues]


def counts_of(league_ids: Sequence[int]) -> dict[int, SimpleNamespace]:
    """Matches by state of several leagues, in one statement."""
    found = {one: dict.fromkeys(STATES, 0) for one in league_ids}
    rows = db.session.execute(
        sa.select(Match.league_id, Match.state, sa.func.count())
        .where(Match.league_id.in_(league_ids))
        .group_by(Match.league_id, Match.state)
    )
    for league_id, state, number in rows:
        found[league_id][state] = number
    return {
        one: SimpleNamespace(total=sum(states.values()), **states) for one, states in found.items()
    }


def _newest_runs(league_ids: Sequence[int]) -> dict[int, Run]:
    """The newest sync of each league; an active one is always the newest."""
    newest = (
        sa.select(sa.func.max(Run.id))
        .where(Run.league_id.in_(league_ids), Run.kind == KIND)
        .group_by(Run.league_id)
    )
    rows = db.session.scalars(sa.select(Run).where(Run.id.in_(newest)))
    return {run.league_id: run for run in rows if run.league_id is not None}


def _standing(
    league: League,
    counts: SimpleNamespace,
    run: Run | None,
    crew: Crew,
    next_sync: datetime | None,
) -> Standing:
    state = _state(league, counts, run, crew, timetable=next_sync is not None)
    stopped = run is not None and run.state == "cancelled"
    comes = league.on_timetable and league.archived_at is None and not stopped
    return Standing(league, counts, run, state, next_sync if comes else None)


def _state(
    league: League, counts: SimpleNamespace, run: Run | None, crew: Crew, *, timetable: bool
) -> str:
    if run is not None and run.state in ACTIVE:
        state = state_of(run, crew)
        return state if state in {"queued", "stalled"} else "syncing"
    if league.archived_at is not None:
        return "archived"
    ended = run.state if run is not None else ""
    if ended in {"failed", "cancelled", "degraded"}:
        return ended
    if league.last_sync_at is None or counts.stub:
        return "waiting" if league.last_sync_at else "never"
    return "up_to_date" if timetable and league.on_timetable else "by_hand"
