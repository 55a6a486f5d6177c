"""Takes up runs whose worker died, and runs whose job was lost with Redis."""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from redis import Redis

from webapp.core.db import db, db_now, reading
from webapp.core.runs import services
from webapp.core.runs.models import ACTIVE, Run
from webapp.core.runs.slices import crashed

WAITS_TOO_LONG = 60
"""Seconds after which a run that nobody works on is enqueued once more."""

log = structlog.get_logger()


def reap(redis: Redis) -> int:
    """Enqueue every abandoned run with its epoch; returns how many were taken up.

    Doing it twice does no harm: the epoch lets one job in. A lease that ran out counts as a
    crash, and five without progress end the run.
    """
    with reading():
        dead = list(
            db.session.execute(
                sa.select(Run.id, Run.epoch, Run.kind).where(
                    Run.state.in_(ACTIVE), Run.lease_until < db_now()
                )
            )
        )
        lost = list(
            db.session.execute(sa.select(Run.id, Run.epoch, Run.kind).where(*_waits_too_long()))
        )
    taken = [
        (run_id, epoch, kind)
        for run_id, epoch, kind in dead
        if crashed(run_id, epoch, "Its worker died", expired=True) in ACTIVE
    ]
    taken += [(run_id, epoch, kind) for run_id, epoch, kind in lost if _requeue(run_id, epoch)]
    for run_id, epoch, kind in taken:
        log.info("run_taken_up", run=run_id, kind=kind, epoch=epoch)
        services.enqueue_slice(redis, kind, run_id, epoch)
    return len(taken)


def _waits_too_long() -> list[sa.ColumnElement[bool]]:
    """Nobody works on the run: its moment has come, or its job must have been lost."""
    lost = sa.and_(Run.resume_at.is_(None), Run.queued_at < db_now(-WAITS_TOO_LONG))
    return [
        Run.state.in_(ACTIVE),
        Run.lease_until.is_(None),
        sa.or_(lost, Run.resume_at <= db_now()),
    ]


def _requeue(run_id: int, epoch: int) -> bool:
    moved = db.session.execute(
        sa.update(Run)
        .where(Run.id == run_id, Run.epoch == epoch, *_waits_too_long())
        .values(queued_at=db_now(), resume_at=None)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return bool(moved.rowcount)  # type: ignore[attr-defined]
