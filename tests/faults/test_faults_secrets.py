"""Keys stand nowhere: not in a log at DEBUG, a row, Redis or a page, whatever went wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.browsers import browser
from tests.faults.conftest import (
    LEAGUE,
    Processes,
    detailed,
    run_of,
    until,
)
from tests.faults.secrets import assert_nowhere
from webapp.core.db import db
from webapp.core.queue import LONG, enqueue
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import LeagueSpec, WorldSpec

pytestmark = [pytest.mark.processes, pytest.mark.slow]
STEAM_KEY, OPENDOTA_KEY = "CANARYKEY123", "CANARYDOTA456"
WRONG = (
    *("status", "html", "truncated", "close", "reset", "redirect", "gzip_garbage", "charset"),
    *("empty_object", "private", "neighbour", "oversize"),
)


@pytest.fixture
def spec() -> WorldSpec:
    league = LeagueSpec(LEAGUE, "Northern Lights League", 60, hidden=1, withheld=1)
    return WorldSpec(leagues=(league,), seed=13, steam_key=STEAM_KEY)


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {
        "OPENDOTA_API_KEY": OPENDOTA_KEY,
        "LOG_LEVEL": "DEBUG",
        "BREAKER_DELAY": "0.1",
        "RETRY_DELAY": "0.1",
    }


def pages(app: Flask, sandbox: Sandbox, run_id: int) -> str:
    """Everything an admin could look at, one page after the other."""
    admin = browser(app, "admin")
    match_id = max(sandbox.world.truth(LEAGUE))
    addresses = (
        *("/", "/queues", "/runs", f"/runs/{run_id}", "/people", "/readyz"),
        *(f"/leagues/{LEAGUE}", f"/leagues/{LEAGUE}/failed", f"/leagues/{LEAGUE}/matches"),
        *(f"/matches/{match_id}", f"/matches/{match_id}/raw/sequence", "/api/openapi.json"),
        *(f"/api/runs/{run_id}", f"/api/steam/sync-status/?league_id={LEAGUE}"),
    )
    answers = {address: admin.get(address) for address in addresses}
    shown = [one for one in answers.values() if one.status_code == 200]
    assert len(shown) >= 8, {address: one.status for address, one in answers.items()}
    return "\n".join(one.text for one in answers.values())


def test_no_key_is_written_anywhere_whatever_goes_wrong(
    app: Flask, processes: Processes, press_sync: Callable[[], int], sandbox: Sandbox
) -> None:
    for action in WRONG:
        sandbox.faults.add(action, "*", chance=0.15, seed=21, location=f"/?key={STEAM_KEY}")
    processes.worker()
    processes.clock()
    run_id = press_sync()
    until("some details to come through", lambda: detailed() > 10, 60)
    # A job that cannot be done leaves its traceback to RQ.
    enqueue(app.extensions["outside"].redis, LONG, "webapp.core.runs.jobs.no_such_job", 1)
    enqueue(app.extensions["outside"].redis, LONG, "webapp.core.runs.jobs.run_slice", "x", {})
    until("the jobs to fail", lambda: "no_such_job" in processes.output())
    until("the run to end", lambda: not run_of(run_id).is_active, 60)
    db.session.rollback()
    seen = pages(app, sandbox, run_id)
    assert STEAM_KEY not in seen
    assert OPENDOTA_KEY not in seen
    assert_nowhere(app, processes.output(), STEAM_KEY, OPENDOTA_KEY)
    used = {call.fault for call in sandbox.calls.all()}
    assert len(used) >= 6, used
