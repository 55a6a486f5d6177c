"""A database that goes away or is locked in the middle of a sync."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import psycopg
import pytest
import requests
from flask import Flask
from sqlalchemy.engine import make_url

from tests.browsers import add_person, bearer
from tests.faults.conftest import (
    LEAGUE,
    ON_POSTGRESQL,
    ON_SQLITE,
    OwnValkey,
    Processes,
    detailed,
    run_of,
    until,
)
from tests.sync.compare import assert_equals_truth, assert_invariants
from webapp.sandbox.server import Sandbox

pytestmark = [pytest.mark.processes, pytest.mark.slow]
Press = Callable[[], int]
LOCKED = 7.0


@ON_POSTGRESQL
def test_connections_that_are_ended_by_the_database_are_made_anew(
    processes: Processes,
    press_sync: Press,
    sandbox: Sandbox,
    database_url: str,
    postgres_url: str,
) -> None:
    site = processes.web()
    processes.worker()
    processes.clock()
    run_id = press_sync()
    plain = postgres_url.replace("postgresql+psycopg://", "postgresql://")
    ended = 0
    with psycopg.connect(plain, autocommit=True) as server:
        for reached in (1, 40, 80):
            until(f"{reached} matches", lambda enough=reached: detailed() >= enough)
            rows = server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [make_url(database_url).database],
            ).fetchall()
            ended += len(rows)
            assert requests.get(f"{site}/leagues/{LEAGUE}", timeout=10).status_code == 200
    assert ended >= 3
    until("the run to end", lambda: not run_of(run_id).is_active, 60)
    assert run_of(run_id).state == "succeeded", run_of(run_id).note
    assert_equals_truth(sandbox.world, LEAGUE)
    assert_invariants(sandbox.world, LEAGUE)


HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""


@ON_SQLITE
def test_a_locked_database_makes_writers_wait_and_readers_never(
    processes: Processes, press_sync: Press, sandbox: Sandbox, database_url: str
) -> None:
    admin = bearer(add_person("admin"))
    site = processes.web()
    processes.worker()
    processes.clock()
    run_id = press_sync()
    until("the details to be under way", lambda: detailed() > 20)
    command = [sys.executable, "-c", HOLD, database_url.removeprefix("sqlite:///"), str(LOCKED)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        began = time.monotonic()
        for address in ("/", f"/leagues/{LEAGUE}", f"/api/matches/?league_id={LEAGUE}"):
            asked = time.monotonic()
            assert requests.get(f"{site}{address}", timeout=10).status_code == 200
            assert time.monotonic() - asked < 3, f"{address} waited for a writer"
        refused = requests.post(
            f"{site}/api/steam/sync/", json={"league_id": LEAGUE}, headers=admin, timeout=20
        )
        assert holder.wait(20) == 0
    assert refused.status_code == 503, refused.text
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.json()["error"]["code"] == "busy"
    assert time.monotonic() - began < LOCKED + 5
    until("the run to end", lambda: not run_of(run_id).is_active, 60)
    assert run_of(run_id).state == "succeeded", run_of(run_id).note
    assert_equals_truth(sandbox.world, LEAGUE)
    again = requests.post(
        f"{site}/api/steam/sync/", json={"league_id": LEAGUE}, headers=admin, timeout=20
    )
    assert again.status_code in {200, 202}


@ON_SQLITE
def test_a_click_while_redis_is_away_is_taken_up_when_it_is_back(
    app: Flask, processes: Processes, sandbox: Sandbox, valkey: OwnValkey
) -> None:
    admin = bearer(add_person("admin"))
    site = processes.web()
    processes.worker()
    until("the worker", lambda: "worker_started" in processes.output())
    valkey.kill()
    for address in ("/", f"/leagues/{LEAGUE}", f"/leagues/{LEAGUE}/matches", "/healthz"):
        asked = time.monotonic()
        assert requests.get(f"{site}{address}", timeout=10).status_code == 200, address
        assert time.monotonic() - asked < 5
    ready = requests.get(f"{site}/readyz", timeout=10)
    assert ready.status_code == 503
    assert ready.json()["failing"] == ["redis"]
    clicked = requests.post(
        f"{site}/api/steam/sync/", json={"league_id": LEAGUE}, headers=admin, timeout=10
    )
    assert clicked.status_code == 202
    run_id = clicked.json()["run"]["id"]
    assert run_of(run_id).state == "queued"
    processes.clock()
    valkey.start()
    until("the run to end", lambda: not run_of(run_id).is_active, 60)
    assert run_of(run_id).state == "succeeded", run_of(run_id).note
    assert_equals_truth(sandbox.world, LEAGUE)
    assert requests.get(f"{site}/readyz", timeout=10).status_code == 200
