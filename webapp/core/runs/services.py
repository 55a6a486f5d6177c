"""Start, join, cancel and read runs. Callers commit, and enqueue what they started after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from redis import Redis

from webapp.core import queue
from webapp.core.db import db, db_now, insert
from webapp.core.errors import Busy, Conflict, NotFound
from webapp.core.runs.kinds import kind_of
from webapp.core.runs.models import ACTIVE, CANCELLED, Run, RunEvent
from webapp.core.time import utcnow

MOVED_WITHIN = timedelta(seconds=60)
SLICE_JOB = "webapp.core.runs.jobs.run_slice"


@dataclass(frozen=True)
class Started:
    """A run, and whether this call made it or joined one that was there."""

    run: Run
    created: bool


def start(
    kind: str,
    key: str,
    *,
    league_id: int | None = None,
    params: Mapping[str, Any] | None = None,
    requested_by: int | None = None,
) -> Started:
    """Make a run of this key, or join the active one and add to what it is asked.

    The database's unique index decides between clicks that come at once. Joining locks the row,
    so a run cannot end without having seen what was added.
    """
    asked = {name: value for name, value in (params or {}).items() if value}
    for _ in range(3):
        run = active(kind, key, lock=True)
        if run is not None:
            if asked:
                run.params = _added(run.params, asked)
                if run.resume_at is not None:
                    run.resume_at = utcnow()
            if requested_by is not None and run.requested_by is None:
                run.requested_by = requested_by
            db.session.flush()
            return Started(run, created=False)
        made = db.session.scalar(
            insert(Run.__table__)  # type: ignore[arg-type]
            .values(
                kind=kind,
                key=key,
                league_id=league_id,
                params=asked,
                requested_by=requested_by,
                counts={},
            )
            .on_conflict_do_nothing(
                index_elements=["kind", "key"], index_where=Run.state.in_(ACTIVE)
            )
            .returning(Run.id)
        )
        if made is not None:
            return Started(db.session.get_one(Run, made), created=True)
    raise Busy("This run is just ending; press again in a moment.")


def _added(params: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """What a run is asked, with what a click adds: lists grow, all else is set."""
    lists = {
        name: sorted({*params.get(name, ()), *value})
        for name, value in asked.items()
        if isinstance(value, list)
    }
    return {**params, **asked, **lists}


def active(kind: str, key: str, *, lock: bool = False) -> Run | None:
    """The queued or running run of this key."""
    query = sa.select(Run).where(Run.kind == kind, Run.key == key, Run.state.in_(ACTIVE))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


def enqueue(redis: Redis, run: Run) -> bool:
    """Put the run's next slice on its queue; call it after the commit."""
    return enqueue_slice(redis, run.kind, run.id, run.epoch)


def enqueue_slice(redis: Redis, kind: str, run_id: int, epoch: int) -> bool:
    """The same by plain values, outside of any transaction."""
    return queue.enqueue(redis, kind_of(kind).queue, SLICE_JOB, run_id, epoch)


def get(run_id: int) -> Run:
    run = db.session.get(Run, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id}.")
    return run


def cancel(run_id: int) -> Run:
    """End a queued or stalled run at once; ask a working one to stop within 5 s.

    Raises:
        Conflict: the run has ended.
    """
    run = get(run_id)
    at_once = db.session.execute(
        sa.update(Run)
        .where(
            Run.id == run_id,
            Run.state.in_(ACTIVE),
            sa.or_(Run.lease_until.is_(None), Run.lease_until < db_now()),
        )
        .values(
            state="cancelled",
            epoch=Run.epoch + 1,
            finished_at=db_now(),
            lease_until=None,
            stop_requested=True,
            note=CANCELLED,
        )
        .execution_options(synchronize_session=False)
    )
    if not _changed(at_once):
        asked = db.session.execute(
            sa.update(Run)
            .where(Run.id == run_id, Run.state.in_(ACTIVE))
            .values(stop_requested=True)
            .execution_options(synchronize_session=False)
        )
        if not _changed(asked):
            raise Conflict("This run has already ended.")
    db.session.add(RunEvent(run_id=run_id, word="cancel", message="A person asked it to stop."))
    db.session.flush()
    db.session.refresh(run)
    return run


def _changed(result: sa.Result[Any]) -> int:
    return result.rowcount  # type: ignore[attr-defined,no-any-return]


def is_moving(run: Run, redis: Redis) -> bool:
    """Whether an active run moved within 60 s, or a worker lives that will take it up."""
    return moved_lately(run) or (run.is_active and queue.alive(redis, kind_of(run.kind).queue))


def moves(run: Run, crew: queue.Crew) -> bool:
    """``is_moving`` for a page that shows several runs and has asked for the workers once."""
    return moved_lately(run) or (run.is_active and bool(crew.on(kind_of(run.kind).queue)))


def moved_lately(run: Run) -> bool:
    return run.is_active and utcnow() - (run.heartbeat_at or run.created_at) <= MOVED_WITHIN


def events(run_id: int, limit: int = 200) -> Sequence[RunEvent]:
    """The run's log, newest first."""
    return db.session.scalars(
        sa.select(RunEvent)
        .where(RunEvent.run_id == run_id)
        .order_by(RunEvent.id.desc())
        .limit(limit)
    ).all()
