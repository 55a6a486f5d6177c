"""Retry and relink by the API."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from redis import Redis

from tests.api.rows import (
    LEAGUE,
    add_league,
    add_match,
    steam_id,
)
from tests.api.script import (
    RELINK,
    RETRY,
    STATES,
    SYNC,
    Script,
)
from webapp.accounts.models import SteamAccount
from webapp.core import queue
from webapp.core.db import db
from webapp.core.runs.jobs import work_here
from webapp.core.runs.models import Run
from webapp.matches.models import Match

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def states() -> dict[int, str]:
    db.session.expire_all()
    return {row.id: row.state for row in db.session.execute(sa.select(Match.id, Match.state))}


def test_a_retry_without_ids_takes_all_failed_and_withheld(script: Script, troubled: None) -> None:
    answer = script.post(RETRY)
    assert (answer.status_code, answer.json["run"]["league_id"]) == (202, LEAGUE)
    assert answer.json["run"]["counts"]["stub"] == 2
    assert states() == {1001: "stub", 1002: "stub", 1003: "detailed", 1004: "failed"}


def test_a_retry_of_chosen_matches_takes_no_others(script: Script, troubled: None) -> None:
    answer = script.post(RETRY, match_ids=[1004])
    assert (answer.status_code, answer.json["run"]["league_id"]) == (202, 2)
    assert states() == {1001: "failed", 1002: "withheld", 1003: "detailed", 1004: "stub"}


@on_sqlite
def test_a_retry_joins_the_sync_under_way(script: Script, troubled: None) -> None:
    run = script.post(SYNC).json["run"]
    answer = script.post(RETRY, match_ids=[1001, 1002])
    assert (answer.status_code, answer.json["run"]["id"]) == (200, run["id"])
    assert db.session.get_one(Run, run["id"]).params["retry"] is True


@on_sqlite
@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"match_ids": [1001, 1004]}, 400, "match_ids"),
        ({"match_ids": [1001], "league_id": 2}, 400, "match_ids"),
        ({"match_ids": []}, 400, "match_ids"),
        ({"match_ids": ["1001"]}, 400, "match_ids"),
        ({"match_ids": [1001, 77]}, 404, None),
        ({"league_id": 3}, 404, None),
    ],
)
def test_a_retry_that_cannot_be_changes_nothing(
    script: Script, troubled: None, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = script.post(RETRY, **body)
    assert answer.status_code == status
    assert set(answer.json["error"].get("fields", ())) == ({field} if field else set())
    assert states()[1001] == "failed"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Run)) == 0


# ---- relink ----------------------------------------------------------------------------------


def test_a_relink_is_queued_and_a_second_adds_to_it(
    script: Script, troubled: None, clean_redis: str
) -> None:
    answer = script.post(RELINK, match_ids=[1001])
    assert answer.status_code == 202
    run = answer.json["run"]
    assert (run["kind"], run["league_id"]) == ("relink", None)
    assert set(run["counts"]) == STATES | {"new", "updated", "linked", "unlinked"}
    assert run["counts"]["total"] == 4
    assert queue.waiting(Redis.from_url(clean_redis)) == {"long": 0, "short": 1}
    assert script.post(RELINK, match_ids=[1004]).status_code == 200
    assert db.session.get_one(Run, run["id"]).params == {"match_ids": [1001, 1004]}


def test_a_relink_tells_how_many_lines_it_linked(script: Script) -> None:
    add_league()
    add_match(1001, [1, 2, None])
    db.session.add(SteamAccount(steam_id=steam_id(1), user_id=script.user_id))
    db.session.commit()
    run_id = script.post(RELINK).json["run"]["id"]
    work_here(run_id)
    run = script.get(f"/api/runs/{run_id}").json
    assert (run["state"], run["done"], run["total"]) == ("succeeded", 1, 1)
    assert (run["counts"]["linked"], run["counts"]["unlinked"]) == (1, 0)
    players = script.get("/api/matches/1001").json["players"]
    assert [player["user_id"] for player in players] == [script.user_id, None, None]


@on_sqlite
def test_a_relink_of_an_unknown_match_names_it(script: Script, troubled: None) -> None:
    answer = script.post(RELINK, match_ids=[1001, 77])
    assert answer.status_code == 404
    assert "77" in answer.json["error"]["message"]
