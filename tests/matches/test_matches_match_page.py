"""The page of one match, with details and without."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.api.rows import statements
from tests.browsers import add_person
from tests.factories.matches import (
    Stored,
    fail,
    make_world,
    reload,
    set_state,
    silence,
    store_league,
    withhold,
)
from tests.matches.page import look, post
from webapp.accounts import steam_accounts
from webapp.core.db import db
from webapp.core.figures import k
from webapp.core.time import utcnow
from webapp.matches import dota
from webapp.matches.models import Match, PlayerMatchStats
from webapp.matches.one_match import one_match
from webapp.sandbox.people import STEAM_BASE

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_everything_of_the_match_stands_there(client: FlaskClient, stored: Stored) -> None:
    match_id = stored.ids[0]
    played = stored.played[0]
    match = reload(match_id)
    seen = look(client, f"/matches/{match_id}")
    for words in (
        f"{played.radiant.name} vs {played.dire.name}",
        "won the game",
        "Filled by OpenDota",
        str(match.match_seq_num),
        "Banned",
        "Captains mode",
        k(match.lines[0].net_worth),
    ):
        assert words in seen.text
    assert f"https://www.opendota.com/matches/{match_id}" in seen.links
    assert f"https://www.dotabuff.com/matches/{match_id}" in seen.links
    assert f"https://stratz.com/matches/{match_id}" in seen.links


def test_the_draft_keeps_its_order_and_numbers(stored: Stored) -> None:
    match = reload(stored.ids[0])
    found = one_match(match)
    for team, key in enumerate(("radiant", "dire")):
        own = [row for row in match.picks_bans or [] if row["team"] == team]
        picks = [(row["hero_id"], row["order"] + 1) for row in own if row["is_pick"]]
        assert list(found.sides[key].picks) == picks
        assert len(picks) == 5
        assert list(found.sides[key].bans) == [r["hero_id"] for r in own if not r["is_pick"]]


def test_without_a_draft_the_played_heroes_stand_without_numbers(stored: Stored) -> None:
    match = reload(stored.ids[0])
    match.picks_bans = None
    db.session.commit()
    side = one_match(match).sides["radiant"]
    assert [hero for hero, _ in side.picks] == list(stored.played[0].heroes[:5])
    assert {order for _, order in side.picks} == {None}


def test_sums_are_those_of_the_lines(stored: Stored) -> None:
    found = one_match(reload(stored.ids[0]))
    for side in found.sides.values():
        assert side.together["net_worth"] == sum(line.net_worth or 0 for line in side.lines)
        assert side.together["kills"] == sum(line.kills or 0 for line in side.lines) == side.score
    assert found.richest == max(
        line.net_worth or 0 for side in found.sides.values() for line in side.lines
    )


def test_players_are_called_by_person_then_persona_then_account(
    client: FlaskClient, stored: Stored
) -> None:
    first, second, third, fourth = reload(stored.ids[0]).lines[:4]
    assert first.steam_id
    assert second.steam_id
    steam_accounts.give_steam_account(add_person("player", "Owner of it"), first.steam_id)
    persona = stored.world.names[second.steam_id - STEAM_BASE]
    third.steam_id, third.account_id = STEAM_BASE + 77, 77
    fourth.steam_id = fourth.account_id = None
    db.session.commit()
    text = look(client, f"/matches/{stored.ids[0]}").text
    for words in ("Owner of it", " ".join(persona.split()), " 77 ", "Anonymous"):
        assert words in text


def test_games_of_the_series_lead_to_each_other(client: FlaskClient) -> None:
    stored = store_league(make_world(30))
    by_series: dict[int, list[int]] = {}
    for match in stored.played:
        by_series.setdefault(match.series_id, []).insert(0, match.match_id)
    games = next(ids for ids in by_series.values() if len(ids) > 1)
    seen = look(client, f"/matches/{games[1]}")
    assert f"/matches/{games[0]}" in seen.links
    assert f"/matches/{games[1]}" not in seen.links
    assert "game 2" in seen.text


def test_a_match_of_another_league_with_the_same_series_is_no_mate(stored: Stored) -> None:
    other = store_league(make_world(2, 18204, "Copper Coast Cup"))
    match = db.session.get_one(Match, stored.ids[0])
    for match_id in other.ids:
        db.session.get_one(Match, match_id).series_id = match.series_id
    db.session.commit()
    assert not set(other.ids) & {game.match.id for game in one_match(match).games}


def test_a_stub_shows_who_was_listed_and_when_it_is_asked_for(client: FlaskClient) -> None:
    stored = store_league(make_world(3), details=False)
    text = look(client, f"/matches/{stored.ids[0]}").text
    hero = dota.hero_of(stored.played[0].heroes[0]).name
    for words in ("No data available yet", "Players as listed", hero, "0 of 3", "not yet"):
        assert words in text
    assert "now, in the league\u2019s next run" in text


def test_why_is_public_and_the_answers_are_the_admins(
    client: FlaskClient, player: FlaskClient, admin: FlaskClient, stored: Stored
) -> None:
    match_id = fail(stored.ids[0]).id
    for browser in (client, player, admin):
        text = look(browser, f"/matches/{match_id}").text
        assert "It came, but could not be read" in text
        assert ("the answer has no players" in text) is (browser is admin)
        assert ("Enter by hand" in text) is (browser is admin)
        assert ("Retry" in text) is (browser is admin)
        assert ("Raw answer" in text) is (browser is admin)


def test_every_reason_is_told(client: FlaskClient, stored: Stored) -> None:
    silence(stored.ids[0])
    withhold(stored.ids[1])
    withhold(stored.ids[2], refused=["sequence"], played_ago=timedelta(days=30))
    texts = [look(client, f"/matches/{match_id}").text for match_id in stored.ids[:3]]
    assert "OpenDota answers others, but not this one" in texts[0]
    assert "8 silent rounds" in texts[0]
    assert "No source has it" in texts[1]
    assert "Steam will never give it" in texts[2]
    assert "by a person" in texts[2]


def test_a_match_that_is_no_longer_listed_says_so(client: FlaskClient, stored: Stored) -> None:
    db.session.get_one(Match, stored.ids[0]).unlisted_at = utcnow()
    db.session.commit()
    assert "Nothing was deleted" in look(client, f"/matches/{stored.ids[0]}").text


def test_a_match_of_which_only_the_id_is_known_has_a_page(
    client: FlaskClient, stored: Stored
) -> None:
    match = Match(
        id=77,
        league_id=stored.league_id,
        state="stub",
        created_at=utcnow(),
        next_attempt_at=utcnow(),
    )
    db.session.add(match)
    db.session.commit()
    text = look(client, "/matches/77").text
    assert "Radiant vs Dire" in text
    assert "Only the id of this match is known" in text


def test_odd_figures_do_no_harm(client: FlaskClient, stored: Stored) -> None:
    match = db.session.get_one(Match, stored.ids[0])
    match.duration = match.radiant_score = match.dire_score = 0
    match.picks_bans = [{"is_pick": None, "hero_id": None, "team": None, "order": None}]
    match.cluster, match.game_mode, match.lobby_type = 999_999, 99, 99
    db.session.execute(
        sa.update(PlayerMatchStats)
        .where(PlayerMatchStats.match_id == match.id)
        .values(net_worth=None, hero_id=9999, item_0=98765, leaver_status=3)
    )
    db.session.commit()
    text = look(client, f"/matches/{match.id}").text
    assert "Unknown hero 9999" in text


def test_an_unknown_match_is_not_found(client: FlaskClient, stored: Stored) -> None:
    assert client.get("/matches/5").status_code == 404
    assert client.get("/matches/99999999999999999999").status_code == 404


def test_the_page_asks_little(app: Flask, client: FlaskClient, admin: FlaskClient) -> None:
    stored = store_league(make_world(12))
    fail(stored.ids[0])
    set_state(stored.ids[1], "stub")
    withhold(stored.ids[2], refused=["sequence"])
    fail(stored.ids[3])
    post(admin, f"/matches/{stored.ids[3]}/by-hand", winner="dire")
    for match_id in stored.ids[:5]:
        for browser in (client, admin):
            with statements() as asked:
                assert browser.get(f"/matches/{match_id}").status_code == 200
            assert len(asked) <= 12, asked
