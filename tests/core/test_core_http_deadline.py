from __future__ import annotations

import gzip
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.core.http_calls import HEAD, SLOW_BODY, SLOW_HEADERS, ask, refused
from tests.scripted import Service, raw, reply, slowly
from webapp.core import deadline as deadline_module
from webapp.core.errors import AnswerClass
from webapp.core.http import HttpClient
from webapp.core.limits import Limits

SLOW = [
    SLOW_HEADERS,
    slowly(b"HTTP/1.1 200 OK\r\n", b"X-Many: 1\r\n"),
    SLOW_BODY,
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
    upstream.will(reply({}), SLOW_BODY)
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
