"""How a league and a run stand, by the API; and cancel."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.rows import (
    LEAGUE,
    statements,
)
from tests.api.script import (
    RUN_KEYS,
    SIGNED_IN_KEYS,
    STATES,
    STATUS,
    SYNC,
    Script,
)
from tests.browsers import browser
from webapp.core.db import db
from webapp.core.runs.models import Run

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_the_status_tells_of_the_league_and_its_run(app: Flask, troubled: None) -> None:
    client = app.test_client()
    before = client.get(STATUS).json
    assert set(before) == {
        *("league_id", "is_syncing", "last_sync_at", "last_match_id", "failed_match_ids"),
        *("counts", "run"),
    }
    assert before == {
        "league_id": LEAGUE,
        "is_syncing": False,
        "last_sync_at": None,
        "last_match_id": 1003,
        "failed_match_ids": [1001],
        "counts": {"total": 3, "stub": 0, "detailed": 1, "failed": 1, "withheld": 1},
        "run": None,
    }
    run = Script(app).post(SYNC).json["run"]
    after = client.get(f"{STATUS}?league_id={LEAGUE}").json
    assert (after["is_syncing"], after["run"]["id"]) == (True, run["id"])


@on_sqlite
@pytest.mark.parametrize(
    ("role", "keys"),
    [
        ("anonymous", RUN_KEYS),
        ("player", RUN_KEYS | SIGNED_IN_KEYS),
        ("admin", RUN_KEYS | SIGNED_IN_KEYS),
    ],
)
def test_who_asked_is_told_to_the_signed_in(
    app: Flask, script: Script, role: str, keys: set[str]
) -> None:
    script.post(SYNC)
    told = browser(app, role).get(STATUS).json["run"]
    assert set(told) == keys
    assert set(told["counts"]) == STATES | {"new", "updated"}


@on_sqlite
def test_the_status_of_an_unknown_league_is_missing(client: FlaskClient) -> None:
    assert client.get(STATUS).status_code == 404
    assert client.get(f"{STATUS}?league_id=5").status_code == 404


@on_sqlite
def test_a_status_costs_few_statements(app: Flask, script: Script) -> None:
    script.post(SYNC)
    with statements() as asked:
        assert app.test_client().get(STATUS).status_code == 200
    assert len(asked) <= 6, asked


@on_sqlite
@pytest.mark.parametrize(("role", "status"), [("anonymous", 401), ("player", 200)])
def test_a_run_is_shown_to_the_signed_in(
    app: Flask, script: Script, role: str, status: int
) -> None:
    run_id = script.post(SYNC).json["run"]["id"]
    answer = browser(app, role).get(f"/api/runs/{run_id}")
    assert answer.status_code == status
    if status == 200:
        assert set(answer.json) == RUN_KEYS | SIGNED_IN_KEYS


@on_sqlite
def test_what_a_run_brought_stands_beside_the_states(script: Script, troubled: None) -> None:
    run_id = script.post(SYNC).json["run"]["id"]
    run = db.session.get_one(Run, run_id)
    run.counts = {"new": 12, "updated": 3, "detailed": 8, "failed": 1}
    db.session.commit()
    assert script.get(f"/api/runs/{run_id}").json["counts"] == {
        **{"total": 3, "stub": 0, "detailed": 1, "failed": 1, "withheld": 1},
        **{"new": 12, "updated": 3},
    }


# ---- cancel ----------------------------------------------------------------------------------


def test_a_queued_run_is_cancelled_at_once_and_only_once(script: Script) -> None:
    run_id = script.post(SYNC).json["run"]["id"]
    cancelled = script.post(f"/api/runs/{run_id}/cancel")
    assert (cancelled.status_code, cancelled.json["state"]) == (200, "cancelled")
    assert cancelled.json["finished_at"] is not None
    again = script.post(f"/api/runs/{run_id}/cancel")
    assert (again.status_code, again.json["error"]["code"]) == (409, "conflict")


@on_sqlite
@pytest.mark.parametrize("address", ["/api/runs/7", "/api/runs/99999999999999999999"])
def test_a_run_that_is_not_there_is_missing(script: Script, address: str) -> None:
    assert script.get(address).status_code == 404
    assert script.post(f"{address}/cancel").status_code == 404
