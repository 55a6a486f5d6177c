"""The worker: takes jobs from one queue and does each in a process of its own, the horse.

RQ's worker gives up when Redis goes away, keeps its horse when it is killed, and waits for a job
to end however long that takes. This one connects again, takes its horse along, and tells the horse
to end its slice early. It listens on one queue only: RQ rescues what was popped but not started
only then.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, Worker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker.base import WorkerStatus
from sqlalchemy.exc import OperationalError

from webapp.core import stopping
from webapp.core.db import db, is_busy
from webapp.core.lifeline import end_with_parent
from webapp.core.queue import queue
from webapp.core.runs.reaper import reap

if TYPE_CHECKING:
    from redis.client import Pipeline
    from rq.executions import Execution

WORKER_TTL = 20
"""RQ waits for a job 15 s less than this, so an idle worker says every 5 s that it is alive."""

MONITORING_INTERVAL = 5
MAINTENANCE_INTERVAL = 60
HORSE_GRACE = 7
"""Seconds a horse has to end its slice once its worker was told to end."""

RECONNECT_WITHIN = 5

log = structlog.get_logger()


class AegisWorker(Worker):
    """RQ's worker, changed where the module's docstring says."""

    max_connection_wait_time = RECONNECT_WITHIN

    def __init__(self, app: Flask, queue_name: str, redis: Redis, name: str) -> None:
        self.app = app
        super().__init__(
            [queue(queue_name, redis)],
            name=name,
            connection=redis,
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL,
            job_monitoring_interval=MONITORING_INTERVAL,
            maintenance_interval=MAINTENANCE_INTERVAL,
            log_job_description=False,
        )

    # ---- staying known to Redis --------------------------------------------------------------

    def subscribe(self) -> None:
        """RQ's commands are not used, so no thread stands in the way of the fork."""

    def register_birth(self) -> None:
        # The name is this process's own, so what stands under it was left by its last connection.
        self.connection.delete(self.key)
        super().register_birth()  # type: ignore[no-untyped-call] # RQ leaves it so

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        if pipeline is None and not self._is_known():
            self.register_birth()
        super().heartbeat(timeout, pipeline)

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        """A Redis that is away must not end the watch over a horse that works."""
        try:
            if not self._is_known():
                self.register_birth()
            super().maintain_heartbeats(job, execution)
        except RedisError as error:
            log.warning("redis_away", worker=self.name, error=type(error).__name__)

    def _is_known(self) -> bool:
        """False after Redis was emptied: a worker registers only once otherwise."""
        return bool(self.connection.sismember(self.redis_workers_keys, self.key))

    # ---- the horse ---------------------------------------------------------------------------

    def execute_job(self, job: Job, queue: Queue) -> None:
        try:
            super().execute_job(job, queue)
        finally:
            if self.horse_pid:  # something went wrong while it was watched
                self.kill_horse()
                self.wait_for_horse()
                self._horse_pid = 0

    def monitor_work_horse(self, job: Job, queue: Queue, execution: Execution) -> None:
        if self._stop_requested:  # the signal came between the fork and now
            self._tell_horse()
        super().monitor_work_horse(job, queue, execution)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        end_with_parent(self.pid or os.getppid())
        super().main_work_horse(job, queue)

    def setup_work_horse_signals(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.stop())

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        with self.app.app_context():
            db.engine.dispose(close=False)  # the worker's connections are not the horse's
            return super().perform_job(job, queue, execution)

    def handle_job_failure(
        self,
        job: Job,
        queue: Queue,
        started_job_registry: Any = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """Redis keeps no traceback: it could hold a secret. The log has it, without them."""
        super().handle_job_failure(job, queue, started_job_registry, "The log says why.", execution)

    def kill_horse(self, sig: signal.Signals = signal.SIGKILL) -> None:
        # Not RQ's killpg: just after the fork the horse is still in this process's own group.
        try:
            os.kill(self.horse_pid, sig)
        except ProcessLookupError:
            return

    # ---- being told to end -------------------------------------------------------------------

    def check_for_suspension(self, burst: bool) -> None:
        if stopping.stopping():
            raise StopRequested

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """End once the slice in hand has ended; a second signal ends the horse at once."""
        again, self._stop_requested = self._stop_requested, True
        stopping.stop()
        if again and self.horse_pid:
            self.kill_horse()
        elif self.horse_pid:
            self._tell_horse()
        elif self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def _tell_horse(self) -> None:
        pid = self.horse_pid
        self.kill_horse(signal.SIGTERM)
        timer = threading.Timer(HORSE_GRACE, self._end_overdue, [pid])
        timer.daemon = True
        timer.start()

    def _end_overdue(self, pid: int) -> None:
        if self.horse_pid == pid:
            log.warning("slice_overdue", worker=self.name, seconds=HORSE_GRACE)
            self.kill_horse()


def connect(url: str) -> Redis:
    """A connection for waiting on a queue: RQ sets its timeout, the loop below its retries."""
    return Redis.from_url(url, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1))


def run(app: Flask, queue_name: str) -> None:
    """Work on one queue until told to end; Redis going away is waited out."""
    stopping.listen()
    redis = connect(app.extensions["settings"].redis_url)
    name = f"{socket.gethostname()}-{queue_name}-{os.getpid()}-{secrets.token_hex(2)}"
    log.info("worker_started", worker=name, queue=queue_name)
    _take_up_runs(app, redis)
    wait = 0.5
    while not stopping.stopping():
        wait = 0.5 if _work(app, queue_name, redis, name) else min(wait * 2, RECONNECT_WITHIN)
        stopping.wait(wait)
    log.info("worker_ended", worker=name)


def _take_up_runs(app: Flask, redis: Redis) -> None:
    """What a worker before this one left behind starts again now, clock or no clock."""
    with app.app_context():
        try:
            reap(redis)
        except OperationalError as error:
            if not is_busy(error):
                raise
            log.warning("database_busy", what="the runs left behind wait for the clock")
        finally:
            db.session.remove()
            db.engine.dispose()  # nothing of it may be open when the first horse is forked


def _work(app: Flask, queue_name: str, redis: Redis, name: str) -> bool:
    """Work until told to end or until Redis goes away; False where it was away from the start."""
    began = False
    try:
        worker = AegisWorker(app, queue_name, redis, name)
        began = True
        worker.work(logging_level="WARNING")
    except StopRequested:
        pass
    except RedisError as error:
        log.warning("redis_away", worker=name, error=type(error).__name__)
    finally:
        stopping.listen()  # the worker that had the signals is gone
    return began
