"""The lists of matches: filters, search, paging, and what a row says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.rows import statements
from tests.browsers import add_person
from tests.factories.matches import (
    LEAGUE,
    Stored,
    fail,
    make_world,
    set_state,
    silence,
    store_league,
    withhold,
)
from tests.matches.page import Seen, look
from webapp.accounts import steam_accounts
from webapp.accounts.models import SteamProfile
from webapp.core.db import db
from webapp.matches import browse, dota
from webapp.matches.models import Match, SteamTeam

LIST = f"/leagues/{LEAGUE}/matches"
sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def shown(client: FlaskClient, **query: object) -> list[int]:
    answer = client.get(LIST, query_string=query)
    assert answer.status_code == 200
    return Seen(answer.text).match_ids


@sqlite
def test_the_newest_match_stands_first(client: FlaskClient, stored: Stored) -> None:
    assert look(client, LIST).match_ids == stored.ids
    assert look(client, "/matches/").match_ids == stored.ids


@sqlite
def test_the_list_of_all_leagues_names_each_match_s_league(
    client: FlaskClient, stored: Stored
) -> None:
    other = store_league(make_world(3, 18204, "Copper Coast Cup"))
    seen = look(client, "/matches/")
    assert sorted(seen.match_ids) == sorted(stored.ids + other.ids)
    assert seen.text.count("Copper Coast Cup") == 3
    assert "Copper Coast Cup" not in look(client, LIST).text


@sqlite
def test_an_unknown_league_is_not_found(client: FlaskClient) -> None:
    assert client.get("/leagues/5/matches").status_code == 404


@sqlite
def test_a_league_without_matches_says_what_to_do(client: FlaskClient) -> None:
    store_league(make_world(0))
    assert "A sync brings its matches in" in look(client, LIST).text


def test_a_team_is_met_by_name_and_by_id(client: FlaskClient, stored: Stored) -> None:
    team = stored.played[0].radiant
    ids = [m.match_id for m in stored.played if team in (m.radiant, m.dire)]
    assert shown(client, team=team.name) == ids
    assert shown(client, team=team.name.upper() if team.name.isascii() else team.name) == ids
    assert shown(client, team=team.team_id) == ids
    assert len(ids) < len(stored.ids)


def test_a_percent_sign_is_no_wildcard(client: FlaskClient, stored: Stored) -> None:
    assert shown(client, team="%%%") == shown(client, q="___") == shown(client, player="%%%") == []


def test_a_player_is_met_by_persona_account_and_person(client: FlaskClient, stored: Stored) -> None:
    line = next(one for one in stored.played[0].lineup)
    steam_id = line + 76561197960265728
    ids = [m.match_id for m in stored.played if line in [m.account(slot) for slot in m.slots]]
    person = add_person("player", "Ilse of the North")
    steam_accounts.give_steam_account(person, steam_id)
    db.session.merge(SteamProfile(steam_id=steam_id, persona="Quite a Persona"))
    db.session.commit()
    written = ["quite a PERS", "of the nor", line, steam_id, f"[U:1:{line}]"]
    written.append(f"https://steamcommunity.com/profiles/{steam_id}/")
    assert ids
    for text in written:
        assert shown(client, player=text) == ids, text
        assert set(shown(client, q=text)) >= set(ids), text


def test_a_short_name_meets_the_beginning_of_a_word(client: FlaskClient, stored: Stored) -> None:
    db.session.merge(SteamTeam(id=stored.played[0].radiant.team_id, name="Zq Anglers", seen_in=1))
    db.session.commit()
    assert stored.ids[0] in shown(client, team="zq")
    assert stored.ids[0] in shown(client, team="an")
    assert shown(client, team="ng") == []


def test_a_hero_is_met_by_name_letters_and_number(client: FlaskClient, stored: Stored) -> None:
    hero = dota.hero_of(stored.played[3].heroes[0])
    ids = [m.match_id for m in stored.played if hero.id in m.heroes]
    for text in (hero.name, hero.name.upper(), hero.letters, hero.id):
        assert shown(client, hero=text) == ids


def test_a_state_is_met(client: FlaskClient, stored: Stored) -> None:
    fail(stored.ids[2])
    withhold(stored.ids[4])
    assert shown(client, state="failed") == [stored.ids[2]]
    assert shown(client, state="withheld") == [stored.ids[4]]
    assert len(shown(client, state="detailed")) == 10


def test_days_are_the_reader_s(client: FlaskClient, stored: Stored) -> None:
    match = db.session.get_one(Match, stored.ids[0])
    match.start_time = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)
    db.session.commit()
    day = {"from": "2026-11-16", "to": "2026-11-16"}
    client.set_cookie("tz", "Europe/Berlin")
    assert shown(client, **day) == [stored.ids[0]]
    client.set_cookie("tz", "UTC")
    assert shown(client, **day) == []
    assert shown(client, **{"from": "2026-11-15", "to": "2026-11-15"}) == [stored.ids[0]]


def test_a_match_id_is_searched_as_a_whole(client: FlaskClient, stored: Stored) -> None:
    assert shown(client, q=stored.ids[5]) == [stored.ids[5]]
    assert shown(client, q=str(stored.ids[5])[:-1]) == []


WRONG = (
    ("state=lost", "State", "one of stub"),
    ("from=15.11.2026", "From", "a day"),
    ("to=1026-01-01", "To", "a day"),
    ("from=2026-11-16&to=2026-11-15", "To", "before the first day"),
    ("hero=Nobody", "Hero", "no hero is called that"),
    ("player=" + "x" * 101, "Player", "at most 100"),
)


@sqlite
def test_what_cannot_be_meant_is_told_at_its_field(client: FlaskClient, stored: Stored) -> None:
    for query, field, why in WRONG:
        seen = look(client, f"{LIST}?{query}", 400)
        assert f"{field}: {why}" in seen.text
        assert seen.match_ids == []
        marked = [attrs["name"] for _, attrs in seen.tags if attrs.get("aria-invalid")]
        assert marked == [field.lower()]


@sqlite
def test_empty_fields_of_the_form_leave_the_address(client: FlaskClient, stored: Stored) -> None:
    answer = client.get(f"{LIST}?q=&state=&team=otters&hero=&from=&to=")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{LIST}?team=otters")
    assert client.get(f"{LIST}?q=").headers["Location"] == LIST


@sqlite
def test_each_filter_can_be_taken_off(client: FlaskClient, stored: Stored) -> None:
    seen = look(client, f"{LIST}?team=otters&state=detailed&from=2020-01-05")
    chips = [a["href"] for tag, a in seen.tags if tag == "a" and a.get("class") == "chip"]
    assert sorted(chips) == sorted(
        [
            f"{LIST}?state=detailed&from=2020-01-05",
            f"{LIST}?team=otters&from=2020-01-05",
            f"{LIST}?team=otters&state=detailed",
        ]
    )
    assert "Since 5 Jan 2020" in seen.text


@sqlite
def test_pages_follow_each_other_both_ways(
    client: FlaskClient, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "PER_PAGE", 5)
    first = look(client, LIST)
    second = look(client, first.link("next"))
    third = look(client, second.link("next"))
    assert first.match_ids + second.match_ids + third.match_ids == stored.ids
    assert look(client, third.link("prev")).match_ids == second.match_ids
    back = look(client, second.link("prev"))
    assert back.match_ids == first.match_ids
    with pytest.raises(StopIteration):
        third.link("next")
    with pytest.raises(StopIteration):
        back.link("prev")


@sqlite
def test_a_broken_page_link_is_refused(client: FlaskClient, stored: Stored) -> None:
    for cursor in ("nonsense", "a" * 5000, "%00", "aWQ6OTk5OTk5OTk5OTk5OTk5OTk5OTk5"):
        assert client.get(f"{LIST}?after={cursor}").status_code == 400
        assert client.get(f"{LIST}?before={cursor}").status_code == 400


@sqlite
def test_a_row_without_details_says_what_is_known_and_why(client: FlaskClient, app: Flask) -> None:
    stored = store_league(make_world(6), details=False)
    named = stored.played[0].radiant
    db.session.merge(SteamTeam(id=named.team_id, name=named.name, seen_in=1))
    db.session.commit()
    fail(stored.ids[1])
    silence(stored.ids[2])
    withhold(stored.ids[3])
    text = look(client, LIST).text
    assert named.name in text
    assert f"Team {stored.played[0].dire.team_id}" in text
    for words in (
        "No data available yet",
        "No data: unreadable three times",
        "No data: no answer in eight rounds",
        "No source will give it",
        dota.hero_of(stored.played[0].heroes[0]).name,
    ):
        assert words in text


@sqlite
def test_a_side_without_a_team_is_called_radiant_or_dire(
    client: FlaskClient, stored: Stored
) -> None:
    match = db.session.get_one(Match, stored.ids[0])
    match.radiant_team_id = match.radiant_name = match.dire_name = match.dire_team_id = None
    db.session.commit()
    row = look(client, f"{LIST}?q={match.id}").text
    assert "Radiant" in row.split("Match", 3)[-1]
    assert look(client, f"/matches/{match.id}").text.count("Radiant vs Dire") == 1


@sqlite
def test_a_long_list_is_counted_up_to_a_bound(
    client: FlaskClient, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "COUNTED_TO", 10)
    assert "Over 10 matches" in look(client, "/matches/").text
    assert "12 matches" in look(client, LIST).text


@sqlite
def test_a_page_of_fifty_asks_little(client: FlaskClient, admin: FlaskClient) -> None:
    stored = store_league(make_world(60))
    set_state(stored.ids[0], "stub")
    everything = f"{LIST}?q=an&team=o&player=e&hero=axe&from=2011-01-02&to=2099-01-01"
    for path in (LIST, "/matches/", everything, f"{LIST}?state=stub"):
        for browser in (client, admin):
            with statements() as asked:
                assert browser.get(path).status_code == 200
            assert len(asked) <= 12, (path, asked)


@sqlite
def test_names_from_outside_stand_as_text(client: FlaskClient, stored: Stored) -> None:
    evil = "<img src=x onerror=alert(1)>"
    match = db.session.get_one(Match, stored.ids[0])
    db.session.merge(SteamTeam(id=match.radiant_team_id or 1, name=evil, seen_in=2**60))
    match.radiant_name = evil
    for account in stored.world.names:
        db.session.merge(SteamProfile(steam_id=account + 76561197960265728, persona=evil))
    db.session.commit()
    steam_id = db.session.get_one(Match, match.id).lines[0].steam_id
    paths = [LIST, f"{LIST}?q={evil}&team={evil}", f"/matches/{match.id}", f"/players/?q={evil}"]
    paths += [f"/players/{steam_id}", f"/matches/{stored.ids[1]}"]
    for path in paths:
        seen = look(client, path)
        assert evil in seen.text
        assert not [a for tag, a in seen.tags if tag == "img" and a.get("src") == "x"]
        assert not [a for _, a in seen.tags if "onerror" in a]


@sqlite
def test_a_match_of_next_year_is_not_lost(client: FlaskClient, stored: Stored) -> None:
    match = db.session.get_one(Match, stored.ids[0])
    match.start_time = datetime.now(UTC) + timedelta(days=400)
    db.session.commit()
    assert look(client, LIST).match_ids == stored.ids
