"""Which matches of a league are due, and which of those somebody can be asked about now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from webapp.core.db import db
from webapp.core.runs.slices import Batch
from webapp.core.time import utcnow
from webapp.matches.models import Match, RoundAnswer


@dataclass
class Stub:
    """A match whose round is open, with the answers it has so far."""

    match_id: int
    match_seq_num: int | None
    retry_count: int
    unanswered: int
    due_at: datetime
    asked_at: datetime | None
    manual: bool
    answers: dict[str, tuple[str, str]]


def due(league_id: int, cutoff: datetime) -> list[sa.ColumnElement[bool]]:
    """Stubs due at ``cutoff``, and matches entered by hand that are to be offered the truth."""
    return [
        Match.league_id == league_id,
        Match.next_attempt_at <= cutoff,
        sa.or_(Match.state == "stub", Match.source == "manual"),
    ]


def askable(sources: Iterable[str]) -> sa.ColumnElement[bool]:
    """Matches that one of these sources can be asked about and has not answered yet."""
    conditions = []
    for source in sources:
        answered = (
            sa.exists()
            .where(RoundAnswer.match_id == Match.id, RoundAnswer.source == source)
            .correlate(Match)
        )
        condition = ~answered
        if source == "sequence":
            condition = sa.and_(condition, Match.match_seq_num.is_not(None))
        conditions.append(condition)
    return sa.or_(sa.false(), *conditions)


def count(league_id: int, cutoff: datetime, sources: Iterable[str]) -> int:
    """Due matches about which any of ``sources`` could still be asked, awake or not."""
    query = sa.select(sa.func.count()).select_from(Match)
    return db.session.scalar(query.where(*due(league_id, cutoff), askable(sources))) or 0


def load(
    league_id: int,
    cutoff: datetime,
    awake: Sequence[str],
    limit: int,
    last: Sequence[int] = (),
) -> list[Stub]:
    """Due matches that a source awake now can be asked about, newest first, silent ones after.

    The ids of ``last`` come after all others.
    """
    rows = db.session.execute(
        sa.select(
            Match.id,
            Match.match_seq_num,
            Match.retry_count,
            Match.unanswered,
            Match.next_attempt_at,
            Match.last_fetch_attempt,
            Match.source,
        )
        .where(*due(league_id, cutoff), askable(awake))
        .order_by(Match.id.in_(last), Match.unanswered, Match.id.desc())
        .limit(limit)
    ).all()
    answers = _answers([row.id for row in rows])
    return [
        Stub(
            row.id,
            row.match_seq_num,
            row.retry_count,
            row.unanswered,
            row.next_attempt_at,
            row.last_fetch_attempt,
            row.source == "manual",
            answers.get(row.id, {}),
        )
        for row in rows
    ]


def _answers(ids: Sequence[int]) -> dict[int, dict[str, tuple[str, str]]]:
    found: dict[int, dict[str, tuple[str, str]]] = {}
    rows = db.session.scalars(sa.select(RoundAnswer).where(RoundAnswer.match_id.in_(ids)))
    for row in rows:
        found.setdefault(row.match_id, {})[row.source] = (row.answer, row.detail)
    return found


def leagues_with_work(awake: Sequence[str]) -> list[int]:
    """Leagues with a due match that a source awake now can be asked about."""
    query = (
        sa.select(Match.league_id)
        .where(
            Match.next_attempt_at <= utcnow(),
            sa.or_(Match.state == "stub", Match.source == "manual"),
            askable(awake),
        )
        .distinct()
    )
    return list(db.session.scalars(query))


def begin_details(batch: Batch, league_id: int, sources: Sequence[str], *, done: int) -> None:
    """Open phase two: every match due by now gets one round, whatever becomes due later waits.

    ``done`` rounds have ended in this run before, by which its total is the larger.
    """
    cutoff = utcnow()
    waiting = count(league_id, cutoff, sources)
    params: dict[str, Any] = {k: v for k, v in batch.params.items() if k != "retry"}
    batch.params = {**params, "cutoff": cutoff.isoformat()}
    batch.progress(phase="details", done=done, total=done + waiting)
    if waiting:
        plural = "match needs" if waiting == 1 else "matches need"
        batch.log("phase 2", f"{waiting} {plural} details")
