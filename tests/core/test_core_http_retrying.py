from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from webapp.core.errors import AnswerClass, UpstreamError
from webapp.core.http import Patience, retrying


def failing(times: int, error: UpstreamError, calls: list[int]) -> Callable[[], str]:
    def fn() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise error
        return "done"

    return fn


def patience(seconds: float) -> Patience:
    return Patience(time.monotonic() + seconds)


def test_an_outage_is_asked_again_after_the_wait_it_named() -> None:
    calls: list[int] = []
    outage = UpstreamError("steam", AnswerClass.THROTTLED, retry_after=0.05)
    assert retrying(failing(2, outage, calls), patience=patience(5)) == "done"
    assert len(calls) == 3


def test_the_last_attempt_s_error_comes_out() -> None:
    calls: list[int] = []
    outage = UpstreamError("steam", AnswerClass.SERVER, retry_after=0.01)
    with pytest.raises(UpstreamError) as caught:
        retrying(failing(9, outage, calls), patience=patience(5))
    assert caught.value is outage
    assert len(calls) == 3


@pytest.mark.parametrize("answer", [AnswerClass.AUTH, AnswerClass.DEFINITE, AnswerClass.SCHEMA])
def test_a_refused_key_and_a_verdict_are_not_asked_again(answer: AnswerClass) -> None:
    calls: list[int] = []
    error = UpstreamError("steam", answer, retry_after=0.01)
    with pytest.raises(UpstreamError):
        retrying(failing(9, error, calls), patience=patience(5))
    assert len(calls) == 1


def test_retrying_never_waits_past_the_callers_patience() -> None:
    calls: list[int] = []
    outage = UpstreamError("steam", AnswerClass.THROTTLED, retry_after=30)
    started = time.monotonic()
    with pytest.raises(UpstreamError):
        retrying(failing(9, outage, calls), patience=patience(1))
    assert len(calls) == 1
    assert time.monotonic() - started < 0.5
