"""The stand-in for Steam answers in the recorded shapes and pages by the real rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import LONG, SHORT, Asker
from webapp.sandbox.match import ANONYMOUS

ROW = {
    *("series_id", "series_type", "match_id", "match_seq_num", "start_time", "lobby_type"),
    *("radiant_team_id", "dire_team_id", "players"),
}
ROW_PLAYER = {
    *("account_id", "player_slot", "team_number", "team_slot", "hero_id", "hero_variant"),
}
MATCH = {
    *("players", "radiant_win", "duration", "pre_game_duration", "start_time", "match_id"),
    *("match_seq_num", "tower_status_radiant", "tower_status_dire", "barracks_status_radiant"),
    *("barracks_status_dire", "cluster", "first_blood_time", "lobby_type", "human_players"),
    *("leagueid", "game_mode", "flags", "engine", "radiant_score", "dire_score"),
    *("radiant_team_id", "radiant_name", "radiant_logo", "radiant_team_complete"),
    *("dire_team_id", "dire_name", "dire_logo", "dire_team_complete"),
    *("radiant_captain", "dire_captain", "picks_bans"),
}
PLAYER = ROW_PLAYER | {
    *(f"item_{place}" for place in range(6)),
    *("backpack_0", "backpack_1", "backpack_2", "item_neutral", "item_neutral2"),
    *("kills", "deaths", "assists", "leaver_status", "last_hits", "denies", "gold_per_min"),
    *("xp_per_min", "level", "net_worth", "aghanims_scepter", "aghanims_shard", "moonshard"),
    *("hero_damage", "tower_damage", "hero_healing", "gold", "gold_spent"),
    *("scaled_hero_damage", "scaled_tower_damage", "scaled_hero_healing", "ability_upgrades"),
}


def plain(ask: Asker, league_id: int = SHORT) -> dict[str, Any]:
    """A match with nothing special about it."""
    truth = ask.sandbox.world.truth(league_id).values()
    return next(one for one in truth if not (one["odd"] or one["fails"] or one["withheld"]))


def walk(ask: Asker, league_id: int) -> list[dict[str, Any]]:
    """The pages from the newest match down to the end, by the id under the lowest seen."""
    pages = [ask.history(league_id=league_id)]
    while pages[-1]["results_remaining"]:
        lowest = min(row["match_id"] for row in pages[-1]["matches"])
        pages.append(ask.history(league_id=league_id, start_at_match_id=lowest - 1))
    return pages


def test_a_history_page_has_the_recorded_keys(ask: Asker) -> None:
    page = ask.history(league_id=SHORT)
    assert page.keys() == {
        *("status", "num_results", "total_results", "results_remaining", "matches")
    }
    assert (page["status"], page["num_results"], page["total_results"]) == (1, 0, 12)
    assert {frozenset(row) for row in page["matches"]} == {frozenset(ROW)}
    assert {frozenset(one) for row in page["matches"] for one in row["players"]} == {
        frozenset(ROW_PLAYER)
    }


def test_a_page_is_25_rows_unless_more_are_asked_and_never_over_100(ask: Asker) -> None:
    assert len(ask.steam("GetMatchHistory", league_id=LONG).json()["result"]["matches"]) <= 25
    reach = ask.sandbox.world.reachable(LONG)
    page = ask.history(league_id=LONG, matches_requested=500)
    assert len(page["matches"]) == sum(not one.hidden for one in reach[:100])


def test_the_start_id_is_inclusive_and_descending(ask: Asker) -> None:
    ids = [row["match_id"] for row in ask.history(league_id=SHORT)["matches"]]
    below = ask.history(league_id=SHORT, start_at_match_id=ids[4])["matches"]
    assert [row["match_id"] for row in below] == ids[4:] == sorted(ids[4:], reverse=True)


def test_a_walk_reaches_the_newest_500_but_for_hidden_ones(ask: Asker) -> None:
    pages = walk(ask, LONG)
    listed = {row["match_id"] for page in pages for row in page["matches"]}
    truth = ask.sandbox.world.truth(LONG)
    newest = sorted(truth, reverse=True)[:500]
    assert listed == {one for one in newest if not truth[one]["hidden"]}
    assert listed == {one for one, told in truth.items() if told["reachable"]}
    assert [page["results_remaining"] for page in pages] == [400, 300, 200, 100, 0]
    assert ask.sandbox.world.served[LONG] == listed


def test_pages_are_short_where_matches_are_hidden(ask: Asker) -> None:
    sizes = [len(page["matches"]) for page in walk(ask, LONG)]
    assert sum(sizes) == 496
    assert min(sizes) < 100


def test_a_match_body_has_the_recorded_keys(ask: Asker) -> None:
    told = plain(ask)
    (body,) = ask.sequence(told["match_seq_num"])
    assert body.keys() == MATCH
    assert {frozenset(one) for one in body["players"]} == {frozenset(PLAYER)}
    assert body["picks_bans"][0].keys() == {"is_pick", "hero_id", "team", "order"}
    assert body["match_id"] == told["match_id"]


def test_a_body_tells_what_the_truth_tells(ask: Asker) -> None:
    told = plain(ask)
    (body,) = ask.sequence(told["match_seq_num"])
    for name in ("radiant_win", "duration", "radiant_score", "dire_name", "radiant_logo"):
        assert body[name] == told[name]
    for line, truth in zip(body["players"], told["players"], strict=True):
        assert line["account_id"] == (truth["account_id"] or ANONYMOUS)
        assert [line[f"item_{place}"] for place in range(6)] == truth["items"]
        assert {name: line[name] for name in ("kills", "net_worth", "hero_id")}.items() <= (
            truth.items()
        )


def test_a_number_between_two_matches_gives_the_next_one_at_or_after_it(ask: Asker) -> None:
    told = plain(ask)
    (neighbour,) = ask.sequence(told["match_seq_num"] + 1)
    assert neighbour["match_seq_num"] > told["match_seq_num"]
    assert neighbour["match_id"] != told["match_id"]
    assert neighbour["leagueid"] not in (LONG, SHORT)


def test_several_are_given_ascending_with_ours_in_place(ask: Asker) -> None:
    told = plain(ask)
    seqs = [one["match_seq_num"] for one in ask.sequence(told["match_seq_num"] - 20, 10)]
    assert seqs == sorted(set(seqs))
    assert len(seqs) == 10
    assert told["match_seq_num"] in seqs


def test_a_withheld_match_is_listed_and_a_neighbour_answers_for_it(ask: Asker) -> None:
    told = next(one for one in ask.sandbox.world.truth(LONG).values() if one["withheld"])
    page = ask.history(league_id=LONG, start_at_match_id=told["match_id"])
    assert page["matches"][0]["match_id"] == told["match_id"]
    (other,) = ask.sequence(told["match_seq_num"])
    assert other["match_id"] != told["match_id"]


def test_beyond_the_newest_match_the_list_is_empty(ask: Asker) -> None:
    assert ask.sequence(9_999_999_999) == []


@pytest.mark.parametrize("times", [1, 3])
def test_some_matches_fail_at_first(ask: Asker, times: int) -> None:
    told = next(one for one in ask.sandbox.world.truth(LONG).values() if one["fails"] == times)
    params = {"start_at_match_seq_num": told["match_seq_num"], "matches_requested": 1}
    answers = [ask.steam("GetMatchHistoryBySequenceNum", **params).json() for _ in range(times + 1)]
    assert answers[:times] == [{}] * times
    assert answers[times]["result"]["matches"][0]["match_id"] == told["match_id"]


def test_details_answer_500_until_switched_on(ask: Asker) -> None:
    told = plain(ask)
    dead = ask.steam("GetMatchDetails", match_id=told["match_id"])
    assert (dead.status_code, dead.text) == (500, "{}")
    ask.control("world", do="details", on=True)
    body = ask.steam("GetMatchDetails", match_id=told["match_id"]).json()["result"]
    assert body["match_id"] == told["match_id"]
    missing = ask.steam("GetMatchDetails", match_id=12).json()
    assert missing == {"result": {"error": "Match ID not found"}}


def test_an_account_lists_its_matches_and_a_private_one_says_status_15(ask: Asker) -> None:
    told = plain(ask)
    account = next(one["account_id"] for one in told["players"] if one["account_id"])
    rows = ask.history(account_id=account)["matches"]
    assert told["match_id"] in {row["match_id"] for row in rows}
    assert all(account in {one["account_id"] for one in row["players"]} for row in rows)
    private = min(ask.sandbox.world.private_accounts)
    hidden = ask.history(account_id=private)
    assert (hidden["status"], "matches" in hidden) == (15, False)


def test_a_missing_key_and_a_wrong_one_are_refused_in_html(ask: Asker) -> None:
    path = "/steam/IDOTA2Match_570/GetMatchHistory/v1"
    without, wrong = ask.get(path), ask.get(path, key="x")
    assert (without.status_code, wrong.status_code) == (400, 403)
    assert "Parameter 'key' is missing" in without.text
    assert {one.headers["Content-Type"] for one in (without, wrong)} == {"text/html; charset=UTF-8"}


def test_live_games_list_spectators_and_have_a_scoreboard(ask: Asker) -> None:
    answer = ask.steam("GetLiveLeagueGames", league_id=LONG).json()["result"]
    assert answer["status"] == 200
    assert len(answer["games"]) == 2
    game = answer["games"][0]
    assert game.keys() == {
        *("players", "radiant_team", "dire_team", "lobby_id", "match_id", "spectators"),
        *("league_id", "stream_delay_s", "radiant_series_wins", "dire_series_wins"),
        *("series_type", "league_tier", "scoreboard"),
    }
    assert sum(one["team"] in (0, 1) for one in game["players"]) == 10
    side = game["scoreboard"]["radiant"]
    assert side["score"] == sum(one["kills"] for one in side["players"])
    assert ask.steam("GetLiveLeagueGames", league_id=SHORT).json()["result"]["games"] == []


def test_profiles_leave_unknown_ones_out(ask: Asker) -> None:
    told = plain(ask)
    wanted = [one["steam_id"] for one in told["players"] if one["steam_id"]]
    steamids = ",".join([*wanted, "76561197960265729"])
    players = ask.steam("GetPlayerSummaries", steamids=steamids).json()["response"]["players"]
    assert {one["steamid"] for one in players} == set(wanted)
    assert all(one["personaname"] and one["avatarfull"].startswith("https://") for one in players)


def test_a_vanity_name_is_resolved_or_not(ask: Asker) -> None:
    found = ask.steam("ResolveVanityURL", vanityurl="Copperfin").json()["response"]
    assert found == {"steamid": "76561199960265730", "success": 1}
    missing = ask.steam("ResolveVanityURL", vanityurl="nobody-here").json()["response"]
    assert missing == {"success": 42, "message": "No match"}


def test_league_names_need_no_key(ask: Asker) -> None:
    infos = ask.get("/webapi/IDOTA2League/GetLeagueInfoList/v001").json()["infos"]
    assert [(one["league_id"], one["name"]) for one in infos] == [
        (LONG, "Long League"),
        (SHORT, "Short Cup"),
    ]
