"""kill -9 of whoever works, in the middle of either phase: afterwards the rows are the truth."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.conftest import (
    LEAGUE,
    OwnValkey,
    Processes,
    detailed,
    horse_of,
    kill_9,
    known,
    run_of,
    until,
)
from tests.sync.compare import assert_equals_truth, assert_invariants
from webapp.sandbox.server import Sandbox

pytestmark = pytest.mark.processes


MOMENTS = {"collect": lambda: known() > 0, "details": lambda: detailed() > 20}


@pytest.mark.parametrize("phase", [pytest.param("collect", marks=pytest.mark.slow), "details"])
@pytest.mark.parametrize(
    "victim",
    [
        pytest.param("worker", marks=pytest.mark.slow),
        pytest.param("horse", marks=pytest.mark.slow),
        "both",
    ],
)
def test_a_kill_loses_nothing_and_another_worker_finishes(
    phase: str,
    victim: str,
    processes: Processes,
    press_sync: Callable[[], int],
    sandbox: Sandbox,
) -> None:
    if phase == "collect":
        sandbox.faults.add("slow", "history", seconds=0.4)
    first = processes.worker()
    processes.clock()
    run_id = press_sync()
    until(f"the {phase} phase to be under way", MOMENTS[phase])
    horse = horse_of(first)
    kill_9(*{"worker": [first], "horse": [horse], "both": [first, horse]}[victim])
    assert_invariants(sandbox.world, LEAGUE, settled=False)
    processes.worker()
    until("the run to end", lambda: not run_of(run_id).is_active)
    run = run_of(run_id)
    assert run.state == "succeeded", run.note
    assert run.done == run.total
    assert_equals_truth(sandbox.world, LEAGUE)
    assert_invariants(sandbox.world, LEAGUE)


@pytest.mark.slow
def test_a_stopped_worker_that_comes_back_writes_nothing(
    processes: Processes, press_sync: Callable[[], int], sandbox: Sandbox
) -> None:
    first = processes.worker()
    processes.clock()
    run_id = press_sync()
    until("the details to be under way", MOMENTS["details"])
    horse = horse_of(first)
    horse.suspend()
    epoch = run_of(run_id).epoch
    processes.worker()
    until("another worker to hold the run", lambda: run_of(run_id).epoch > epoch)
    horse.resume()
    until("the run to end", lambda: not run_of(run_id).is_active)
    assert run_of(run_id).state == "succeeded"
    assert_equals_truth(sandbox.world, LEAGUE)


def test_a_valkey_killed_mid_sync_and_back_after_a_while_is_survived(
    processes: Processes, press_sync: Callable[[], int], sandbox: Sandbox, valkey: OwnValkey
) -> None:
    processes.worker()
    processes.clock()
    run_id = press_sync()
    until("the details to be under way", MOMENTS["details"])
    valkey.kill()
    assert_invariants(sandbox.world, LEAGUE, settled=False)
    valkey.start()
    until("the run to end", lambda: not run_of(run_id).is_active, 60)
    assert run_of(run_id).state == "succeeded", run_of(run_id).note
    assert_equals_truth(sandbox.world, LEAGUE)


@pytest.mark.slow
def test_an_emptied_valkey_loses_no_run(
    processes: Processes, press_sync: Callable[[], int], sandbox: Sandbox, valkey: OwnValkey
) -> None:
    processes.clock()
    run_id = press_sync()
    valkey.flush()
    processes.worker()
    until("the details to be under way", MOMENTS["details"])
    valkey.flush()
    until("the run to end", lambda: not run_of(run_id).is_active, 60)
    assert run_of(run_id).state == "succeeded"
    assert_equals_truth(sandbox.world, LEAGUE)


@pytest.mark.slow
def test_a_worker_told_to_leave_hands_its_run_over(
    processes: Processes, press_sync: Callable[[], int], sandbox: Sandbox
) -> None:
    first = processes.worker()
    processes.clock()
    run_id = press_sync()
    until("the details to be under way", MOMENTS["details"])
    first.terminate()
    assert first.wait(10) == 0
    assert run_of(run_id).is_active
    assert run_of(run_id).crashes == 0
    processes.worker()
    until("the run to end", lambda: not run_of(run_id).is_active)
    assert run_of(run_id).state == "succeeded"
    assert_equals_truth(sandbox.world, LEAGUE)
