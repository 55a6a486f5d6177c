"""Sync by the API: one run for many clicks, and how often a full one."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis
from werkzeug.test import TestResponse

from tests.api.rows import (
    LEAGUE,
    take_redis_away,
)
from tests.api.script import (
    RUN_KEYS,
    SIGNED_IN_KEYS,
    STATES,
    STATUS,
    SYNC,
    Script,
    audit_rows,
    end_runs,
)
from webapp.core import queue
from webapp.core.db import db
from webapp.core.runs.models import Run
from webapp.leagues.models import League

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_a_sync_makes_a_run_and_a_second_joins_it(script: Script) -> None:
    made, joined = script.post(SYNC, league_id=LEAGUE), script.post(SYNC, league_id=LEAGUE)
    assert (made.status_code, joined.status_code) == (202, 200)
    assert set(made.json) == set(joined.json) == {"run"}
    run = made.json["run"]
    assert joined.json["run"]["id"] == run["id"]
    assert set(run) == RUN_KEYS | SIGNED_IN_KEYS
    assert (run["kind"], run["league_id"], run["state"]) == ("sync", LEAGUE, "queued")
    assert run["requested_by"] == script.user_id
    assert run["created_at"].endswith("Z")
    assert (run["started_at"], run["finished_at"], run["done"], run["total"]) == (None,) * 2 + (
        0,
        None,
    )
    assert set(run["counts"]) == STATES | {"new", "updated"}


@on_sqlite
def test_no_body_at_all_syncs_the_default_league(app: Flask, script: Script) -> None:
    answer = app.test_client().post(SYNC, headers=script.headers)
    assert (answer.status_code, answer.json["run"]["league_id"]) == (202, LEAGUE)


@on_sqlite
def test_an_unknown_league_is_made(script: Script) -> None:
    assert script.post(SYNC, league_id=424242).status_code == 202
    assert db.session.get(League, 424242) is not None


@on_sqlite
def test_a_league_that_nobody_can_have_is_refused(script: Script) -> None:
    answer = script.post(SYNC, league_id=2**31)
    assert answer.status_code == 400
    assert "league_id" in answer.json["error"]["fields"]


@on_sqlite
def test_the_run_made_is_put_on_its_queue_once(script: Script, clean_redis: str) -> None:
    script.post(SYNC)
    script.post(SYNC)
    assert queue.waiting(Redis.from_url(clean_redis)) == {"long": 1, "short": 0}


def test_thirty_clicks_at_once_make_one_run(app: Flask, script: Script) -> None:
    answers: list[TestResponse] = []

    def click(number: int) -> None:
        with app.app_context():
            answers.append(script.post(SYNC, full_sync=number % 2 == 0))

    clicks = [threading.Thread(target=click, args=(number,)) for number in range(30)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert Counter(answer.status_code for answer in answers) == {200: 29, 202: 1}
    assert len({answer.json["run"]["id"] for answer in answers}) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Run)) == 1
    assert db.session.scalars(sa.select(Run)).one().params["full"] is True
    assert Counter(row.action for row in audit_rows()) == {"sync": 15, "full sync": 15}


@on_sqlite
def test_a_league_takes_six_full_syncs_an_hour(script: Script) -> None:
    for _ in range(6):
        assert script.post(SYNC, full_sync=True).status_code == 202
        assert script.post(SYNC, full_sync=True).status_code == 200, "joining is free"
        end_runs()
    refused = script.post(SYNC, full_sync=True)
    assert refused.status_code == 429
    assert 3000 < int(refused.headers["Retry-After"]) <= 3800
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Run)) == 6
    assert script.post(SYNC, league_id=2, full_sync=True).status_code == 202
    assert script.post(SYNC).status_code == 202, "a plain sync is never limited"
    assert script.post(SYNC, full_sync=True).status_code == 200, "nor is joining it"


@on_sqlite
def test_without_redis_a_sync_is_taken_and_a_full_one_is_not(
    app: Flask, script: Script, tmp_path: Path
) -> None:
    take_redis_away(app, tmp_path)
    refused = script.post(SYNC, full_sync=True)
    assert (refused.status_code, refused.json["error"]["code"]) == (503, "busy")
    assert "Retry-After" in refused.headers
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Run)) == 0
    taken = script.post(SYNC)
    assert (taken.status_code, taken.json["run"]["state"]) == (202, "queued")
    assert script.post(SYNC, full_sync=True).status_code == 200
    assert script.get(f"{STATUS}?league_id={LEAGUE}").json["is_syncing"] is True


class TestWithoutAKey:
    pytestmark = on_sqlite

    @pytest.fixture
    def environment(self, environment: dict[str, str]) -> dict[str, str]:
        return environment | {"STEAM_API_KEY": ""}

    def test_the_missing_setting_is_named(self, script: Script) -> None:
        answer = script.post(SYNC)
        assert answer.status_code == 409
        assert "STEAM_API_KEY" in answer.json["error"]["message"]
