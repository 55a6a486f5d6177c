"""Who played together: ``POST /api/steam/find-by-players/``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.api.rows import BASE, add_league, add_match, statements, steam_id, take_redis_away
from tests.browsers import browser
from webapp.accounts.models import AuditEntry
from webapp.core.db import db

FIND = "/api/steam/find-by-players/"
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def found(client: FlaskClient, *numbers: int, **asked: Any) -> list[int]:
    """The ids of the matches in which these invented players stood."""
    steam_ids = [steam_id(number) for number in numbers]
    answer = client.post(FIND, json={"steam_ids": steam_ids, **asked})
    assert answer.status_code == 200, answer.text
    return [match["match_id"] for match in answer.json["matches"]]


@pytest.fixture
def played(app: Flask) -> None:
    add_league()
    add_league(2)
    add_match(1001, [1, 2, 3])
    add_match(1002, [1, 4, None])
    add_match(1003, [2, 1])
    add_match(1004, [3, None, None])
    add_match(1005, [1, 2], league_id=2, state="stub")


def test_all_of_them_stood_in_each_match(client: FlaskClient, played: None) -> None:
    assert found(client, 1, 2) == [1005, 1003, 1001]
    assert found(client, 1, 2, 3) == [1001]
    assert found(client, 1, 2, 3, 4) == []
    assert found(client, 1) == [1005, 1003, 1002, 1001]


def test_any_of_them_stood_in_each_match(client: FlaskClient, played: None) -> None:
    assert found(client, 3, 4, require_all=False) == [1004, 1002, 1001]
    assert found(client, 1, 2, 3, 4, require_all=False) == [1005, 1004, 1003, 1002, 1001]


@pytest.mark.parametrize("require_all", [True, False])
def test_one_league_where_asked(client: FlaskClient, played: None, require_all: bool) -> None:
    assert found(client, 1, 2, league_id=2, require_all=require_all) == [1005]
    assert found(client, 1, 2, league_id=3, require_all=require_all) == []


@pytest.mark.parametrize("require_all", [True, False])
def test_pages_bring_every_match_once(client: FlaskClient, played: None, require_all: bool) -> None:
    seen, after = [], None
    while True:
        asked = {"steam_ids": [steam_id(1), steam_id(2)], "limit": 1, "after": after}
        page = client.post(FIND, json={**asked, "require_all": require_all}).json
        seen += [match["match_id"] for match in page["matches"]]
        after = page["next"]
        if after is None:
            break
    assert seen == ([1005, 1003, 1001] if require_all else [1005, 1003, 1002, 1001])


@on_sqlite
def test_a_player_who_stands_twice_in_a_match_hides_no_page(app: Flask, played: None) -> None:
    add_match(1006, [9, 9])
    add_match(1007, [9])
    page = app.test_client().post(FIND, json={"steam_ids": [steam_id(9)], "limit": 1}).json
    assert [match["match_id"] for match in page["matches"]] == [1007]
    assert page["next"] is not None


@on_sqlite
def test_steamids_are_numbers_or_strings(client: FlaskClient, played: None) -> None:
    mixed = [str(steam_id(1)), steam_id(2), str(steam_id(2))]
    answer = client.post(FIND, json={"steam_ids": mixed}).json
    assert [match["match_id"] for match in answer["matches"]] == [1005, 1003, 1001]
    assert answer["matches"][0]["players"][0]["steam_id"] == str(steam_id(1))


@on_sqlite
@pytest.mark.parametrize("account", [1000 + 1, str(1000 + 1), 4294967295])
def test_an_account_id_is_refused_with_a_clear_word(
    client: FlaskClient, played: None, account: object
) -> None:
    answer = client.post(FIND, json={"steam_ids": [steam_id(1), account]})
    assert answer.status_code == 400
    assert "account id" in answer.json["error"]["fields"]["steam_ids"]


@on_sqlite
@pytest.mark.parametrize("nobody", [BASE, BASE + 4294967295, 2**63, -1, 0, "x", 1.5, True, None])
def test_what_is_no_steamid_is_refused(client: FlaskClient, nobody: object) -> None:
    answer = client.post(FIND, json={"steam_ids": [nobody]})
    assert answer.status_code == 400
    assert set(answer.json["error"]["fields"]) == {"steam_ids"}


@on_sqlite
@pytest.mark.parametrize("number", [0, 11])
def test_one_to_ten_players_may_be_asked_for(client: FlaskClient, number: int) -> None:
    asked = [steam_id(one) for one in range(number)]
    assert client.post(FIND, json={"steam_ids": asked}).status_code == 400


@on_sqlite
@pytest.mark.parametrize("role", ["anonymous", "player", "admin"])
def test_nobody_needs_a_token_and_nothing_is_changed(app: Flask, played: None, role: str) -> None:
    assert found(browser(app, role), 3) == [1004, 1001]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 0


@pytest.mark.parametrize("require_all", [True, False])
def test_lines_come_in_one_statement(app: Flask, require_all: bool) -> None:
    add_league()
    for match_id in range(1001, 1101):
        add_match(match_id, range(10))
    asked = {"steam_ids": [str(steam_id(number)) for number in range(10)], "limit": 100}
    with statements() as made:
        answer = app.test_client().post(FIND, json={**asked, "require_all": require_all})
    assert len(answer.json["matches"]) == 100
    assert len(made) == 2


@on_sqlite
def test_each_player_is_looked_up_by_the_index(app: Flask, played: None) -> None:
    with statements() as made:
        found(app.test_client(), 1, 2)
    plan = db.session.connection().exec_driver_sql(
        f"EXPLAIN QUERY PLAN {made[0]}", (steam_id(1), steam_id(2), 51, 0, 51, 0)
    )
    steps = [row[3] for row in plan]
    assert not [step for step in steps if "SCAN player_match_stats" in step], steps
    index = "ix_player_match_stats_steam_id_match_id"
    assert len([step for step in steps if index in step]) == 2, steps


@on_sqlite
def test_one_address_asks_thirty_times_a_minute(client: FlaskClient, played: None) -> None:
    for _ in range(30):
        found(client, 1)
    refused = client.post(FIND, json={"steam_ids": [steam_id(1)]})
    assert refused.status_code == 429
    assert refused.json["error"]["code"] == "too_many"
    assert 1 <= int(refused.headers["Retry-After"]) <= 63


@on_sqlite
def test_it_answers_without_redis(app: Flask, played: None, tmp_path: Path) -> None:
    take_redis_away(app, tmp_path)
    assert found(app.test_client(), 3) == [1004, 1001]
