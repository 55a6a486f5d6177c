from __future__ import annotations

import gzip
import logging
import multiprocessing
import socket
import ssl
import subprocess
import threading
import time
import traceback
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.scripted import Service, raw, reply, service, slowly
from webapp.core import deadline as deadline_module
from webapp.core.answers import Answered, Reply, retry_after
from webapp.core.errors import AnswerClass, UpstreamError
from webapp.core.http import HttpClient, Key, Patience, retrying
from webapp.core.limits import Bucket, Limits, NotNow
from webapp.settings import Rate

CANARY = "CANARYKEY123"
BUCKET = Bucket("steam", Rate(0, 1))
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def upstream() -> Iterator[Service]:
    with service() as one:
        yield one


@pytest.fixture
def limits(redis: Redis) -> Limits:
    return Limits(redis)


@pytest.fixture
def http(limits: Limits) -> HttpClient:
    return HttpClient(limits, seconds=1, connect_seconds=0.7)


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


SLOW = [
    slowly(b"HTTP/1.1 200 OK\r\nX-Slow: "),
    slowly(b"HTTP/1.1 200 OK\r\n", b"X-Many: 1\r\n"),
    slowly(HEAD + b"Content-Length: 1000\r\n\r\n"),
    slowly(HEAD + b"\r\n"),
    slowly(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n1\r\n"),
    slowly(b"HTTP/1.1 500 Slow\r\nContent-Length: 1000\r\n\r\n"),
    slowly(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    slowly(b"", b""),
]


@pytest.mark.parametrize("script", SLOW)
def test_a_call_ends_at_its_deadline_whatever_is_slow(
    http: HttpClient, upstream: Service, script: Any
) -> None:
    upstream.will(script)
    started = time.monotonic()
    error = refused(http, upstream.url)
    assert 0.9 < time.monotonic() - started < 1.5
    assert error.answer is AnswerClass.NETWORK
    assert error.detail == "did not answer within 1 s"


def test_a_connection_used_again_has_a_deadline_too(http: HttpClient, upstream: Service) -> None:
    upstream.will(reply({}), SLOW[2])
    ask(http, upstream.url)
    started = time.monotonic()
    assert refused(http, upstream.url).answer is AnswerClass.NETWORK
    assert time.monotonic() - started < 1.5
    assert upstream.connections == 1


def test_a_deadline_that_was_met_leaves_the_connection_alone(
    http: HttpClient, upstream: Service
) -> None:
    upstream.will(reply({"a": 1}))
    ask(http, upstream.url)
    time.sleep(1.2)
    assert ask(http, upstream.url).data == {"a": 1}
    assert upstream.connections == 1


def test_names_that_take_long_to_look_up_do_not_hold_a_call(
    http: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    def never(*args: Any, **kwargs: Any) -> None:
        asked.set()
        time.sleep(3)
        raise OSError

    monkeypatch.setattr(deadline_module.socket, "getaddrinfo", never)
    started = time.monotonic()
    assert refused(http, "http://steam.invalid").answer is AnswerClass.NETWORK
    assert asked.is_set()
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://steam.invalid", f"http://{'a' * 70}.invalid"]
)
def test_nobody_there_is_a_network_outage(http: HttpClient, url: str) -> None:
    assert refused(http, url).answer is AnswerClass.NETWORK


def test_a_host_that_swallows_the_connection_is_left_in_time(http: HttpClient) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        full = [socket.socket() for _ in range(4)]
        for one in full:
            one.setblocking(False)
            one.connect_ex(address)
        started = time.monotonic()
        error = refused(http, f"http://127.0.0.1:{address[1]}")
        assert time.monotonic() - started < 1.5
        assert error.answer is AnswerClass.NETWORK
        for one in full:
            one.close()


@pytest.fixture
def untrusted(tmp_path: Path) -> Iterator[str]:
    """An https service with a certificate of its own making."""
    kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    files = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")]
    subprocess.run(["openssl", "req", *kind, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")

    def shake() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=shake, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def test_a_certificate_that_is_not_trusted_is_a_network_outage(
    http: HttpClient, untrusted: str
) -> None:
    error = refused(http, untrusted)
    assert error.answer is AnswerClass.NETWORK
    assert error.detail == "no trusted connection could be made"


def test_a_tls_handshake_that_hangs_ends_at_the_deadline(limits: Limits, upstream: Service) -> None:
    """One byte of a record now and then: each restarts the socket's own timeout."""
    http = HttpClient(limits, seconds=1, connect_seconds=5)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.sendall(b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb")
                for _ in range(60):
                    time.sleep(0.1)
                    connection.sendall(b"\x00")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        started = time.monotonic()
        error = refused(http, f"https://127.0.0.1:{listener.getsockname()[1]}")
        assert time.monotonic() - started < 1.6
        assert error.answer is AnswerClass.NETWORK
        thread.join(10)


def endless(unit: bytes) -> Callable[[socket.socket], None]:
    def send(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"\r\n")
        while True:
            connection.sendall(unit)

    return send


BOMB = gzip.compress(b" " * 200_000_000, 9)


@pytest.mark.parametrize(
    "script",
    [endless(b" " * 65_536), reply(BOMB, Content_Encoding="gzip")],
    ids=["endless", "bomb"],
)
def test_an_oversized_answer_is_refused_before_it_fills_the_memory(
    limits: Limits, upstream: Service, script: Any
) -> None:
    upstream.will(script)
    http = HttpClient(limits, seconds=15)
    tracemalloc.start()
    error = refused(http, upstream.url)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.answer is AnswerClass.NETWORK
    assert error.detail == "the answer is too large"
    assert peak < 30_000_000


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
        SLOW[0],
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


def test_no_thread_and_no_file_is_left_behind(http: HttpClient, upstream: Service) -> None:
    def held() -> tuple[int, int]:
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    if not Path("/proc/self/fd").exists():
        pytest.skip("counts files through /proc")
    upstream.will(raw(b"", close=True))
    refused(http, upstream.url)
    time.sleep(0.2)
    before = held()
    for _ in range(20):
        refused(http, upstream.url)
    time.sleep(0.3)
    after = held()
    assert after[0] <= before[0] + 1
    assert after[1] <= before[1] + 2


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
