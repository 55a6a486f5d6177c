"""Calls as the tests of the HTTP client make them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.scripted import slowly
from webapp.core.answers import Reply
from webapp.core.errors import UpstreamError
from webapp.core.http import HttpClient, Key, Patience
from webapp.core.limits import Bucket
from webapp.settings import Rate

CANARY = "CANARYKEY123"
BUCKET = Bucket("steam", Rate(0, 1))
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def ask(http: HttpClient, url: str, **more: Any) -> Reply:
    return http.get_json(
        f"{url}/path",
        {"match_id": 1},
        service="steam",
        buckets=more.pop("buckets", [BUCKET]),
        patience=Patience(time.monotonic() + 5),
        key=Key("key", CANARY),
        **more,
    )


def refused(http: HttpClient, url: str, **more: Any) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        ask(http, url, **more)
    return caught.value


SLOW_HEADERS = slowly(b"HTTP/1.1 200 OK\r\nX-Slow: ")
SLOW_BODY = slowly(HEAD + b"Content-Length: 1000\r\n\r\n")
