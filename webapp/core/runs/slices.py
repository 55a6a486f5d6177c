"""A slice: at most 20 s of a run's work, under a lease that fences out whoever lost it.

Every batch is one transaction that first renews the lease on the slice's own epoch. A worker that
was thought dead and comes back finds another epoch and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
import structlog

from webapp.core.db import db, db_now, is_busy
from webapp.core.runs.models import ACTIVE, Run, RunEvent
from webapp.core.stopping import stopping
from webapp.core.time import monotonic, sleep

SLICE_SECONDS = 20.0
LEASE_SECONDS = 45
BATCH_SECONDS = 5.0
BATCH_SIZE = 25
CRASHES_ALLOWED = 5
TRIES_WHEN_BUSY = 4

log = structlog.get_logger()


class Outcome(Enum):
    """What a step says of its run: there is more to do, or it has ended by ``Batch.finish``."""

    AGAIN = "again"
    ENDED = "ended"


class LeaseLost(Exception):
    """Another worker holds this run now, or it has ended; nothing may be written any more."""


class Stopped(Exception):
    """A person asked the run to stop; what is stored stays."""


class Batch:
    """One fenced transaction of a slice. ``params`` is the row's own, locked until the commit."""

    def __init__(self, run_id: int, params: dict[str, Any], counts: dict[str, Any]) -> None:
        self.run_id = run_id
        self.params = params
        self.counts = counts
        self._changes: dict[str, Any] = {}
        self._events: list[dict[str, Any]] = []

    def progress(self, **changes: Any) -> None:
        """Set columns of the run (``phase``, ``done``, ``total``, ``note``); values may be SQL."""
        self._changes |= changes

    def count(self, **more: int) -> None:
        """Add to the run's counts."""
        for name, number in more.items():
            self.counts[name] = self.counts.get(name, 0) + number

    def log(self, word: str, message: str) -> None:
        self._events.append({"run_id": self.run_id, "word": word, "message": message})

    def finish(self, state: str, note: str) -> None:
        """End the run with this transaction."""
        self._changes |= {
            "state": state,
            "note": note,
            "finished_at": db_now(),
            "lease_until": None,
        }

    def write(self) -> None:
        """Store what the batch said of its run: called once, before the commit."""
        values = {**self._changes, "params": self.params, "counts": self.counts}
        if self._changes:
            values["crashes"] = 0
        db.session.execute(
            sa.update(Run)
            .where(Run.id == self.run_id)
            .values(values)
            .execution_options(synchronize_session=False)
        )
        if self._events:
            db.session.execute(sa.insert(RunEvent), self._events)


class Slice:
    """The holder of a run's lease. Used as a context: an exception inside counts as a crash."""

    def __init__(self, run: Run) -> None:
        self.run_id = run.id
        self.kind = run.kind
        self.key = run.key
        self.league_id = run.league_id
        self.epoch = run.epoch
        self.phase = run.phase
        self.crashes = run.crashes
        self.params: dict[str, Any] = dict(run.params)
        self.ends_at = monotonic() + SLICE_SECONDS
        self._beat_at = monotonic()

    def over(self) -> bool:
        """Whether this slice should end: its time is up, or its worker is asked to leave."""
        return monotonic() >= self.ends_at or stopping()

    def write(self, work: Callable[[Batch], None]) -> None:
        """Do ``work`` in one fenced transaction; a busy database is asked again a few times.

        Raises:
            LeaseLost: another epoch holds the run; nothing was written.
            Stopped: a person asked the run to stop; this batch is stored.
        """
        for attempt in range(TRIES_WHEN_BUSY):
            try:
                stop = self._write_once(work)
                break
            except sa.exc.OperationalError as error:
                db.session.rollback()
                if not is_busy(error) or attempt == TRIES_WHEN_BUSY - 1:
                    raise
                sleep(0.2 * 2**attempt)
        if stop:
            raise Stopped

    def beat(self) -> None:
        """Renew the lease where nothing was written for some seconds."""
        if monotonic() - self._beat_at >= BATCH_SECONDS:
            self.write(lambda _batch: None)

    def _write_once(self, work: Callable[[Batch], None]) -> bool:
        row = db.session.execute(
            sa.update(Run)
            .where(Run.id == self.run_id, Run.epoch == self.epoch, Run.state == "running")
            .values(lease_until=db_now(LEASE_SECONDS), heartbeat_at=db_now())
            .returning(Run.params, Run.counts, Run.stop_requested)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if row is None:
            db.session.rollback()
            raise LeaseLost
        batch = Batch(self.run_id, dict(row.params), dict(row.counts))
        work(batch)
        batch.write()
        db.session.commit()
        self.params = batch.params
        self._beat_at = monotonic()
        return bool(row.stop_requested)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        db.session.rollback()
        if isinstance(error, LeaseLost):
            log.info("lease_lost", run=self.run_id, epoch=self.epoch)
            return True
        if isinstance(error, Stopped):
            _end_stopped(self)
            return True
        if isinstance(error, Exception) and not is_busy(error):
            reason = f"{type(error).__name__} in the {self.phase or 'first'} phase"
            crashed(self.run_id, self.epoch, reason)
        return False


def claim(run_id: int, epoch: int) -> Run | None:
    """Take the run if nobody has claimed it since this job was made; commits."""
    run = db.session.scalar(
        sa.update(Run)
        .where(Run.id == run_id, Run.epoch == epoch, Run.state.in_(ACTIVE))
        .values(
            state="running",
            epoch=Run.epoch + 1,
            lease_until=db_now(LEASE_SECONDS),
            heartbeat_at=db_now(),
            started_at=sa.func.coalesce(Run.started_at, db_now()),
        )
        .returning(Run)
        .execution_options(populate_existing=True)
    )
    db.session.commit()
    return run


def release(run_id: int, epoch: int) -> bool:
    """End a slice whose run goes on: the lease is free and the next slice may be enqueued."""
    freed = db.session.execute(
        sa.update(Run)
        .where(Run.id == run_id, Run.epoch == epoch, Run.state == "running")
        .values(lease_until=None, queued_at=db_now(), heartbeat_at=db_now())
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return bool(freed.rowcount)  # type: ignore[attr-defined]


def crashed(run_id: int, epoch: int, reason: str, *, expired: bool = False) -> str | None:
    """Count a crash without progress; the fifth ends the run. Returns the run's state.

    ``expired``: only if its lease has run out, which a slow holder may just have renewed.
    """
    crashes = Run.crashes + 1
    ends = crashes >= CRASHES_ALLOWED
    state = db.session.scalar(
        sa.update(Run)
        .where(
            Run.id == run_id,
            Run.epoch == epoch,
            Run.state.in_(ACTIVE),
            Run.lease_until < db_now() if expired else sa.true(),
        )
        .values(
            crashes=crashes,
            lease_until=None,
            queued_at=db_now(),
            state=sa.case((ends, "failed"), else_=Run.state),
            finished_at=sa.case((ends, db_now()), else_=None),
            note=sa.case(
                (ends, f"Ended after five crashes without progress: {reason}."), else_=Run.note
            ),
        )
        .returning(Run.state)
        .execution_options(synchronize_session=False)
    )
    if state is not None:
        db.session.add(RunEvent(run_id=run_id, word="crash", message=f"{reason}; taken up again."))
    db.session.commit()
    return state


def _end_stopped(held: Slice) -> None:
    ended = db.session.execute(
        sa.update(Run)
        .where(Run.id == held.run_id, Run.epoch == held.epoch, Run.state == "running")
        .values(
            state="cancelled",
            finished_at=db_now(),
            lease_until=None,
            note="Cancelled. What was stored stays.",
        )
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    log.info("run_cancelled", run=held.run_id, ended=ended.rowcount)  # type: ignore[attr-defined]
