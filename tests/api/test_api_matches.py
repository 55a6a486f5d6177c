"""Matches as the API lists and shows them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.rows import LEAGUE, START, add_league, add_match, statements, steam_id
from tests.browsers import add_person, bearer, browser

PUBLIC_KEYS = {
    *("match_id", "match_seq_num", "league_id", "state", "source", "start_time", "duration"),
    *("radiant_win", "game_mode", "lobby_type", "series_id", "series_type", "radiant_team_id"),
    *("dire_team_id", "radiant_name", "dire_name", "radiant_score", "dire_score"),
    *("retry_count", "mark", "players"),
}
PLAYER_KEYS = {
    *("player_slot", "steam_id", "account_id", "user_id", "hero_id", "kills", "deaths"),
    *("assists", "last_hits", "denies", "gold_per_min", "xp_per_min", "level", "net_worth"),
    *("hero_damage", "tower_damage", "hero_healing", "items"),
}
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@on_sqlite
@pytest.mark.parametrize(
    ("role", "more"),
    [
        ("anonymous", set()),
        ("player", set()),
        ("organizer", set()),
        ("admin", {"fetch_error", "next_attempt_at"}),
    ],
)
def test_each_role_sees_its_own_keys_of_a_match(app: Flask, role: str, more: set[str]) -> None:
    add_league()
    add_match(5000, [1], state="failed", fetch_error="an unreadable answer")
    client = browser(app, role)
    alone = client.get("/api/matches/5000").json
    listed = client.get("/api/matches/").json["matches"]
    found = client.post("/api/steam/find-by-players/", json={"steam_ids": [steam_id(1)]}).json[
        "matches"
    ]
    assert set(alone) == PUBLIC_KEYS | more
    assert [alone] == listed == found
    assert set(alone["players"][0]) == PLAYER_KEYS


def test_values_are_written_as_the_contract_says(app: Flask, client: FlaskClient) -> None:
    add_league()
    match_id = 8_123_456_789
    add_match(match_id, [1, None], duration=2400, radiant_win=False, radiant_team_id=15)
    told = client.get(f"/api/matches/{match_id}").json
    assert told["match_id"] == match_id
    assert told["start_time"] == (START + timedelta(minutes=789)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (told["duration"], told["radiant_win"], told["radiant_team_id"]) == (2400, False, 15)
    known, anonymous = told["players"]
    assert known["steam_id"] == str(steam_id(1))
    assert known["account_id"] == steam_id(1) - 76561197960265728
    assert known["items"] == [36, 0, None, None, None, None]
    assert (anonymous["steam_id"], anonymous["account_id"], anonymous["user_id"]) == (None,) * 3


def test_both_addresses_show_the_same_match(app: Flask, client: FlaskClient) -> None:
    add_league()
    add_match(5000, [1, 2], state="stub")
    here, there = client.get("/api/matches/5000"), client.get("/api/steam/match/5000/")
    assert here.status_code == there.status_code == 200
    assert here.json == there.json
    assert here.json["players"][0]["kills"] is None


@on_sqlite
@pytest.mark.parametrize("address", ["/api/matches/7", "/api/steam/match/7/"])
def test_an_unknown_match_is_named(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer.json["error"]["code"] == "not_found"
    assert "7" in answer.json["error"]["message"]


def test_pages_bring_every_match_once_newest_first(app: Flask, client: FlaskClient) -> None:
    add_league()
    for match_id in (1009, 1001, 1005, 1003, 1007):
        add_match(match_id)
    seen, after, pages = [], "", 0
    while after is not None:
        answer = client.get(f"/api/matches/?limit=2&after={after}").json
        seen += [match["match_id"] for match in answer["matches"]]
        after, pages = answer["next"], pages + 1
    assert seen == [1009, 1007, 1005, 1003, 1001]
    assert pages == 3


@on_sqlite
def test_a_full_last_page_has_no_next(app: Flask, client: FlaskClient) -> None:
    add_league()
    add_match(1001)
    add_match(1002)
    assert client.get("/api/matches/?limit=2").json["next"] is None


@on_sqlite
def test_a_match_that_comes_later_moves_no_page(app: Flask, client: FlaskClient) -> None:
    add_league()
    for match_id in (1001, 1002, 1003):
        add_match(match_id)
    first = client.get("/api/matches/?limit=2").json
    add_match(1004)
    second = client.get(f"/api/matches/?limit=2&after={first['next']}").json
    assert [match["match_id"] for match in second["matches"]] == [1001]


def test_the_list_is_of_one_league_and_state_where_asked(app: Flask, client: FlaskClient) -> None:
    add_league()
    add_league(2)
    add_match(1001, state="failed")
    add_match(1002)
    add_match(1003, league_id=2, state="failed")
    listed = {
        query: [match["match_id"] for match in client.get(f"/api/matches/?{query}").json["matches"]]
        for query in ("", f"league_id={LEAGUE}", "state=failed", "league_id=2&state=detailed")
    }
    assert listed == {
        "": [1003, 1002, 1001],
        f"league_id={LEAGUE}": [1002, 1001],
        "state=failed": [1003, 1001],
        "league_id=2&state=detailed": [],
    }


@on_sqlite
def test_fifty_matches_are_a_page_where_nothing_is_said(app: Flask, client: FlaskClient) -> None:
    add_league()
    for match_id in range(1001, 1053):
        add_match(match_id)
    assert len(client.get("/api/matches/").json["matches"]) == 50
    assert len(client.get("/api/matches/?limit=&after=&state=").json["matches"]) == 50


def test_a_list_of_a_hundred_matches_costs_few_statements(app: Flask) -> None:
    add_league()
    for match_id in range(1001, 1102):
        add_match(match_id, range(10))
    who = bearer(add_person("admin"))
    with statements() as asked:
        answer = app.test_client().get("/api/matches/?limit=100", headers=who)
    assert len(answer.json["matches"]) == 100
    assert len(answer.json["matches"][0]["players"]) == 10
    reads = [one for one in asked if one.lstrip().upper().startswith("SELECT")]
    assert len(reads) <= 6, reads


@on_sqlite
def test_the_moment_of_the_next_try_is_utc(app: Flask) -> None:
    add_league()
    add_match(1001, state="stub", next_attempt_at=START)
    told = browser(app, "admin").get("/api/matches/1001").json
    assert told["next_attempt_at"] == "2026-03-01T18:00:00Z"
