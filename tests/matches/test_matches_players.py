"""A player's history and totals, my own, and finding somebody."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.rows import statements
from tests.browsers import add_person, sign_in
from tests.factories.matches import (
    Stored,
    fail,
    make_world,
    set_state,
    store_league,
    withhold,
)
from tests.matches.page import look
from webapp.accounts import steam_accounts
from webapp.accounts.models import SteamProfile
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.matches import history
from webapp.matches.models import Match, PlayerMatchStats
from webapp.sandbox.people import STEAM_BASE

sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def played_by(stored: Stored, account: int) -> list[int]:
    return [m.match_id for m in stored.played if account in [m.account(slot) for slot in m.slots]]


def regular(stored: Stored) -> int:
    """An account that plays in several of the matches."""
    accounts = {account for m in stored.played for account in m.lineup}
    return max(accounts, key=lambda one: (len(played_by(stored, one)), one))


def test_totals_equal_a_recount(client: FlaskClient, stored: Stored) -> None:
    account = regular(stored)
    ids = played_by(stored, account)
    fail(ids[0])
    truth = stored.world.truth(stored.league_id)
    own = [
        (truth[i]["radiant_win"] is (line["player_slot"] < 128), line)
        for i in ids[1:]
        for line in truth[i]["players"]
        if line["account_id"] == account
    ]
    totals = history.totals_of([account + STEAM_BASE])
    assert (totals.listed, totals.decided) == (len(ids), len(ids) - 1)
    assert totals.won == sum(won for won, _ in own)
    assert totals.lost == len(own) - totals.won
    assert totals.kills == pytest.approx(sum(line["kills"] for _, line in own) / len(own))
    heroes = history.favourite_heroes([account + STEAM_BASE])
    counted = {one.hero_id: (one.played, one.won) for one in heroes}
    for hero_id, (number, won) in counted.items():
        mine = [w for w, line in own if line["hero_id"] == hero_id]
        assert (number, won) == (len(mine), sum(mine))
    seen = look(client, f"/players/{account + STEAM_BASE}")
    assert seen.match_ids == ids


@sqlite
def test_a_match_entered_by_hand_counts_as_won_or_lost_and_gives_no_averages(
    app: Flask, stored: Stored
) -> None:
    account = regular(stored)
    ids = played_by(stored, account)
    for match_id in ids:
        withhold(match_id)
    match = db.session.get_one(Match, ids[0])
    match.state, match.source, match.radiant_win = "detailed", "manual", True
    db.session.query(PlayerMatchStats).update({"kills": None, "deaths": None, "assists": None})
    db.session.commit()
    totals = history.totals_of([account + STEAM_BASE])
    assert (totals.decided, totals.kills) == (1, None)


def test_pages_follow_each_other(
    client: FlaskClient, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PER_PAGE", 2)
    account = regular(stored)
    path, ids = f"/players/{account + STEAM_BASE}", played_by(stored, account)
    assert len(ids) >= 3
    first = look(client, path)
    second = look(client, first.link("next"))
    assert first.match_ids + second.match_ids == ids[:4]
    assert look(client, second.link("prev")).match_ids == first.match_ids
    assert client.get(f"{path}?after=zzzz").status_code == 400


@sqlite
def test_two_thousand_matches_ask_little(client: FlaskClient, app: Flask) -> None:
    stored = store_league(make_world(2))
    steam_id = STEAM_BASE + 4242
    now = utcnow()
    common = {"league_id": stored.league_id, "source": "sequence", "created_at": now}
    matches = [
        {"id": n, "state": "detailed", "radiant_win": n % 3 == 0, "start_time": now, **common}
        for n in range(1, 2001)
    ]
    lines = [
        {
            "match_id": n,
            "player_slot": 0,
            "steam_id": steam_id,
            "account_id": 4242,
            "hero_id": n % 20 + 1,
            "kills": 1,
            "deaths": 1,
            "assists": 1,
        }
        for n in range(1, 2001)
    ]
    db.session.execute(Match.__table__.insert(), matches)
    db.session.execute(PlayerMatchStats.__table__.insert(), lines)
    db.session.commit()
    with statements() as asked:
        seen = look(client, f"/players/{steam_id}")
    assert len(asked) <= 12, asked
    assert len(seen.match_ids) == 50
    assert "666" in seen.text
    assert "33 %" in seen.text


@sqlite
def test_ids_and_addresses_lead_to_the_player(client: FlaskClient, stored: Stored) -> None:
    account = regular(stored)
    at = f"/players/{account + STEAM_BASE}"
    for text in (
        str(account),
        str(account + STEAM_BASE),
        f"https://steamcommunity.com/profiles/{account + STEAM_BASE}",
        f"[U:1:{account}]",
    ):
        answer = client.get("/players/", query_string={"q": text})
        assert (answer.status_code, answer.headers["Location"]) == (302, at)
    assert client.get(f"/players/{account}").headers["Location"] == at
    for nobody in (4294967295, 76561197960265728, 0, 2**62):
        assert client.get(f"/players/{nobody}").status_code == 404


@sqlite
def test_players_are_found_by_persona_and_by_person(client: FlaskClient, stored: Stored) -> None:
    account = regular(stored)
    steam_id = account + STEAM_BASE
    db.session.merge(SteamProfile(steam_id=steam_id, persona="Zebra Crossing"))
    db.session.merge(SteamProfile(steam_id=STEAM_BASE + 5, persona="Zebra without a match"))
    steam_accounts.give_steam_account(add_person("player", "Ilse the Owner"), steam_id)
    db.session.commit()
    seen = look(client, "/players/?q=zebra")
    found = [link for link in seen.links if link.startswith("/players/7")]
    assert found == [f"/players/{steam_id}", f"/players/{STEAM_BASE + 5}"]
    assert f"/players/{steam_id}" in look(client, "/players/?q=the own").links
    assert "Nobody is called that" in look(client, "/players/?q=nobody%25").text
    assert "friend id" in look(client, "/players/").text
    assert client.get("/players/?q=" + "x" * 101).status_code == 400
    with statements() as asked:
        look(client, "/players/?q=a")
    assert len(asked) <= 12


@sqlite
def test_my_matches_are_those_of_all_my_accounts(
    app: Flask, client: FlaskClient, stored: Stored
) -> None:
    assert client.get("/me/matches").status_code == 303
    me = add_person("player", "Twofold")
    browser = sign_in(app, me)
    assert "No Steam account is yours yet" in look(browser, "/me/matches").text
    first, second = stored.played[0].lineup[0], stored.played[0].lineup[7]
    for account in (first, second):
        steam_accounts.give_steam_account(me, account + STEAM_BASE)
    db.session.commit()
    mine = sorted({*played_by(stored, first), *played_by(stored, second)}, reverse=True)
    for path in ("/me/matches", "/players/me"):
        with statements() as asked:
            assert look(browser, path).match_ids == mine
        assert len(asked) <= 12


@sqlite
def test_two_of_my_accounts_in_one_match_are_two_rows_across_pages(
    app: Flask, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PER_PAGE", 1)
    both = [one + STEAM_BASE for one in stored.played[0].lineup[:2]]
    ids = sorted({i for one in both for i in played_by(stored, one - STEAM_BASE)}, reverse=True)
    rows, after = [], ""
    while True:
        page = history.history_page(both, after=after)
        rows += [(row.match.id, row.line.player_slot) for row in page.rows]
        if page.older is None:
            break
        after = page.older
    assert len(rows) == len(set(rows))
    assert {match_id for match_id, _ in rows} == set(ids)
    assert len([row for row in rows if row[0] == stored.ids[0]]) == 2


@sqlite
def test_an_account_nobody_saw_says_why(client: FlaskClient, stored: Stored) -> None:
    text = look(client, f"/players/{STEAM_BASE + 3}").text
    assert "Expose public match data" in text


@sqlite
def test_a_stub_in_a_history_has_no_figures_yet(client: FlaskClient, app: Flask) -> None:
    stored = store_league(make_world(3), details=False)
    account = next(one for one in stored.played[0].lineup if one not in stored.played[0].anonymous)
    set_state(stored.ids[0], "stub")
    text = look(client, f"/players/{account + STEAM_BASE}").text
    assert "no data available yet" in text
    assert "0 with a result" in text
