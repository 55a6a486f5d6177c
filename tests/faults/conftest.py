"""Real processes to kill: workers, clocks and a Valkey of the test's own, against the stand-in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from redis import Redis

from tests.servers import free_port, start_valkey
from webapp.core.db import db, reading
from webapp.core.runs import services as runs
from webapp.core.runs.models import Run
from webapp.matches.models import Match
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import LeagueSpec, WorldSpec
from webapp.settings import ROOT

LEAGUE = 17929
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"])
ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"])


@pytest.fixture
def spec() -> WorldSpec:
    return WorldSpec(
        leagues=(LeagueSpec(LEAGUE, "Northern Lights League", 130, hidden=1, withheld=2),), seed=11
    )


@pytest.fixture
def sandbox(spec: WorldSpec) -> Iterator[Sandbox]:
    with Sandbox(spec) as running:
        yield running


class OwnValkey:
    """A Valkey with an append-only file that a test may kill and start again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.url = f"unix://{home / 'v.sock'}"
        self.start()

    def start(self) -> None:
        self.process = start_valkey(self.home, append_only=True)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def flush(self) -> None:
        Redis.from_url(self.url).flushall()


@pytest.fixture
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnValkey]:
    server = OwnValkey(tmp_path_factory.mktemp("v"))
    yield server
    server.kill()


@pytest.fixture
def environment(environment: dict[str, str], sandbox: Sandbox, valkey: OwnValkey) -> dict[str, str]:
    return environment | {
        "REDIS_URL": valkey.url,
        "STEAM_API_KEY": sandbox.world.spec.steam_key,
        "STEAM_API_URL": f"{sandbox.url}/steam",
        "DOTA2_WEB_URL": f"{sandbox.url}/webapi",
        "OPENDOTA_API_URL": f"{sandbox.url}/opendota",
        "STEAM_RATE": "100/second",
        "STEAM_SEQUENCE_RATE": "25/second",
        "OPENDOTA_RATE": "25/second",
        "LOG_LEVEL": "INFO",
    }


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.ConnectionError:
        return False


class Processes:
    """Starts the project's own commands and ends every one of them."""

    def __init__(self, env: dict[str, str], logs: Path) -> None:
        self.env = env
        self.logs = logs
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str, **more: str) -> subprocess.Popen[bytes]:
        with (self.logs / f"{command[0]}-{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.quick", *command],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.env, **more},
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
            )
        self.started.append(process)
        return process

    def worker(self, **more: str) -> subprocess.Popen[bytes]:
        return self.start("worker", "--queue", "long", **more)

    def clock(self, **more: str) -> subprocess.Popen[bytes]:
        return self.start("clock", **more)

    def web(self) -> str:
        """The address of a site of its own, once it answers."""
        port = free_port()
        process = self.start("web", "--port", str(port))
        address = f"http://127.0.0.1:{port}"
        until(f"the site to answer ({process.pid})", lambda: _answers(f"{address}/healthz"))
        return address

    def output(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self.logs.glob("*.log")))

    def end(self) -> None:
        for process in self.started:
            children = []
            if process.poll() is None:
                children = psutil.Process(process.pid).children(recursive=True)
                process.kill()
            process.wait()
            for child in children:
                if child.is_running():
                    child.kill()


@pytest.fixture
def processes(app: Flask, environment: dict[str, str], tmp_path: Path) -> Iterator[Processes]:
    from webapp.core import migrations

    logs = tmp_path / "logs"
    logs.mkdir()
    db.drop_all()
    migrations.upgrade()
    started = Processes(environment, logs)
    yield started
    started.end()


def horse_of(worker: subprocess.Popen[bytes], seconds: float = 20) -> psutil.Process:
    """The child that works on a job right now."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for child in psutil.Process(worker.pid).children():
            return child
        time.sleep(0.005)
    pytest.fail("the worker has no horse")


def kill_9(*victims: psutil.Process | subprocess.Popen[bytes]) -> None:
    for victim in victims:
        try:
            os.kill(victim.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def run_of(run_id: int) -> Run:
    with reading():
        run = db.session.get_one(Run, run_id, populate_existing=True)
        db.session.expunge(run)
    return run


def until(what: str, holds: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.05)
    pytest.fail(f"waited {seconds} s for {what}")


@pytest.fixture
def press_sync(app: Flask, processes: Processes) -> Callable[[], int]:
    """Press Sync as a route does: commit, then enqueue."""
    from webapp.sync import services

    def press(*, full: bool = False) -> int:
        started = services.start_sync(app.extensions["settings"], LEAGUE, full=full)
        db.session.commit()
        if started.created:
            runs.enqueue(app.extensions["outside"].redis, started.run)
        db.session.rollback()
        return started.run.id

    return press


def detailed() -> int:
    return known(Match.state == "detailed")


def known(*which: sa.ColumnElement[bool]) -> int:
    """How many matches are stored, of some kind if given."""
    with reading():
        return db.session.scalar(sa.select(sa.func.count()).select_from(Match).where(*which)) or 0


def most_tries() -> int:
    """The highest count of tries spent on any match."""
    with reading():
        return db.session.scalar(sa.select(sa.func.max(Match.retry_count))) or 0


def all_runs() -> list[Run]:
    """Every run, oldest first."""
    with reading():
        found = list(db.session.scalars(sa.select(Run).order_by(Run.id)))
        db.session.expunge_all()
    return found
