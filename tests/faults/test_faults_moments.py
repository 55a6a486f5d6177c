"""kill -9 at moments nobody chose: at whatever point, the rows end as the truth."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

import psutil
import pytest

from tests.faults.conftest import LEAGUE, Processes, kill_9, run_of, until
from tests.sync.compare import assert_equals_truth, assert_invariants
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import LeagueSpec, WorldSpec

pytestmark = [pytest.mark.processes, pytest.mark.slow]
KILLS = 10


@pytest.fixture
def spec() -> WorldSpec:
    return WorldSpec(
        leagues=(LeagueSpec(LEAGUE, "Northern Lights League", 300, hidden=1),), seed=17
    )


def test_ten_kills_at_random_moments_leave_the_truth(
    processes: Processes, press_sync: Callable[[], int], sandbox: Sandbox
) -> None:
    seed = int(os.environ.get("FAULTS_SEED", time.time_ns() % 10**6))
    print(f"FAULTS_SEED={seed}")
    chance = random.Random(seed)
    workers = [processes.worker(), processes.worker()]
    processes.clock()
    run_id = press_sync()
    until("the run to begin", lambda: run_of(run_id).epoch > 0)
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.05, 1.2))
        place = chance.randrange(len(workers))
        worker = workers[place]
        horses = psutil.Process(worker.pid).children()
        if horses and chance.random() < 0.6:
            kill_9(*horses)
            continue
        kill_9(worker, *(horses if chance.random() < 0.5 else []))
        worker.wait()
        workers[place] = processes.worker()
        assert_invariants(sandbox.world, LEAGUE, settled=False)
    until("the run to end", lambda: not run_of(run_id).is_active, 90)
    run = run_of(run_id)
    assert run.state == "succeeded", run.note
    assert run.done == run.total
    assert_equals_truth(sandbox.world, LEAGUE)
    assert_invariants(sandbox.world, LEAGUE)
