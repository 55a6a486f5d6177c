"""Who may change what by the API, and what is written down of it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.rows import (
    LEAGUE,
    add_league,
)
from tests.api.script import (
    RELINK,
    RETRY,
    STATUS,
    SYNC,
    Script,
    audit_rows,
)
from tests.browsers import add_person, bearer, browser, csrf_token

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_each_change_writes_one_row(script: Script, troubled: None) -> None:
    run_id = script.post(SYNC).json["run"]["id"]
    script.post(SYNC, full_sync=True)
    script.post(RETRY)
    relink_id = script.post(RELINK).json["run"]["id"]
    script.post(f"/api/runs/{run_id}/cancel")
    assert [(row.action, row.target_kind, row.target_id, row.after) for row in audit_rows()] == [
        ("sync", "league", str(LEAGUE), {"run": run_id, "joined": False}),
        ("full sync", "league", str(LEAGUE), {"run": run_id, "joined": True}),
        ("retry", "league", str(LEAGUE), {"run": run_id, "joined": True, "matches": 2}),
        ("relink", "run", str(relink_id), {"run": relink_id, "joined": False, "matches": "all"}),
        ("cancel", "run", str(run_id), {"state": "cancelled"}),
    ]
    assert {row.actor_id for row in audit_rows()} == {script.user_id}


CHANGES = [SYNC, RETRY, RELINK, "/api/runs/1/cancel"]


@on_sqlite
@pytest.mark.parametrize("address", CHANGES)
@pytest.mark.parametrize(("role", "status"), [("player", 403), ("organizer", 403)])
def test_a_refused_change_is_written_down(app: Flask, address: str, role: str, status: int) -> None:
    user = add_person(role)
    answer = app.test_client().post(address, json={}, headers=bearer(user))
    assert answer.status_code == status
    assert answer.json["error"]["code"] == "forbidden"
    (row,) = audit_rows()
    assert (row.outcome, row.actor_id) == ("refused", user.id)


@on_sqlite
@pytest.mark.parametrize("address", CHANGES)
def test_nobody_is_sent_to_sign_in(client: FlaskClient, address: str) -> None:
    answer = client.post(address, json={})
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "unauthorized")
    assert "Location" not in answer.headers


@on_sqlite
def test_a_token_that_is_not_known_is_refused_everywhere(client: FlaskClient) -> None:
    headers = {"Authorization": "Bearer aegis_nothing"}
    for address in ("/api/matches/", STATUS, "/api/runs/1"):
        assert client.get(address, headers=headers).status_code == 401


@on_sqlite
@pytest.mark.parametrize("address", CHANGES)
def test_a_session_needs_the_token_of_its_page(app: Flask, address: str) -> None:
    client = browser(app, "admin")
    bare = client.post(address, json={})
    assert bare.status_code == 400
    assert set(bare.json["error"]["fields"]) == {"csrf_token"}
    add_league()
    sent = client.post(address, json={}, headers={"X-CSRFToken": csrf_token(client)})
    assert sent.status_code == (404 if "runs" in address else 202)
