"""Find pages: matches by players or by Steam team, and who plays now."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.rows import BASE, add_league, add_match, statements, steam_id
from tests.browsers import add_person, browser
from tests.matches.page import look
from webapp.accounts import steam_accounts
from webapp.accounts.models import SteamProfile
from webapp.bracket import live_asking
from webapp.bracket.live_asking import Told
from webapp.core.db import db
from webapp.matches.find_who import words_of
from webapp.matches.models import SteamTeam

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def found(app: Flask) -> None:
    """Three matches: of 1 and 2 together, of 1 alone, and of 3 alone for a Steam team."""
    add_league()
    add_match(1001, [1, None, None, None, None, 2])
    add_match(1002, [1], state="stub")
    add_match(1003, [3], radiant_team_id=77, radiant_name="Kelp Foxes")
    names = {1: "Zebra", 2: "Zebra Crossing", 3: "Otter"}
    for number, name in names.items():
        db.session.add(SteamProfile(steam_id=steam_id(number), persona=name))
    db.session.add(SteamTeam(id=77, name="Kelp Foxes", seen_in=1003))
    db.session.add(SteamTeam(id=78, name="Kelp Hounds", seen_in=1003))
    db.session.commit()


def test_what_is_written_is_taken_apart(database: str) -> None:
    assert words_of(" Zebra ,  Otter  Two;7\r\nZebra\n,") == ["Zebra", "Otter Two", "7"]


@pytest.mark.parametrize(
    ("players", "how", "matches"),
    [
        ("Zebra, Zebra Crossing", "all", [1001]),
        ("zebra", "all", [1002, 1001]),
        ("Zebra, otter", "any", [1003, 1002, 1001]),
        ("Zebra, otter", "all", []),
        (f"{steam_id(3)}", "all", [1003]),
        (f"{steam_id(3) - BASE}", "all", [1003]),
        (f"https://steamcommunity.com/profiles/{steam_id(2)}/", "all", [1001]),
    ],
)
def test_matches_of_players(
    client: FlaskClient, found: None, players: str, how: str, matches: list[int]
) -> None:
    answer = client.get("/find", query_string={"players": players, "how": how})
    assert answer.status_code == 200
    shown = look(client, answer.request.full_path)
    assert shown.match_ids == matches
    if not matches:
        assert "never seen in one match" in shown.text


def test_people_are_found_by_their_own_name_too(client: FlaskClient, found: None) -> None:
    steam_accounts.give_steam_account(add_person("player", "Ilse the Owner"), steam_id(3))
    db.session.commit()
    assert look(client, "/find?players=ilse").match_ids == [1003]


def test_a_name_of_several_asks_which_one(client: FlaskClient, found: None) -> None:
    seen = look(client, "/find?players=zeb,Otter")
    assert "Which zeb?" in seen.text
    assert seen.match_ids == []
    assert f"/find?players={steam_id(2)}%2C+Otter" in seen.links


def test_nobody_of_that_name_is_said(client: FlaskClient, found: None) -> None:
    assert "Nobody is called Walrus" in look(client, "/find?players=Walrus,Otter").text
    assert "No team is called Walrus" in look(client, "/find?team=Walrus").text
    too_many = ",".join(f"p{number}" for number in range(11))
    assert "at most 10 players" in look(client, f"/find?players={too_many}", 400).text
    assert "Whose matches?" in look(client, "/find").text


def test_matches_of_a_steam_team(client: FlaskClient, found: None) -> None:
    for team in ("77", "kelp foxes", "Foxes"):
        assert look(client, f"/find?team={team}").match_ids == [1003]
    assert "/find?team=78" in look(client, "/find?team=kelp").links
    assert "No stored match lists" in look(client, "/find?team=999").text


def test_pages_follow_each_other(client: FlaskClient, found: None) -> None:
    for number in range(2000, 2030):
        add_match(number, [3])
    first = look(client, "/find?players=Otter")
    assert len(first.match_ids) == 25
    second = look(client, first.link("next"))
    assert second.match_ids == [2004, 2003, 2002, 2001, 2000, 1003]
    assert client.get("/find?players=Otter&after=nonsense").status_code == 400


def test_a_find_costs_few_statements(app: Flask, found: None) -> None:
    admin = browser(app, "admin")
    with statements() as asked:
        look(admin, "/find?players=Zebra,Otter&how=any")
    assert len(asked) <= 12


def test_finds_are_limited_by_address(client: FlaskClient, found: None) -> None:
    answers = [client.get("/find?players=Otter").status_code for _ in range(31)]
    assert answers.count(200) == 30
    assert client.get("/find").status_code == 200


def test_who_plays_now(client: FlaskClient, found: None, monkeypatch: pytest.MonkeyPatch) -> None:
    player = {"steam_id": str(steam_id(3)), "net_worth": 100, "hero_id": 1}
    side = {"name": "Kelp Foxes", "score": 3, "picks": [], "bans": [], "players": [player]}
    game = {"match_id": 9, "radiant": side, "dire": side | {"players": []}, "duration": 125}
    body = {"games": [game | {"game": None}], "fetched_at": "2026-11-21T20:00:00Z"}
    monkeypatch.setattr(live_asking, "of_leagues", lambda ids: [Told(one, body) for one in ids])
    assert "2:05" in look(client, "/find?players=Otter&now=1").text
    assert "None of them plays right now" in look(client, "/find?players=Zebra&now=1").text


def test_scripts_find_by_team(client: FlaskClient, found: None) -> None:
    address = "/api/steam/find-by-team/?steam_team_id="
    told = client.get(f"{address}77").json
    assert [one["match_id"] for one in told["matches"]] == [1003]
    assert told["next"] is None
    assert client.get(f"{address}77&league_id=5").json["matches"] == []
    assert client.get(f"{address}foxes").status_code == 400
    assert client.get("/api/steam/find-by-team/").status_code == 400
