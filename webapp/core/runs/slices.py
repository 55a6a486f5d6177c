"""A slice: at most 20 s of a run's work, under a lease that fences out whoever lost it.

Every batch is one transaction whose last statement renews the lease on the slice's own epoch. A
worker that was thought dead and comes back finds another epoch, and all it did is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
import structlog

from webapp.core.db import db, db_now, is_busy
from webapp.core.runs.kinds import kind_of
from webapp.core.runs.models import ACTIVE, CANCELLED, Run, RunEvent
from webapp.core.stopping import stopping
from webapp.core.time import monotonic, sleep, utcnow

SLICE_SECONDS = 20.0
LEASE_SECONDS = 45
BATCH_SECONDS = 5.0
BATCH_SIZE = 25
CRASHES_ALLOWED = 5
TRIES_WHEN_BUSY = 4

log = structlog.get_logger()


class Outcome(Enum):
    """What a step says of its run: there is more to do, now or at the moment it gave to
    ``Slice.later``, or it has ended by ``Batch.finish``.
    """

    AGAIN = "again"
    LATER = "later"
    ENDED = "ended"


class LeaseLost(Exception):
    """Another worker holds this run now, or it has ended; nothing may be written any more."""


class Stopped(Exception):
    """A person asked the run to stop; what is stored stays."""


class Batch:
    """One transaction of a slice; the lease is checked as its last statement.

    Progress and counts are known to the holder alone and written back. ``params`` may be changed
    by a click at any moment: reading it locks the run's row until the commit. Changing it alone is
    no progress: earlier crashes still count.
    """

    def __init__(self, held: Slice) -> None:
        self.held = held
        self.counts = dict(held.counts)
        self.done = held.done
        self.read_params: dict[str, Any] | None = None
        self.changes: dict[str, Any] = {}
        self._events: list[dict[str, Any]] = []

    @property
    def params(self) -> dict[str, Any]:
        if self.read_params is None:
            self.read_params = self.held.lock_params()
        return self.read_params

    @params.setter
    def params(self, value: dict[str, Any]) -> None:
        self.params  # noqa: B018 - locks the row before its value is replaced
        self.read_params = value
        self.changes["params"] = value

    @property
    def progressed(self) -> bool:
        return bool(self.changes.keys() - {"params"})

    def progress(self, **changes: Any) -> None:
        """Set columns of the run: ``phase``, ``done``, ``total``, ``note``."""
        self.changes |= changes
        self.done = changes.get("done", self.done)

    def advance(self, number: int) -> None:
        """Add to ``done``."""
        self.progress(done=self.done + number)

    def count(self, **more: int) -> None:
        """Add to the run's counts."""
        for name, number in more.items():
            self.counts[name] = self.counts.get(name, 0) + number

    def log(self, word: str, message: str) -> None:
        self._events.append({"run_id": self.held.run_id, "word": word, "message": message})

    def finish(self, state: str, note: str) -> None:
        """End the run with this transaction."""
        self.progress(state=state, note=note, finished_at=db_now(), lease_until=None)

    def write(self) -> bool:
        """Write the events and the run's own row, and so check the lease.

        Returns whether a person asked the run to stop.

        Raises:
            LeaseLost: another epoch holds the run.
        """
        if self._events:
            db.session.execute(sa.insert(RunEvent), self._events)
        values: dict[str, Any] = {
            "lease_until": db_now(LEASE_SECONDS),
            "heartbeat_at": db_now(),
            **self.changes,
        }
        if self.counts != self.held.counts:
            values["counts"] = self.counts
        if self.progressed:
            values["crashes"] = 0
        stop = db.session.scalar(
            sa.update(Run)
            .where(
                Run.id == self.held.run_id,
                Run.epoch == self.held.epoch,
                Run.state == "running",
            )
            .values(values)
            .returning(Run.stop_requested)
            .execution_options(synchronize_session=False)
        )
        if stop is None:
            raise LeaseLost
        return bool(stop)


class Slice:
    """The holder of a run's lease. Used as a context: an exception inside counts as a crash."""

    def __init__(self, run: Run) -> None:
        self.run_id = run.id
        self.kind = run.kind
        self.key = run.key
        self.league_id = run.league_id
        self.epoch = run.epoch
        self.phase = run.phase
        self.done = run.done
        self.total = run.total
        self.counts: dict[str, int] = dict(run.counts)
        self.crashes = run.crashes
        self.params: dict[str, Any] = dict(run.params)
        self.ends_at = monotonic() + SLICE_SECONDS
        self.resume_in: float | None = None
        self._beat_at = monotonic()

    def over(self) -> bool:
        """Whether this slice should end: its time is up, or its worker is asked to leave."""
        return monotonic() >= self.ends_at or stopping()

    def later(self, seconds: float) -> Outcome:
        """End the slice because nothing can be done for so long; a short wait is just another."""
        if seconds <= SLICE_SECONDS:
            return Outcome.AGAIN
        self.resume_in = seconds
        return Outcome.LATER

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

    def lock_params(self) -> dict[str, Any]:
        """The run's params as they stand now, locked until this transaction ends."""
        params = db.session.scalar(
            sa.select(Run.params)
            .where(Run.id == self.run_id, Run.epoch == self.epoch, Run.state == "running")
            .with_for_update()
        )
        if params is None:
            raise LeaseLost
        return dict(params)

    def _write_once(self, work: Callable[[Batch], None]) -> bool:
        batch = Batch(self)
        work(batch)
        stop = batch.write()
        db.session.commit()
        self._take_over(batch)
        return stop

    def _take_over(self, batch: Batch) -> None:
        self.counts, self.done = batch.counts, batch.done
        changes = batch.changes
        self.phase = changes.get("phase", self.phase)
        self.total = changes.get("total", self.total)
        if batch.read_params is not None:
            self.params = batch.read_params
        if batch.progressed:
            self.crashes = 0
        self._beat_at = monotonic()

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
            resume_at=None,
        )
        .returning(Run)
        .execution_options(populate_existing=True)
    )
    db.session.commit()
    return run


def release(held: Slice) -> bool:
    """End a slice whose run goes on: the lease is free and the next slice may be enqueued.

    A run that waits for a moment is enqueued by the reaper when it has come.
    """
    resume = None if held.resume_in is None else db_now(held.resume_in)
    stop = db.session.scalar(
        sa.update(Run)
        .where(Run.id == held.run_id, Run.epoch == held.epoch, Run.state == "running")
        .values(lease_until=None, queued_at=db_now(), heartbeat_at=db_now(), resume_at=resume)
        .returning(Run.stop_requested)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    if stop:
        _end_stopped(held)
    return stop is False


def crashed(run_id: int, epoch: int, reason: str, *, expired: bool = False) -> str | None:
    """Count a crash without progress; the fifth ends the run. Returns the run's state.

    ``expired``: only if its lease has run out, which a slow holder may just have renewed.
    """
    run = db.session.scalar(
        sa.update(Run)
        .where(
            Run.id == run_id,
            Run.epoch == epoch,
            Run.state.in_(ACTIVE),
            Run.lease_until < db_now() if expired else sa.true(),
        )
        .values(crashes=Run.crashes + 1, lease_until=None, queued_at=db_now())
        .returning(Run)
        .execution_options(populate_existing=True)
    )
    if run is not None:
        ends = run.crashes >= CRASHES_ALLOWED
        message = _give_up(run, reason) if ends else f"{reason}; taken up again."
        if run.stop_requested and not ends:
            message = f"{reason}; it was asked to stop, so it is not taken up again."
            run.state, run.note, run.finished_at = "cancelled", CANCELLED, utcnow()
        db.session.add(RunEvent(run_id=run_id, word="crash", message=message))
    db.session.commit()
    return None if run is None else run.state


def _give_up(run: Run, reason: str) -> str:
    """End a run that only crashes; returns the sentence that says why."""
    said = f"Ended after five crashes without progress: {reason}."
    run.note = " ".join(filter(None, (said, kind_of(run.kind).give_up(run))))
    run.state = "failed"
    run.finished_at = utcnow()
    return run.note


def _end_stopped(held: Slice) -> None:
    ended = db.session.execute(
        sa.update(Run)
        .where(Run.id == held.run_id, Run.epoch == held.epoch, Run.state == "running")
        .values(
            state="cancelled",
            finished_at=db_now(),
            lease_until=None,
            note=CANCELLED,
        )
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    log.info("run_cancelled", run=held.run_id, ended=ended.rowcount)  # type: ignore[attr-defined]
