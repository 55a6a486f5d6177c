"""Work waits in two RQ queues: what a person waits for is short, a league's sync is long.

Only ids and plain values cross the queue. RQ keeps no schedule and retries nothing: what is due
when stands in the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from webapp.core.time import utcnow

LONG = "long"
SHORT = "short"
QUEUES = (LONG, SHORT)
JOB_TIMEOUT = 90
"""Seconds after which RQ ends a job; a slice ends itself after 20."""

ALIVE_WITHIN = timedelta(seconds=30)
"""A worker says it is alive at least every 15 s."""

log = structlog.get_logger()


def queue(name: str, redis: Redis) -> Queue:
    return Queue(name, connection=redis, serializer=JSONSerializer, default_timeout=JOB_TIMEOUT)


def enqueue(redis: Redis, name: str, function: str, *args: Any) -> bool:
    """Put a job on a queue. With Redis away it says False: the reaper enqueues it later."""
    try:
        queue(name, redis).enqueue(function, *args, result_ttl=0, failure_ttl=3600)
    except RedisError as error:
        log.warning("enqueue_failed", queue=name, error=type(error).__name__)
        return False
    return True


@dataclass(frozen=True)
class WorkerState:
    """One worker as Redis knows it."""

    name: str
    queue: str
    state: str
    seconds_ago: float
    jobs_done: int


def workers(redis: Redis) -> list[WorkerState]:
    """The workers that said they were alive within the last 30 s."""
    now = utcnow()
    found = []
    for worker in Worker.all(connection=redis, serializer=JSONSerializer):
        beat = worker.last_heartbeat
        if beat is None:
            continue
        age = now - (beat if beat.tzinfo else beat.replace(tzinfo=UTC))
        if age <= ALIVE_WITHIN:
            found.append(
                WorkerState(
                    worker.name,
                    ",".join(worker.queue_names()),
                    str(worker.get_state()),
                    age.total_seconds(),
                    worker.successful_job_count,
                )
            )
    return found


@dataclass(frozen=True)
class Crew:
    """Who works, asked once for a whole page. ``answers`` False: Redis does not say."""

    answers: bool
    workers: tuple[WorkerState, ...] = ()
    waiting: Mapping[str, int] = field(default_factory=dict)

    def on(self, name: str) -> list[WorkerState]:
        """The workers of one queue that live."""
        return [worker for worker in self.workers if worker.queue == name]


def crew(redis: Redis) -> Crew:
    """The workers and the waiting jobs; a Redis that is away is asked once only."""
    try:
        return Crew(True, tuple(workers(redis)), waiting(redis))
    except RedisError as error:
        log.warning("redis_away", error=type(error).__name__)
        return Crew(False)


def alive(redis: Redis, name: str) -> bool:
    """Whether a worker of this queue lives; False also where Redis does not answer."""
    try:
        return any(worker.queue == name for worker in workers(redis))
    except RedisError:
        return False


def waiting(redis: Redis) -> dict[str, int]:
    """Jobs waiting in each queue."""
    return {name: queue(name, redis).count for name in QUEUES}
