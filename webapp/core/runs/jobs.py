"""The one job RQ knows: work on a slice of a run."""

from __future__ import annotations

import structlog
from flask import current_app
from redis import Redis

from webapp.core.db import db
from webapp.core.runs import services
from webapp.core.runs.kinds import kind_of
from webapp.core.runs.models import Run
from webapp.core.runs.slices import Outcome, Slice, claim, release


def run_slice(run_id: int, epoch: int, **_later: object) -> None:
    """Claim the run with the epoch this job carries, work on it, and enqueue the next slice.

    A job whose epoch is stale leaves: another one has the run. Arguments of later versions are
    ignored, so that an old worker beside new code does no harm.
    """
    with structlog.contextvars.bound_contextvars(run_id=run_id):
        goes_on = work(run_id, epoch)
        if goes_on:
            services.enqueue_slice(_redis(), goes_on.kind, run_id, goes_on.epoch)


def work(run_id: int, epoch: int) -> Slice | None:
    """Do one slice; the slice where the run has more to do at once."""
    run = claim(run_id, epoch)
    if run is None:
        return None
    with Slice(run) as held:
        outcome = kind_of(run.kind).step(held)
        if outcome is not Outcome.ENDED and release(held) and outcome is Outcome.AGAIN:
            return held
    return None


def work_here(run_id: int) -> Run:
    """Do a run's slices in this process until it ends, waits, or another worker takes it."""
    run = services.get(run_id)
    while run.is_active and work(run.id, run.epoch):
        db.session.expire_all()
        run = services.get(run_id)
    db.session.expire_all()
    return services.get(run_id)


def _redis() -> Redis:
    redis: Redis = current_app.extensions["outside"].redis
    return redis
