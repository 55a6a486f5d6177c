"""A worker ends its slice early when told to, takes its horse along, and waits Redis out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq.registry import FailedJobRegistry, StartedJobRegistry

from tests.conftest import wait_for
from tests.servers import start_valkey
from webapp.core.queue import JOB_TIMEOUT, LONG, enqueue, queue, waiting, workers
from webapp.settings import ROOT

pytestmark = pytest.mark.processes
JOBS = "tests.processes.worker_process"
Process = subprocess.Popen[bytes]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def pid_in(path: Path) -> int:
    wait_for(f"{path.name} to be written", lambda: path.exists() and path.read_text(), 10)
    return int(path.read_text().split()[0])


class Bench:
    """One worker on a Valkey of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.valkey = start_valkey(folder, append_only=True)
        self.redis = Redis(unix_socket_path=str(folder / "v.sock"), socket_timeout=2)
        self.output = (folder / "worker.log").open("wb")
        self.worker = self._start()
        wait_for("the worker", lambda: len(workers(self.redis)) == 1)

    def _start(self) -> Process:
        environment = os.environ | {
            "DATA_DIR": str(self.folder),
            "REDIS_URL": f"unix://{self.folder / 'v.sock'}",
            "SECRET_KEY": "a-key-for-the-tests-alone",
            "PYTHONPATH": str(ROOT),
        }
        return subprocess.Popen(
            [sys.executable, "-m", JOBS, LONG],
            env=environment,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def give(self, job: str) -> Path:
        """Enqueue one of the jobs; returns the file in which it writes its process id."""
        path = self.folder / f"{job}.started"
        path.unlink(missing_ok=True)
        assert enqueue(self.redis, LONG, f"{JOBS}.{job}", str(path))
        return path

    def restart_valkey(self, after: float) -> None:
        self.valkey.kill()
        self.valkey.wait()
        time.sleep(after)
        self.valkey = start_valkey(self.folder, append_only=True)

    def end(self) -> None:
        for process in (self.worker, self.valkey):
            process.kill()
            process.wait()
        self.output.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.end()


def seconds_to_end(process: Process) -> float:
    start = time.monotonic()
    process.wait(15)
    return time.monotonic() - start


def test_a_job_runs_in_a_process_of_its_own_within_the_application(bench: Bench) -> None:
    path = bench.give("note")
    assert pid_in(path) != bench.worker.pid
    assert path.read_text().endswith(" worker")


def test_an_idle_worker_ends_at_once(bench: Bench) -> None:
    bench.worker.terminate()
    assert seconds_to_end(bench.worker) < 2
    assert bench.worker.returncode == 0
    assert workers(bench.redis) == []


def test_a_slice_is_told_to_end_early_and_ends_well(bench: Bench) -> None:
    path = bench.give("slice_of_work")
    pid_in(path)
    bench.worker.terminate()
    assert seconds_to_end(bench.worker) < 3
    assert bench.worker.returncode == 0
    assert path.with_suffix(".ended").read_text() == "early"
    assert FailedJobRegistry(queue=queue(LONG, bench.redis)).get_job_ids(cleanup=False) == []


def test_a_slice_that_does_not_listen_is_ended_within_ten_seconds(bench: Bench) -> None:
    horse = pid_in(bench.give("deaf"))
    bench.worker.terminate()
    assert 5 < seconds_to_end(bench.worker) < 10
    assert bench.worker.returncode == 0
    assert not is_alive(horse)


def test_a_second_signal_ends_the_slice_at_once(bench: Bench) -> None:
    horse = pid_in(bench.give("deaf"))
    bench.worker.terminate()
    time.sleep(0.3)
    bench.worker.terminate()
    assert seconds_to_end(bench.worker) < 2
    assert not is_alive(horse)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the horse looks twice a second")
def test_a_killed_worker_takes_its_horse_along(bench: Bench) -> None:
    horse = pid_in(bench.give("deaf"))
    bench.worker.kill()
    bench.worker.wait()
    wait_for("the horse to end", lambda: not is_alive(horse), 2)


def test_a_killed_horse_does_not_end_its_worker(bench: Bench) -> None:
    os.kill(pid_in(bench.give("deaf")), signal.SIGKILL)
    assert pid_in(bench.give("note"))


def test_an_idle_worker_waits_out_a_redis_that_is_away(bench: Bench) -> None:
    bench.restart_valkey(after=3)
    assert pid_in(bench.give("note"))
    assert bench.worker.poll() is None
    assert len(workers(bench.redis)) == 1


def test_a_working_worker_keeps_its_horse_while_redis_is_away(bench: Bench) -> None:
    path = bench.give("short_slice")
    pid_in(path)
    bench.restart_valkey(after=6)
    wait_for("the slice to end", path.with_suffix(".ended").exists, 10)
    assert pid_in(bench.give("note"))
    assert bench.worker.poll() is None


def test_a_worker_that_redis_forgot_makes_itself_known_again(bench: Bench) -> None:
    emptied = bench.redis.pipeline()  # at once: the worker may be back a moment later
    emptied.flushall()
    emptied.dbsize()
    assert emptied.execute()[1] == 0
    wait_for("the worker to register", lambda: len(workers(bench.redis)) == 1, 8)
    [known] = workers(bench.redis)
    assert known.queue == LONG


def test_a_worker_told_to_end_while_redis_is_away_ends(bench: Bench) -> None:
    bench.valkey.kill()
    bench.valkey.wait()
    time.sleep(1)
    bench.worker.terminate()
    assert seconds_to_end(bench.worker) < 3
    assert bench.worker.returncode == 0


def test_a_failed_job_leaves_no_traceback_in_redis(bench: Bench) -> None:
    """RQ packs what it keeps, so that a look at the raw keys would see nothing."""
    assert enqueue(bench.redis, LONG, f"{JOBS}.leaky")
    long = queue(LONG, bench.redis)
    registry = FailedJobRegistry(queue=long)
    wait_for("the job to fail", lambda: registry.get_job_ids(cleanup=False))
    job = long.fetch_job(registry.get_job_ids(cleanup=False)[0])
    assert job
    assert [result.exc_string for result in job.results()] == ["The log says why."]
    assert b"exc_info" not in bench.redis.hgetall(job.key)
    wait_for("the log", lambda: "CANARYKEY123" in (bench.folder / "worker.log").read_text())


def test_a_job_that_ends_leaves_no_trace(bench: Bench) -> None:
    pid_in(bench.give("note"))
    registry = StartedJobRegistry(queue=queue(LONG, bench.redis))
    wait_for("the job to be done", lambda: not registry.get_job_ids(cleanup=False), JOB_TIMEOUT)
    assert waiting(bench.redis)[LONG] == 0
