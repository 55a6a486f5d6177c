"""A match that kills whoever reads it: it is named and left to a person, all others come in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.conftest import LEAGUE, Processes, run_of, until
from tests.sync.compare import assert_invariants, stored, true_states
from webapp.core.db import db, reading
from webapp.core.runs import services as runs
from webapp.matches.models import Match
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import LeagueSpec, WorldSpec

pytestmark = [pytest.mark.processes, pytest.mark.slow]


@pytest.fixture
def spec() -> WorldSpec:
    return WorldSpec(leagues=(LeagueSpec(LEAGUE, "Northern Lights League", 90),), seed=5)


def nth_newest(sandbox: Sandbox, place: int) -> int:
    return sorted(sandbox.world.truth(LEAGUE), reverse=True)[place]


def test_a_match_that_kills_its_worker_is_named_and_the_others_are_whole(
    processes: Processes, press_sync: Callable[[], int], sandbox: Sandbox
) -> None:
    poison = nth_newest(sandbox, 4)
    processes.worker(QUICK_POISON=str(poison))
    processes.clock()
    run_id = press_sync()
    until("the run to end", lambda: not run_of(run_id).is_active, 120)
    run = run_of(run_id)
    assert run.state == "failed"
    assert "five crashes" in (run.note or "")
    assert str(poison) in (run.note or "")
    with reading():
        told = [event.message for event in runs.events(run_id) if event.word == "set aside"]
        match = db.session.get_one(Match, poison, populate_existing=True)
    assert told
    assert all(str(poison) in message for message in told)
    assert (match.state, match.retry_count) == ("failed", 0)
    assert match.next_attempt_at is None
    assert_invariants(sandbox.world, LEAGUE)
    states = {i: kept["state"] for i, kept in stored(LEAGUE).items()}
    assert states == true_states(sandbox.world, LEAGUE) | {poison: "failed"}
