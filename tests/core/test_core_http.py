from __future__ import annotations

import gzip
import multiprocessing
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.core.http_calls import CANARY, HEAD, ask, refused
from tests.scripted import Service, raw, reply, service
from webapp.core import deadline as deadline_module
from webapp.core.answers import Answered, retry_after
from webapp.core.errors import AnswerClass, UpstreamError
from webapp.core.http import HttpClient
from webapp.core.limits import Bucket, Limits, NotNow
from webapp.settings import Rate


def test_a_good_answer_comes_with_its_bytes_and_headers(
    http: HttpClient, upstream: Service
) -> None:
    upstream.will(reply({"a": [1, "é"]}, X_Rate="7"))
    answer = ask(http, upstream.url)
    assert answer.data == {"a": [1, "é"]}
    assert answer.body == b'{"a": [1, "\\u00e9"]}'
    assert answer.headers["x-rate"] == "7"
    assert upstream.asked == [("/path", {"match_id": "1", "key": CANARY})]
    head = upstream.heads[0]
    assert "User-Agent: Aegis/" in head
    assert "Accept: application/json" in head
    assert "Cookie" not in head


def test_connections_are_used_again_and_cookies_are_not(
    http: HttpClient, upstream: Service
) -> None:
    upstream.will(reply({}, Set_Cookie="a=b; Path=/"))
    for _ in range(3):
        ask(http, upstream.url)
    assert upstream.connections == 1
    assert not any("Cookie" in head for head in upstream.heads)


def test_a_compressed_answer_is_unpacked(http: HttpClient, upstream: Service) -> None:
    upstream.will(reply(gzip.compress(b'{"a":1}'), Content_Encoding="gzip"))
    assert ask(http, upstream.url).body == b'{"a":1}'


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        (reply(b"<html>slow down</html>", 429, "text/html"), AnswerClass.THROTTLED),
        (reply(b"<html>busy</html>", 503, "text/html"), AnswerClass.THROTTLED),
        (reply(b"<html>no</html>", 401, "text/html"), AnswerClass.AUTH),
        (reply(b"<html>no</html>", 403, "text/html"), AnswerClass.AUTH),
        (reply({}, 500), AnswerClass.SERVER),
        (reply(b"", 502, "text/html"), AnswerClass.SERVER),
        (reply({}, 599), AnswerClass.SERVER),
        (reply(b"", 302, "", Location="http://127.0.0.1:9/"), AnswerClass.SERVER),
        (reply(b"", 304, ""), AnswerClass.SERVER),
        (reply(b"<html>missing</html>", 400, "text/html"), AnswerClass.SCHEMA),
        (reply({"error": "Not Found"}, 404), AnswerClass.SCHEMA),
        (reply(b"<html>hello</html>", 200, "text/html"), AnswerClass.NOT_JSON),
        (reply(b" <html>hello</html>", 200), AnswerClass.NOT_JSON),
        (reply(b"{}", 200, "text/plain"), AnswerClass.NOT_JSON),
        (reply(b'{"result": {"matc'), AnswerClass.SCHEMA),
        (reply(b""), AnswerClass.SCHEMA),
        (reply(b'{"a": NaN}'), AnswerClass.SCHEMA),
        (reply(b'{"a": ' + b"9" * 5000 + b"}"), AnswerClass.SCHEMA),
        (reply(b"[" * 200_000), AnswerClass.SCHEMA),
        (reply('{"a": "é"}'.encode("latin-1")), AnswerClass.SCHEMA),
        (reply(b"not gzip at all", Content_Encoding="gzip"), AnswerClass.NOT_JSON),
        (raw(HEAD + b'Content-Length: 100\r\n\r\n{"a":', close=True), AnswerClass.NETWORK),
        (raw(b"HTTP/1.1 200", close=True), AnswerClass.NETWORK),
        (raw(HEAD + b'\r\n{"a": 1', close=True), AnswerClass.NETWORK),
        (raw(b"", close=True), AnswerClass.NETWORK),
        (raw(b"\0\1\2 nonsense\r\n\r\n", close=True), AnswerClass.NETWORK),
        (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", close=True), AnswerClass.NETWORK),
    ],
)
def test_every_other_answer_has_its_class(
    http: HttpClient, upstream: Service, script: Any, answer: AnswerClass
) -> None:
    upstream.will(script)
    error = refused(http, upstream.url)
    assert error.answer is answer
    assert (error.body is not None) == (answer is AnswerClass.SCHEMA)
    assert len(upstream.heads) == 1


def test_json_served_as_html_is_read_where_a_service_is_known_for_it(
    http: HttpClient, upstream: Service
) -> None:
    upstream.will(reply(b'{"a":1}', 200, "text/html"), reply(b"<html>", 200, "text/html"))
    assert ask(http, upstream.url, json_type=False).data == {"a": 1}
    assert refused(http, upstream.url, json_type=False).answer is AnswerClass.NOT_JSON


def test_an_empty_body_is_none_where_it_is_allowed(http: HttpClient, upstream: Service) -> None:
    upstream.will(reply(b"", 200, "text/html"), reply(b""))
    assert refused(http, upstream.url, allow_empty=True).answer is AnswerClass.NOT_JSON
    assert ask(http, upstream.url, allow_empty=True).data is None


def test_the_page_of_a_refusal_need_not_come_whole(http: HttpClient, upstream: Service) -> None:
    upstream.will(raw(b"HTTP/1.1 429 Slow\r\nContent-Length: 900\r\n\r\n<ht", close=True))
    assert refused(http, upstream.url).answer is AnswerClass.THROTTLED
    upstream.will(reply(b"x" * 1_000_000, 500))
    assert refused(http, upstream.url).answer is AnswerClass.SERVER


def test_a_service_may_judge_its_own_answers(http: HttpClient, upstream: Service) -> None:
    def judge(answered: Answered) -> UpstreamError | None:
        absent = UpstreamError("steam", AnswerClass.ABSENT, status=404)
        return absent if answered.status == 404 else None

    upstream.will(reply({}, 404), reply({"a": 1}))
    assert refused(http, upstream.url, judge=judge).answer is AnswerClass.ABSENT
    assert ask(http, upstream.url, judge=judge).data == {"a": 1}


def test_no_redirect_is_followed(http: HttpClient, upstream: Service) -> None:
    with service() as elsewhere:
        elsewhere.will(reply({"secret": 1}))
        upstream.will(reply(b"", 302, "", Location=f"{elsewhere.url}/inside"))
        assert refused(http, upstream.url).answer is AnswerClass.SERVER
        assert elsewhere.heads == []
        assert len(upstream.heads) == 1


def test_the_environment_cannot_send_calls_elsewhere(
    http: HttpClient, upstream: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    upstream.will(reply({"a": 1}))
    assert ask(http, upstream.url).data == {"a": 1}


def test_an_attempt_costs_its_token_even_when_it_fails(http: HttpClient, limits: Limits) -> None:
    bucket = Bucket("counted", Rate(1, 60))
    refused(http, "http://127.0.0.1:1", buckets=[bucket])
    assert limits.usage(bucket) == 1
    assert limits.calls_today("steam") == 1
    with pytest.raises(NotNow):
        ask(http, "http://127.0.0.1:1", buckets=[bucket])


def test_a_throttled_answer_pauses_the_service_for_as_long_as_it_says(
    http: HttpClient, upstream: Service, limits: Limits
) -> None:
    upstream.will(reply(b"", 429, Retry_After="40"))
    assert refused(http, upstream.url).retry_after == 40
    assert 39 < limits.paused_for("steam") <= 40
    with pytest.raises(NotNow):
        ask(http, upstream.url)
    assert len(upstream.heads) == 1


def test_a_throttled_answer_that_names_no_time_pauses_nobody(
    http: HttpClient, upstream: Service, limits: Limits
) -> None:
    upstream.will(reply(b"", 503))
    assert refused(http, upstream.url).retry_after is None
    assert limits.paused_for("steam") == 0


def test_retry_after_is_read_in_seconds_and_as_a_date() -> None:
    def read(text: str) -> float | None:
        return retry_after({"Retry-After": text})

    ahead = datetime.now(UTC) + timedelta(seconds=90)
    assert read("30") == 30
    assert read("1.5") == 1.5
    assert 85 < (read(format_datetime(ahead, usegmt=True)) or 0) <= 90
    assert read("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert read("999999999") == 86_400
    for text in ("", "soon", "-5", "nan", "inf", "1e400"):
        assert read(text) is None


def test_a_forked_process_makes_connections_of_its_own(http: HttpClient, upstream: Service) -> None:
    upstream.will(reply({"a": 1}))
    ask(http, upstream.url)
    child = multiprocessing.get_context("fork").Process(target=ask, args=(http, upstream.url))
    child.start()
    child.join(10)
    assert child.exitcode == 0
    assert upstream.connections == 2
    ask(http, upstream.url)
    assert upstream.connections == 2


def test_a_call_that_took_long_to_connect_counts_from_when_it_left(
    http: HttpClient, upstream: Service, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = deadline_module._connect

    def slow_connect(host: str, port: int, seconds: float) -> socket.socket:
        time.sleep(0.6)
        return connect(host, port, seconds)

    monkeypatch.setattr(deadline_module, "_connect", slow_connect)
    upstream.will(reply({}))
    bucket = Bucket("late", Rate(1, 1))
    ask(http, upstream.url, buckets=[bucket])
    with pytest.raises(NotNow) as refusal:
        limits.acquire("steam", [bucket], until=0)
    assert refusal.value.wait > 0.8
