"""The stand-in for OpenDota: ids past history's reach, bodies with nulls, its own refusals."""

from __future__ import annotations

from collections.abc import Callable

from tests.sandbox.conftest import LONG, SHORT, Asker
from webapp.sandbox.spec import LeagueSpec, WorldSpec


def test_match_ids_hold_hidden_ones_and_those_past_reach(ask: Asker) -> None:
    truth = ask.sandbox.world.truth(LONG)
    ids = ask.get(f"/opendota/leagues/{LONG}/matchIds").json()
    assert set(ids) == {one for one, told in truth.items() if not told["withheld"]}
    assert len(truth) == 620
    assert {one for one, told in truth.items() if told["hidden"]} <= set(ids)


def test_ids_can_come_as_strings(opened: Callable[[WorldSpec], Asker]) -> None:
    ask = opened(WorldSpec(leagues=(LeagueSpec(SHORT, "Cup", 2),), opendota_string_ids=True))
    ids = ask.get(f"/opendota/leagues/{SHORT}/matchIds").json()
    assert [int(one) for one in ids] == list(ask.sandbox.world.truth(SHORT))
    assert {type(one) for one in ids} == {str}


def test_an_amateur_league_has_no_matches_and_an_unknown_one_no_body(ask: Asker) -> None:
    assert ask.get(f"/opendota/leagues/{LONG}/matches").json() == []
    unknown = ask.get("/opendota/leagues/5/matchIds")
    assert (unknown.status_code, unknown.content) == (200, b"")
    assert ask.get(f"/opendota/leagues/{LONG}").json()["name"] == "Long League"


def test_a_body_agrees_with_steams_and_anonymous_players_are_null(ask: Asker) -> None:
    truth = ask.sandbox.world.truth(LONG).values()
    told = next(
        one
        for one in truth
        if not (one["fails"] or one["odd"] or one["withheld"])
        and any(line["account_id"] is None for line in one["players"])
    )
    body = ask.get(f"/opendota/matches/{told['match_id']}").json()
    assert [line["account_id"] for line in body["players"]] == [
        line["account_id"] for line in told["players"]
    ]
    assert [line["kills"] for line in body["players"]] == [
        line["kills"] for line in told["players"]
    ]
    assert body["od_data"]["has_parsed"] is False
    assert body["series_id"] == told["series_id"]
    (steam,) = ask.sequence(told["match_seq_num"])
    assert body["picks_bans"] == steam["picks_bans"]


def test_withheld_and_unknown_matches_are_404_in_json(ask: Asker) -> None:
    withheld = next(one for one in ask.sandbox.world.truth(LONG).values() if one["withheld"])
    for match_id in (withheld["match_id"], 12):
        answer = ask.get(f"/opendota/matches/{match_id}")
        assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


def test_the_allowance_is_told_in_headers_and_ends_in_429(
    opened: Callable[[WorldSpec], Asker],
) -> None:
    ask = opened(WorldSpec(leagues=(LeagueSpec(SHORT, "Cup", 2),), opendota_minute=2))
    answers = [ask.get(f"/opendota/leagues/{SHORT}") for _ in range(8)]
    # A minute may turn meanwhile: then five calls at least are in one of the two.
    assert answers[0].headers["X-Rate-Limit-Remaining-Minute"] == "1"
    refused = [one for one in answers if one.status_code == 429]
    assert len(refused) >= 4
    assert refused[0].json() == {"error": "minute rate limit exceeded"}
    assert refused[0].headers["X-Rate-Limit-Remaining-Minute"] == "0"
