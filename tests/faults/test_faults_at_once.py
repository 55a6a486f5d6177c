"""Many hands at once: thirty clicks make one run, two clocks one effect per slot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests
import sqlalchemy as sa
from flask import Flask

from tests.browsers import add_person, bearer, csrf_token, sign_in
from tests.faults.conftest import (
    LEAGUE,
    Processes,
    all_runs,
    until,
)
from webapp.accounts.models import AuditEntry
from webapp.core.db import db, reading
from webapp.core.queue import LONG, queue
from webapp.core.runs.models import Run
from webapp.core.timetable import ClockSlot
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import LeagueSpec, WorldSpec
from webapp.settings import Settings

pytestmark = [pytest.mark.processes, pytest.mark.slow]
CLICKS = 30


@pytest.fixture
def spec() -> WorldSpec:
    return WorldSpec(leagues=(LeagueSpec(LEAGUE, "Northern Lights League", 4),), seed=2)


@pytest.fixture
def site(app: Flask, processes: Processes) -> str:
    return processes.web()


@pytest.fixture
def script(app: Flask, site: str) -> Callable[[], int]:
    """Start a sync by the API; the answer's status."""
    headers = bearer(add_person("admin"))
    body = {"league_id": LEAGUE}
    return lambda: (
        requests.post(f"{site}/api/steam/sync/", json=body, headers=headers, timeout=30).status_code
    )


@pytest.fixture
def button(app: Flask, site: str) -> Callable[[], int]:
    """Press the page's Sync; the answer's status."""
    client = sign_in(app, add_person("admin"))
    form = {"csrf_token": csrf_token(client)}
    cookie = client.get_cookie("session")
    assert cookie is not None
    cookies = {"session": cookie.value}
    return lambda: (
        requests.post(
            f"{site}/leagues/{LEAGUE}/sync",
            data=form,
            cookies=cookies,
            allow_redirects=False,
            timeout=30,
        ).status_code
    )


def audited() -> list[AuditEntry]:
    query = sa.select(AuditEntry).where(AuditEntry.action.in_(["sync", "full sync"]))
    with reading():
        found = list(db.session.scalars(query))
        db.session.expunge_all()
    return found


def test_thirty_clicks_at_once_make_one_run_and_thirty_audit_rows(
    app: Flask, settings: Settings, script: Callable[[], int], button: Callable[[], int]
) -> None:
    together = Barrier(CLICKS)

    def click(number: int) -> tuple[str, int]:
        together.wait(20)
        return ("script", script()) if number % 2 else ("button", button())

    with ThreadPoolExecutor(CLICKS) as hands:
        answers = Counter(hands.map(click, range(CLICKS)))
    made_by_script = answers["script", 202]
    assert made_by_script in {0, 1}
    assert answers["script", 200] == CLICKS // 2 - made_by_script
    assert answers["button", 303] == CLICKS // 2
    (run,) = all_runs()
    assert run.state == "queued"
    assert queue(LONG, app.extensions["outside"].redis).count == 1
    rows = audited()
    assert len(rows) == CLICKS
    assert sum(not (row.after or {})["joined"] for row in rows) == 1
    assert {(row.after or {})["run"] for row in rows} == {run.id}


def slots(name: str) -> int:
    query = sa.select(sa.func.count()).select_from(ClockSlot).where(ClockSlot.name == name)
    with reading():
        return db.session.scalar(query) or 0


def syncs() -> list[Run]:
    return [run for run in all_runs() if run.kind == "sync"]


def test_two_clocks_make_one_effect_per_slot(processes: Processes, sandbox: Sandbox) -> None:
    quick = {"SYNC_EVERY": "1", "LOG_LEVEL": "DEBUG"}
    processes.worker()
    clocks = [processes.clock(**quick), processes.clock(**quick)]
    until("both clocks to run", lambda: processes.output().count("clock_started") == 2)
    begun = slots("sync")
    until("six more slots", lambda: slots("sync") >= begun + 6)
    for clock in clocks:
        clock.terminate()
        assert clock.wait(10) == 0
    # Only the long queue has its worker here: a run for names would wait for ever.
    until("the last sync to end", lambda: not any(run.is_active for run in syncs()))
    told = [line for line in processes.output().splitlines() if " timetable " in line]
    for name in ("sync", "due", "reap"):
        assert sum(f"entry={name} " in f"{line} " for line in told) == slots(name), name
    assert 3 <= len(syncs()) <= slots("sync")
    # The first walk asks once more past what looks like the end; each slot after it asks once,
    # in a run of its own or in the one that it joined.
    assert sandbox.calls.count("history") <= slots("sync") + 1
