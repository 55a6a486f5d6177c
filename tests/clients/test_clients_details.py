from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.clients.answers import line, lines, match
from webapp.clients.fields import Unreadable
from webapp.clients.match_details import read_details

STEAM_PLAYER = line(
    0,
    team_number=0,
    team_slot=0,
    hero_variant=2,
    item_0=63,
    item_5=11,
    backpack_0=34,
    backpack_2=0,
    item_neutral=71,
    item_neutral2=1584,
    kills=9,
    deaths=3,
    assists=15,
    leaver_status=0,
    last_hits=291,
    denies=5,
    gold_per_min=728,
    xp_per_min=840,
    level=20,
    net_worth=19278,
    aghanims_scepter=0,
    aghanims_shard=1,
    moonshard=0,
    hero_damage=17701,
    tower_damage=6192,
    hero_healing=12,
    gold=1723,
    gold_spent=18465,
    scaled_hero_damage=11589,
    scaled_tower_damage=3075,
    scaled_hero_healing=1,
    ability_upgrades=[{"ability": 5615, "time": 299, "level": 1}],
)
STEAM_MATCH = match(
    players=[STEAM_PLAYER, *lines()[1:]],
    pre_game_duration=90,
    tower_status_radiant=1972,
    tower_status_dire=1590,
    barracks_status_radiant=63,
    barracks_status_dire=15,
    cluster=271,
    first_blood_time=214,
    human_players=10,
    flags=5,
    engine=1,
    radiant_score=30,
    dire_score=17,
    radiant_team_id=236,
    radiant_name="Reds",
    radiant_logo=2041868205277029400,
    radiant_team_complete=1,
    dire_team_id=375,
    dire_name="Blues",
    dire_logo=0,
    dire_team_complete=0,
    radiant_captain=1000,
    dire_captain=1128,
    picks_bans=[{"is_pick": False, "hero_id": 21, "team": 1, "order": 0}],
)


def test_every_field_of_a_steam_match_is_read() -> None:
    details = read_details(STEAM_MATCH)
    for name, value in STEAM_MATCH.items():
        if name not in {"players", "leagueid", "start_time", "picks_bans"} | set(REREAD):
            assert getattr(details, name) == value, name
    for name, wanted in REREAD.items():
        assert getattr(details, name) == wanted
    assert details.league_id == 18204
    assert details.start_time == datetime.fromtimestamp(1_760_000_000, UTC)
    assert details.picks_bans == (STEAM_MATCH["picks_bans"][0],)
    assert len(details.players) == 10


REREAD = {
    "radiant_logo": "2041868205277029400",
    "dire_logo": None,
    "radiant_team_complete": True,
    "dire_team_complete": False,
}


def test_every_field_of_a_player_is_read() -> None:
    player = read_details(STEAM_MATCH).players[0]
    for name, value in STEAM_PLAYER.items():
        if name != "ability_upgrades":
            assert getattr(player, name) == value, name
    assert player.ability_upgrades == ({"ability": 5615, "time": 299, "level": 1},)
    assert player.steam_id == 76561197960266728


def test_opendota_s_own_fields_are_read() -> None:
    one = line(0, ability_upgrades_arr=[6495, 6583], personaname="Ann\0a", name=None)
    details = read_details(
        match(
            players=[one, *lines()[1:]],
            series_id=929,
            series_type=3,
            patch=56,
            region=2,
            radiant_team={"team_id": 5, "name": "Reds"},
            picks_bans=None,
        )
    )
    assert (details.series_id, details.series_type) == (929, 3)
    assert (details.patch, details.region) == (56, 2)
    assert details.radiant_name == "Reds"
    assert details.picks_bans == ()
    assert details.players[0].personaname == "Anna"
    assert details.players[0].ability_upgrades == (
        {"ability": 6495, "time": None, "level": 1},
        {"ability": 6583, "time": None, "level": 2},
    )


@pytest.mark.parametrize("account", [4_294_967_295, None, 0, -1, 2**40])
def test_an_anonymous_player_has_no_account(account: int | None) -> None:
    players = [line(slot, account_id=account) for slot in (0, 128)]
    details = read_details(match(players=players))
    assert [one.account_id for one in details.players] == [None, None]
    assert details.players[0].steam_id is None


def test_an_anonymous_player_may_stand_without_the_field() -> None:
    assert read_details(match(players=[{"player_slot": 0}])).players[0].account_id is None


def test_players_come_by_slot_and_spectators_are_left_out() -> None:
    players = [line(132), line(5), line(133), line(0), line(255), line(5)]
    details = read_details(match(players=players))
    assert [one.player_slot for one in details.players] == [0, 132]


def test_a_match_of_an_older_era_lacks_most_figures() -> None:
    details = read_details({"match_id": 496, "players": [{"player_slot": 0}], "start_time": 0})
    assert details.start_time is None
    assert details.radiant_win is None
    assert details.players[0].net_worth is None


def test_no_duration_and_no_score_are_figures_too() -> None:
    details = read_details(match(duration=0, radiant_score=0, dire_score=0))
    assert (details.duration, details.radiant_score, details.dire_score) == (0, 0, 0)


def test_names_are_kept_as_any_database_takes_them() -> None:
    names = {"radiant_name": "\ud800é🏆<b>", "dire_name": "x" * 10_000}
    details = read_details(match(**names))
    assert details.radiant_name == "?é🏆<b>"
    assert details.dire_name == "x" * 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (match(players=[]), "the answer has no players"),
        (match(players=[line(5), line(6)]), "the answer has no players"),
        (match(players=None), "players is not a list"),
        (match(players={"0": line(0)}), "players is not a list"),
        (match(players=["x"]), "a player is not an object"),
        (match(players=[line(0), line(0)]), "two players share a slot"),
        (match(players=[line(-1)]), "a player has no slot"),
        (match(players=[{"account_id": 5}]), "a player has no slot"),
        (match(players=[line(0, kills="many")]), "kills is not a whole number"),
        (match(players=[line(0, kills=1.5)]), "kills is not a whole number"),
        (match(players=[line(0, kills=float("inf"))]), "kills is not a whole number"),
        (match(players=[line(0, gold=2**63)]), "gold is out of range"),
        (match(players=[line(0, ability_upgrades=[1])]), "an ability upgrade is not an object"),
        (match(match_id=None), "the answer has no match_id"),
        (match(match_id=0), "the answer has no match_id"),
        (match(match_id="x"), "match_id is not a whole number"),
        (match(duration=-(2**63) - 1), "duration is out of range"),
        (match(start_time=2**62), "a time is out of range"),
        (match(start_time=-5), "a time is before 1970"),
        (match(radiant_win="yes"), "radiant_win is neither true nor false"),
        ({}, "the answer has no match_id"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(Unreadable, match=f"^{words}$"):
        read_details(fields)


def test_numbers_may_come_as_digits() -> None:
    details = read_details(match(match_id="8000000001", duration="1800", players=[line(0)]))
    assert (details.match_id, details.duration) == (8_000_000_001, 1800)
