"""The real durations: a dead worker's run goes on within 120 s, and stands as stalled within 60."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil
import pytest
from flask import Flask

from tests.faults.conftest import (
    LEAGUE,
    ON_SQLITE,
    Processes,
    detailed,
    horse_of,
    kill_9,
    run_of,
    until,
)
from tests.sync.compare import assert_equals_truth
from webapp.core.db import reading
from webapp.sandbox.server import Sandbox
from webapp.sync import services

pytestmark = [pytest.mark.processes, pytest.mark.slow]


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {
        "QUICK": "0",
        "STEAM_SEQUENCE_RATE": "8/second",
        "OPENDOTA_RATE": "8/second",
    }


@ON_SQLITE
def test_a_dead_workers_run_is_taken_up_within_two_minutes(
    processes: Processes, press_sync: Callable[[], int], sandbox: Sandbox
) -> None:
    workers = [processes.worker(), processes.worker()]
    processes.clock()
    until("all to be there", lambda: processes.output().count("_started") == 3)
    run_id = press_sync()
    until("the details to be under way", lambda: detailed() > 20)
    first = next(one for one in workers if psutil.Process(one.pid).children())
    epoch = run_of(run_id).epoch
    kill_9(first, horse_of(first))
    assert run_of(run_id).is_active, "there was nothing left to take up"
    died = time.monotonic()
    until("another worker to hold the run", lambda: run_of(run_id).epoch > epoch, 120)
    print(f"taken up after {time.monotonic() - died:.0f} s")
    until("the run to end", lambda: not run_of(run_id).is_active, 60)
    assert run_of(run_id).state == "succeeded"
    assert_equals_truth(sandbox.world, LEAGUE)


@ON_SQLITE
def test_without_a_worker_a_sync_is_stalled_within_a_minute_and_goes_on_with_one(
    app: Flask, processes: Processes, press_sync: Callable[[], int], sandbox: Sandbox
) -> None:
    worker = processes.worker()
    processes.clock()
    run_id = press_sync()
    until("the details to be under way", lambda: detailed() > 20)
    kill_9(worker, horse_of(worker))
    died = time.monotonic()
    page = app.test_client()

    def says_syncing() -> bool:
        answer = page.get(f"/api/steam/sync-status/?league_id={LEAGUE}")
        return bool(answer.json and answer.json["is_syncing"])

    assert says_syncing()
    until("the status to say that nothing moves", lambda: not says_syncing(), 61)
    print(f"stalled after {time.monotonic() - died:.0f} s")
    assert "Stalled" in page.get(f"/leagues/{LEAGUE}").text
    with reading():
        assert run_of(run_id).is_active
        assert services.active_run(LEAGUE) is not None
    processes.worker()
    began = time.monotonic()
    until("the run to go on", says_syncing, 30)
    print(f"went on {time.monotonic() - began:.0f} s after a worker was started")
    until("the run to end", lambda: not run_of(run_id).is_active, 90)
    assert_equals_truth(sandbox.world, LEAGUE)
