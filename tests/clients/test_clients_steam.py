from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.clients.answers import line, listed, match, page, sequence
from tests.clients.conftest import CANARY
from tests.scripted import Service, reply
from webapp.clients.shapes import ListedPlayer
from webapp.clients.steam import SteamClient
from webapp.core.errors import AnswerClass, UpstreamError
from webapp.core.http import Patience
from webapp.core.limits import Limits, NotNow

HISTORY = "/IDOTA2Match_570/GetMatchHistory/v1/"
HTML = reply(b"<html>no</html>", 403, "text/html")


def refused(call: Callable[[], Any]) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        call()
    assert caught.value.service == "steam"
    return caught.value


def test_a_page_of_a_league_is_asked_for_by_the_hundred(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    upstream.will(reply(page(listed(8_000_000_005), remaining=26)))
    assert steam.league_history(18204, None, patience).results_remaining == 26
    steam.league_history(18204, 8_000_000_004, patience)
    steam.account_history(1000, None, patience)
    wanted = {"league_id": "18204", "matches_requested": "100", "key": CANARY}
    assert upstream.asked == [
        (HISTORY, wanted),
        (HISTORY, {**wanted, "start_at_match_id": "8000000004"}),
        (HISTORY, {"account_id": "1000", "matches_requested": "100", "key": CANARY}),
    ]


def test_listed_matches_come_newest_first_and_once(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    upstream.will(reply(page(listed(3), listed(9), listed(5), listed(9))))
    found = steam.league_history(1, None, patience)
    assert [one.match_id for one in found.matches] == [9, 5, 3]


def test_a_listed_match_is_read_whole(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    players = [
        line(128, account_id=4_294_967_295, team_number=1, team_slot=0),
        line(0, hero_variant=4),
    ]
    row = listed(9000, series_id=44, series_type=1, radiant_team_id=12, players=players)
    upstream.will(reply(page(row)))
    (found,) = steam.league_history(1, None, patience).matches
    assert (found.match_id, found.match_seq_num, found.lobby_type) == (9000, 8000, 1)
    assert found.start_time == datetime.fromtimestamp(1_760_000_000, UTC)
    assert (found.series_id, found.series_type) == (44, 1)
    assert (found.radiant_team_id, found.dire_team_id) == (12, 77)
    assert found.players == (
        ListedPlayer(player_slot=0, account_id=1000, hero_id=1, hero_variant=4),
        ListedPlayer(player_slot=128, team_number=1, team_slot=0, hero_id=129),
    )


def test_no_team_and_no_series_are_none(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    upstream.will(reply(page(listed(9000))))
    (found,) = steam.league_history(1, None, patience).matches
    assert (found.series_id, found.series_type, found.radiant_team_id) == (None, None, None)


def test_a_listed_match_is_not_lost_to_odd_figures(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    odd = [line(-1), line(0), line(0), line(7), {"account_id": 5}, "x", line(1, hero_id=2**70)]
    upstream.will(
        reply(
            page(
                listed(9, players=odd, start_time=2**62, series_id="x", match_seq_num=2**64),
                listed(8, players=None, start_time=-1, radiant_team_id=[]),
                {"match_id": 7},
            )
        )
    )
    first, second, third = steam.league_history(1, None, patience).matches
    assert [one.player_slot for one in first.players] == [0, 1]
    assert first.players[1].hero_id is None
    assert (first.start_time, first.match_seq_num, first.series_id) == (None, None, None)
    assert (second.players, second.start_time, second.radiant_team_id) == ((), None, None)
    assert third.match_id == 7


def test_a_page_that_does_not_say_what_remains_may_have_more(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    upstream.will(
        reply({"result": {"status": 1, "matches": [listed(5)]}}),
        reply({"result": {"status": 1, "matches": []}}),
    )
    assert steam.league_history(1, None, patience).results_remaining == 1
    assert steam.league_history(1, None, patience).results_remaining == 0


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"result": {"status": 15, "statusDetail": "hidden"}}, AnswerClass.DEFINITE),
        ({"result": {"status": 8, "matches": []}}, AnswerClass.SERVER),
        ({"result": {"status": 2, "statusDetail": "Later"}}, AnswerClass.SERVER),
        ({"result": {"error": "Something else"}}, AnswerClass.SERVER),
        ({"result": {"error": ["x"]}}, AnswerClass.SERVER),
        ({"result": {"status": 1}}, AnswerClass.SCHEMA),
        ({"result": {"status": 1, "matches": [{"match_id": "x"}]}}, AnswerClass.SCHEMA),
        ({"result": {"status": 1, "matches": [listed(2**63)]}}, AnswerClass.SCHEMA),
        ({"result": []}, AnswerClass.SCHEMA),
        ({}, AnswerClass.SCHEMA),
        ([], AnswerClass.SCHEMA),
        (None, AnswerClass.SCHEMA),
    ],
)
def test_other_answers_to_a_history_have_their_class(
    steam: SteamClient, upstream: Service, patience: Patience, body: Any, answer: AnswerClass
) -> None:
    upstream.will(reply(body))
    error = refused(lambda: steam.account_history(1, None, patience))
    assert error.answer is answer
    assert (error.body is not None) == (answer is AnswerClass.SCHEMA)


def test_one_match_is_looked_up_in_the_history(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    upstream.will(reply(page(listed(9000))), reply(page(listed(8999))), reply(page()))
    found = steam.listed_match(9000, patience)
    assert found is not None
    assert found.match_seq_num == 8000
    assert steam.listed_match(9000, patience) is None
    assert steam.listed_match(9000, patience) is None
    wanted = {"start_at_match_id": "9000", "matches_requested": "1", "key": CANARY}
    assert upstream.asked[0] == (HISTORY, wanted)


def test_details_come_by_sequence_number_with_their_bytes(
    steam: SteamClient, upstream: Service, patience: Patience, limits: Limits
) -> None:
    upstream.will(reply(sequence(match(9000))))
    answer = steam.match_by_sequence(9000, 8000, patience)
    assert answer.details.match_id == 9000
    assert answer.body.startswith(b'{"result"')
    wanted = {"start_at_match_seq_num": "8000", "matches_requested": "1", "key": CANARY}
    assert upstream.asked == [("/IDOTA2Match_570/GetMatchHistoryBySequenceNum/v1/", wanted)]
    assert limits.usage(steam.bucket) == 1
    assert limits.usage(steam.sequence_bucket) == 1


def test_a_sequence_call_waits_for_both_limits(
    steam: SteamClient, upstream: Service, limits: Limits
) -> None:
    upstream.will(reply(sequence(match(9000))))
    for _ in range(40):
        limits.acquire("steam", [steam.sequence_bucket], until=0)
    with pytest.raises(NotNow):
        steam.match_by_sequence(9000, 8000, Patience(0))
    assert upstream.heads == []
    assert limits.usage(steam.bucket) == 0


@pytest.mark.parametrize("body", [sequence(match(9001)), sequence()])
def test_a_neighbours_match_is_refused(
    steam: SteamClient, upstream: Service, patience: Patience, body: Any
) -> None:
    upstream.will(reply(body))
    error = refused(lambda: steam.match_by_sequence(9000, 8000, patience))
    assert error.answer is AnswerClass.ABSENT
    assert error.body is None


def test_unreadable_details_are_kept_for_a_better_parser(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    upstream.will(reply(sequence(match(9000, players=[]))))
    error = refused(lambda: steam.match_by_sequence(9000, 8000, patience))
    assert error.answer is AnswerClass.SCHEMA
    assert error.detail == "the answer has no players"
    assert error.body is not None
    assert b"9000" in error.body


DETAILS = [
    (reply({"result": {"error": "Match ID not found"}}), AnswerClass.DEFINITE),
    (
        reply({"result": {"error": "Practice matches are not available via GetMatchDetails"}}),
        AnswerClass.DEFINITE,
    ),
    (reply({"result": {"error": "No Match ID specified"}}), AnswerClass.DEFINITE),
    (
        reply({"result": {"status": 2, "statusDetail": "Error retrieving match data."}}),
        AnswerClass.DEFINITE,
    ),
    (reply({"result": {"status": 15}}), AnswerClass.DEFINITE),
    (reply({"result": {"status": 2}}), AnswerClass.SERVER),
    (reply({"result": {"error": "Too busy"}}), AnswerClass.SERVER),
    (reply({}, 500), AnswerClass.SERVER),
    (reply({"result": match(9001)}), AnswerClass.ABSENT),
    (reply({"result": {}}), AnswerClass.SCHEMA),
    (reply({}), AnswerClass.SCHEMA),
    (reply([]), AnswerClass.SCHEMA),
    (reply(b"<html>", 400, "text/html"), AnswerClass.SCHEMA),
    (HTML, AnswerClass.AUTH),
]


@pytest.mark.parametrize(("script", "answer"), DETAILS)
def test_other_answers_to_details_have_their_class(
    steam: SteamClient, upstream: Service, patience: Patience, script: Any, answer: AnswerClass
) -> None:
    upstream.will(script)
    assert refused(lambda: steam.match_details(9000, patience)).answer is answer


def test_details_come_by_id_where_the_call_works(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    upstream.will(reply({"result": match(9000)}))
    assert steam.match_details(9000, patience).details.players[0].player_slot == 0


@pytest.mark.parametrize("script", [HTML, reply(sequence(match(9001))), reply({}), reply(b"{")])
def test_the_key_stands_in_nothing_a_client_tells(
    steam: SteamClient,
    upstream: Service,
    patience: Patience,
    script: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    upstream.will(script)
    error = refused(lambda: steam.match_by_sequence(9000, 8000, patience))
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    for text in ["".join(told.format()), repr(vars(error)), caplog.text, repr(vars(steam))]:
        assert CANARY not in text
    assert error.__context__ is None
