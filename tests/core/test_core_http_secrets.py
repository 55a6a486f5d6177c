from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest

from tests.core.http_calls import CANARY, SLOW_HEADERS, ask, refused
from tests.scripted import Service, raw, reply
from webapp.core.http import HttpClient, Key


def everything_told(error: BaseException) -> str:
    """What a careless log could write of an error: its chain, locals and all."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    chained = [repr(one) for one in (error.__context__, error.__cause__)]
    return "".join([*told.format(), repr(vars(error)), str(error), repr(error), *chained])


UNREADABLE_HEADERS = raw(
    b"HTTP/1.1 500 Bad\r\nGood: 1\r\nno colon here\r\nContent-Length: 0\r\n\r\n"
)


@pytest.mark.parametrize(
    "script",
    [
        reply(b"", 403),
        reply(b"", 302, "", Location=f"http://127.0.0.1:9/?key={CANARY}"),
        reply(b"{"),
        reply(b"x", Content_Encoding="gzip"),
        raw(b"", close=True),
        UNREADABLE_HEADERS,
        SLOW_HEADERS,
        None,
    ],
)
def test_the_key_stands_in_no_error_and_no_log(
    http: HttpClient, upstream: Service, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    upstream.will(script or raw(b""))
    error = refused(http, upstream.url if script else "http://127.0.0.1:1")
    assert error.__context__ is None
    assert CANARY not in everything_told(error)
    assert "127.0.0.1" not in str(error)
    assert CANARY not in caplog.text


def test_the_key_stands_in_no_log_of_a_good_call(
    http: HttpClient, upstream: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    upstream.will(reply({}))
    ask(http, upstream.url)
    assert CANARY not in caplog.text
    assert CANARY not in repr(Key("key", CANARY))
