"""Sources that do not answer as they should: nothing is lost, no try is spent, few calls are."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from flask import Flask

from tests.faults.conftest import (
    LEAGUE,
    ON_SQLITE,
    Processes,
    all_runs,
    detailed,
    known,
    most_tries,
    run_of,
    until,
)
from tests.faults.secrets import assert_nowhere
from tests.sync.compare import assert_equals_truth, assert_invariants
from webapp.sandbox.calls import Call
from webapp.sandbox.faults import Rule
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import LeagueSpec, WorldSpec

pytestmark = [pytest.mark.processes, pytest.mark.slow]
Press = Callable[..., int]
HOUR = 6.0
"""Seconds an hour's outage takes here; the delays of breakers and rounds are as much shorter."""

BREAKER_DELAY = 0.1
KINDS: tuple[dict[str, object], ...] = (
    {"action": "status", "status": 429},
    {"action": "status", "status": 503},
    {"action": "html"},
    {"action": "truncated"},
)


@pytest.fixture
def spec() -> WorldSpec:
    return WorldSpec(leagues=(LeagueSpec(LEAGUE, "Northern Lights League", 60, hidden=1),), seed=9)


def settled() -> bool:
    return known() > 0 and detailed() == known()


def assert_only_probes_after_five(calls: list[Call]) -> None:
    """Five outages open the breaker; then one probe at a time, each after twice the rest."""
    failed = [call for call in calls if call.fault or call.status >= 500]
    assert len(failed) > 5, "the outage was too short to say anything"
    for place, (before, after) in enumerate(pairwise(failed[4:])):
        assert before.ended is not None
        assert after.clock - before.ended >= BREAKER_DELAY * 2**place - 0.01


def test_an_hour_of_wrong_answers_loses_nothing_and_the_clock_alone_brings_the_rest(
    processes: Processes, sandbox: Sandbox
) -> None:
    quick = {"BREAKER_DELAY": str(BREAKER_DELAY), "RETRY_DELAY": "0.2", "SYNC_EVERY": "1"}
    matches = tuple(sandbox.world.truth(LEAGUE))
    processes.worker(**quick)
    processes.clock(**quick)

    def go_wrong(how: dict[str, object], *, lists: bool) -> None:
        sandbox.faults.clear()
        sandbox.faults.put(Rule.from_dict({**how, "source": "sequence"}))
        # OpenDota's own 429 says "minute": the rest of that minute would be waited for.
        other = {**how, "status": 503, "source": "opendota", "ids": matches}
        sandbox.faults.put(Rule.from_dict(other))
        if lists:
            sandbox.faults.put(Rule.from_dict({**how, "source": "history"}))

    go_wrong(KINDS[0], lists=False)
    until("the ids to be collected", lambda: known() == len(matches))
    late = sandbox.world.add_match(LEAGUE, below=sorted(matches)[-4])
    matches = (*matches, late)
    for how in KINDS:
        go_wrong(how, lists=True)
        time.sleep(HOUR / len(KINDS))
    assert detailed() == 0
    assert_invariants(sandbox.world, LEAGUE)
    sandbox.faults.clear()
    until("the clock to bring everything in", lambda: known() == len(matches) and settled(), 60)
    assert_equals_truth(sandbox.world, LEAGUE)
    assert most_tries() == 0
    assert all(run.requested_by is None and run.state != "failed" for run in all_runs())
    for source in ("history", "sequence", "opendota"):
        assert_only_probes_after_five(sandbox.calls.all(source))


@ON_SQLITE
def test_a_dead_way_to_details_that_is_switched_on_costs_five_calls_and_few_probes(
    processes: Processes, press_sync: Press, sandbox: Sandbox
) -> None:
    sources = "sequence,opendota,details"
    processes.worker(DETAIL_SOURCES=sources, BREAKER_DELAY=str(BREAKER_DELAY))
    run_id = press_sync()
    until("the run to end", lambda: not run_of(run_id).is_active)
    assert run_of(run_id).state == "succeeded", run_of(run_id).note
    assert_equals_truth(sandbox.world, LEAGUE)
    assert settled()
    assert most_tries() == 0
    assert_only_probes_after_five(sandbox.calls.all("details"))


@ON_SQLITE
def test_a_refused_key_ends_the_run_at_once_and_the_right_one_goes_on(
    app: Flask, processes: Processes, press_sync: Press, sandbox: Sandbox
) -> None:
    refusing = sandbox.faults.add("status", "history", status=403)
    processes.worker(BREAKER_DELAY="600", LOG_LEVEL="DEBUG")
    run_id = press_sync()
    until("the run to end", lambda: not run_of(run_id).is_active)
    assert run_of(run_id).state == "failed"
    assert "STEAM_API_KEY" in (run_of(run_id).note or "")
    assert sandbox.calls.count() == 1
    assert_nowhere(app, processes.output(), sandbox.world.spec.steam_key)

    sandbox.faults.clear(refusing)
    again = press_sync()
    until("the second run to end", lambda: not run_of(again).is_active)
    assert run_of(again).state == "succeeded", run_of(again).note
    assert_equals_truth(sandbox.world, LEAGUE)
    assert most_tries() == 0


@ON_SQLITE
def test_a_key_refused_in_the_details_spends_no_try(
    processes: Processes, press_sync: Press, sandbox: Sandbox
) -> None:
    refusing = sandbox.faults.add("status", "sequence", status=403)
    processes.worker(BREAKER_DELAY="600", DETAIL_SOURCES="sequence")
    run_id = press_sync()
    until("the run to end", lambda: not run_of(run_id).is_active)
    assert run_of(run_id).state == "degraded"
    refused = [call for call in sandbox.calls.all("sequence") if call.status == 403]
    assert 1 <= len(refused) <= 4, "only calls already under way may follow the refusal"
    assert most_tries() == 0
    assert detailed() == 0

    sandbox.faults.clear(refusing)
    again = press_sync()
    until("the second run to end", lambda: not run_of(again).is_active)
    assert detailed() == known() - 1, "all but the one that has no sequence number"
