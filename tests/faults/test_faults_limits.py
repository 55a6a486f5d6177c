"""Two workers on two leagues keep one limit, and use what it allows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from flask import Flask

from tests.faults.conftest import ON_SQLITE, Processes, detailed, known, run_of, until
from webapp.core.db import db
from webapp.core.runs import services as runs
from webapp.sandbox.calls import Call
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import LeagueSpec, WorldSpec
from webapp.settings import Rate
from webapp.sync import services

pytestmark = [pytest.mark.processes, pytest.mark.slow]
LEAGUES = (17929, 17930)
RATES = {"sequence": Rate(16, 2), "steam": Rate(20, 2), "opendota": Rate(16, 2)}
TOLERANCE = 0.01
"""The log notes a call when the stand-in's thread gets to it, and threads here share two cores
with everything under test: calls may seem up to so many seconds nearer than they were."""


@pytest.fixture
def spec() -> WorldSpec:
    leagues = (LeagueSpec(one, f"League {one}", 80) for one in LEAGUES)
    return WorldSpec(leagues=tuple(leagues), seed=3)


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    limits = {
        f"{name}_RATE": f"{rate.amount}/{rate.seconds}seconds"
        for name, rate in (
            ("STEAM_SEQUENCE", RATES["sequence"]),
            ("STEAM", RATES["steam"]),
            ("OPENDOTA", RATES["opendota"]),
        )
    }
    return environment | limits | {"LEAGUE_IDS": ",".join(map(str, LEAGUES)), "QUICK_SLICE": "20"}


@pytest.fixture
def press_both(app: Flask, processes: Processes) -> Callable[[], list[int]]:
    def press() -> list[int]:
        ids = []
        for league_id in LEAGUES:
            started = services.start_sync(app.extensions["settings"], league_id)
            db.session.commit()
            runs.enqueue(app.extensions["outside"].redis, started.run)
            db.session.rollback()
            ids.append(started.run.id)
        return ids

    return press


def moments(calls: list[Call]) -> list[float]:
    return sorted(call.clock for call in calls)


def assert_within(rate: Rate, arrivals: list[float]) -> None:
    """Any ``amount + 1`` calls in a row span at least the window."""
    spans = [b - a for a, b in zip(arrivals, arrivals[rate.amount :], strict=False)]
    assert spans, "too few calls to say anything"
    assert min(spans) >= rate.seconds - TOLERANCE


def share_used(rate: Rate, arrivals: list[float]) -> float:
    """Calls made of those allowed, in the whole windows that follow the first call."""
    first, last = arrivals[0], arrivals[-1]
    windows = int((last - first) / rate.seconds)
    assert windows >= 3, "too few calls to say anything"
    end = first + windows * rate.seconds
    return sum(moment < end for moment in arrivals) / (windows * rate.amount)


@ON_SQLITE
def test_two_workers_keep_one_limit_and_use_nine_tenths_of_it(
    processes: Processes, press_both: Callable[[], list[int]], sandbox: Sandbox
) -> None:
    processes.worker()
    processes.worker()
    until("both workers", lambda: processes.output().count("worker_started") == 2)
    both = press_both()
    until("both runs to end", lambda: not any(run_of(one).is_active for one in both), 60)
    assert detailed() == known() == 160
    first, second = (run_of(one) for one in both)
    assert first.started_at and first.finished_at and second.started_at
    assert second.started_at < first.finished_at, "the workers did not work side by side"
    for name, rate in RATES.items():
        arrivals = moments(sandbox.calls.all(name))
        assert_within(rate, arrivals)
        if name != "steam":
            # While work remains: the last calls of a run wait for no limit but for each other.
            assert share_used(rate, arrivals[:-8]) >= 0.9, name
    details = moments([*sandbox.calls.all("sequence"), *sandbox.calls.all("opendota")])
    assert max(b - a for a, b in pairwise(details)) < 3
