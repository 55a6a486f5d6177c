from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from tests.clients.answers import match
from tests.clients.conftest import CANARY
from tests.scripted import Service, reply
from webapp.clients.opendota import OpenDotaClient
from webapp.core.errors import AnswerClass, UpstreamError
from webapp.core.http import HttpClient, Patience
from webapp.core.limits import Limits, NotNow
from webapp.settings import Rate

NOW = datetime(2026, 11, 3, 21, 30, 20, tzinfo=UTC)
TO_MIDNIGHT = 2.5 * 3600 - 20


def refused(call: Callable[[], Any]) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        call()
    assert caught.value.service == "opendota"
    return caught.value


def test_ids_of_a_league_come_as_numbers_newest_first(
    opendota: OpenDotaClient, upstream: Service, patience: Patience
) -> None:
    upstream.will(reply(["8000000001", 8000000003, "8000000002", 8000000001]))
    assert opendota.league_match_ids(18204, patience) == (8000000003, 8000000002, 8000000001)
    assert upstream.asked == [("/api/leagues/18204/matchIds", {})]


@pytest.mark.parametrize("body", [b"", b"[]", b"null"])
def test_an_unknown_league_is_an_empty_list(
    opendota: OpenDotaClient, upstream: Service, patience: Patience, body: bytes
) -> None:
    upstream.will(reply(body))
    assert opendota.league_match_ids(1, patience) == ()


@pytest.mark.parametrize("body", [{}, {"error": "x"}, ["x"], [None], [-1], [2**63], [[1]]])
def test_ids_that_are_none_are_unreadable(
    opendota: OpenDotaClient, upstream: Service, patience: Patience, body: Any
) -> None:
    upstream.will(reply(body))
    error = refused(lambda: opendota.league_match_ids(1, patience))
    assert error.answer is AnswerClass.SCHEMA


def test_a_league_has_a_name(
    opendota: OpenDotaClient, upstream: Service, patience: Patience
) -> None:
    upstream.will(
        reply({"leagueid": 16585, "tier": "excluded", "name": "The Cup"}),
        reply(b""),
        reply({"error": "Not Found"}, 404),
    )
    league = opendota.league(16585, patience)
    assert league is not None
    assert (league.league_id, league.name, league.tier) == (16585, "The Cup", "excluded")
    assert opendota.league(1, patience) is None
    assert opendota.league(1, patience) is None


def test_a_match_comes_with_its_bytes(
    opendota: OpenDotaClient, upstream: Service, patience: Patience
) -> None:
    upstream.will(reply(match(9000, series_id=4, series_type=1)))
    answer = opendota.match(9000, patience)
    assert answer.details.series_id == 4
    assert answer.body.startswith(b'{"match_id": 9000')
    assert upstream.asked == [("/api/matches/9000", {})]


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        (reply({"error": "Not Found"}, 404), AnswerClass.ABSENT),
        (reply(match(9001)), AnswerClass.ABSENT),
        (reply({"error": "invalid"}, 400), AnswerClass.SCHEMA),
        (reply({}), AnswerClass.SCHEMA),
        (reply([]), AnswerClass.SCHEMA),
        (reply(b""), AnswerClass.SCHEMA),
        (reply(match(9000, players=[])), AnswerClass.SCHEMA),
        (reply(b"<html>", 200, "text/html"), AnswerClass.NOT_JSON),
        (reply({"error": "Internal"}, 500), AnswerClass.SERVER),
        (reply(b"", 503, Retry_After="7"), AnswerClass.THROTTLED),
        (reply(b"", 403), AnswerClass.AUTH),
    ],
)
def test_other_answers_have_their_class(
    opendota: OpenDotaClient,
    upstream: Service,
    patience: Patience,
    script: Any,
    answer: AnswerClass,
) -> None:
    upstream.will(script)
    error = refused(lambda: opendota.match(9000, patience))
    assert error.answer is answer
    assert error.retry_after == (7 if answer is AnswerClass.THROTTLED else None)


@pytest.mark.parametrize(
    ("script", "wait"),
    [
        (reply({"error": "minute rate limit exceeded"}, 429), 40),
        (reply({"error": "daily api limit exceeded"}, 429), TO_MIDNIGHT),
        (reply({}, 429, X_Rate_Limit_Remaining_Day="0"), TO_MIDNIGHT),
        (reply({}, 429, X_Rate_Limit_Remaining_Minute="-1"), 40),
        (reply({}, 429, Retry_After="5"), 5),
    ],
)
def test_a_refusal_says_until_when_the_calls_are_used_up(
    opendota: OpenDotaClient,
    upstream: Service,
    limits: Limits,
    script: Any,
    wait: float,
) -> None:
    upstream.will(script)
    with time_machine.travel(NOW, tick=False):
        error = refused(lambda: opendota.match(9000, Patience(0)))
    assert error.answer is AnswerClass.THROTTLED
    assert error.retry_after == wait
    assert error.body is None
    assert wait - 2 < limits.paused_for("opendota") <= wait
    with pytest.raises(NotNow):
        opendota.match(9000, Patience(0))


@pytest.mark.parametrize(
    ("told", "wait"),
    [
        ({"X_Rate_Limit_Remaining_Minute": "0"}, 40),
        ({"X_Rate_Limit_Remaining_Day": "0"}, TO_MIDNIGHT),
        ({"X_Rate_Limit_Remaining_Minute": "1", "X_Rate_Limit_Remaining_Day": "29"}, 0),
    ],
)
def test_a_good_answer_s_budget_is_heeded(
    opendota: OpenDotaClient,
    upstream: Service,
    limits: Limits,
    told: dict[str, str],
    wait: float,
) -> None:
    upstream.will(reply(match(9000), **told))
    with time_machine.travel(NOW, tick=False):
        assert opendota.match(9000, Patience(0)).details.match_id == 9000
    assert max(0, wait - 2) <= limits.paused_for("opendota") <= wait


def test_a_key_goes_along_and_is_shown_nowhere(
    limits: Limits, upstream: Service, patience: Patience
) -> None:
    http = HttpClient(limits)
    keyed = OpenDotaClient(http, CANARY, base_url=upstream.url, rate=Rate(0, 1))
    upstream.will(reply({}, 500))
    error = refused(lambda: keyed.match(1, patience))
    assert upstream.asked == [("/matches/1", {"api_key": CANARY})]
    assert CANARY not in repr(vars(keyed)) + repr(vars(error))
