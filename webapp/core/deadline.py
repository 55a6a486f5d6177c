"""One deadline for a whole HTTP call, whatever part of it is slow.

Timeouts of sockets start anew with every byte, so a service that sends one byte a second would
hold a call for ever. Here a timer shuts the call's connection down instead, and each connection
tells the call of its own thread which socket it uses.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from webapp.core import time

_Addresses = list[tuple[Any, ...]]


class Deadline:
    """The end of one call: ``passed`` says whether it was reached."""

    def __init__(self, seconds: float, sent: Callable[[], None] = lambda: None) -> None:
        self.passed = False
        self.sent = sent
        self._ends_at = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._wire: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def left(self) -> float:
        """Seconds until the end, never quite 0 because sockets take 0 for something else."""
        return max(0.001, self._ends_at - time.monotonic())

    def over(self) -> bool:
        """Whether the end has come; the timer that sees to it may be a moment late."""
        return self.passed or time.monotonic() >= self._ends_at

    def watch(self, sock: socket.socket) -> None:
        """Shut ``sock`` down at the end, at once if it has come.

        It is kept by a handle of our own: TLS takes a socket over, and http.client closes one
        as soon as it knows that no other answer will come through it.
        """
        wire = socket.socket(fileno=os.dup(sock.fileno()))
        with self._lock:
            self._let_go()
            self._wire = wire
            if self.passed:
                self._shut()

    def _expire(self) -> None:
        with self._lock:
            self.passed = True
            self._shut()

    def _shut(self) -> None:
        if self._wire is not None:
            with suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)

    def start(self) -> None:
        self._timer.start()

    def end(self) -> None:
        self._timer.cancel()
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._wire is not None:
            self._wire.close()
        self._wire = None


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float, sent: Callable[[], None]) -> Iterator[Deadline]:
    """Give the HTTP call made inside ``seconds`` in all; ``sent`` is called when it has left."""
    limit = Deadline(seconds, sent)
    token = _current.set(limit)
    limit.start()
    try:
        yield limit
    finally:
        limit.end()
        _current.reset(token)


class _Watched(HTTPConnection):
    """A connection that names its socket to the deadline of the call that uses it."""

    def _new_conn(self) -> socket.socket:
        limit = _current.get()
        seconds = float(self.timeout or 0)
        wire = _connect(self._dns_host, self.port, seconds)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if limit is not None:
            limit.watch(wire)
        return wire

    def request(self, *args: Any, **kwargs: Any) -> None:
        limit = _current.get()
        if limit is not None and self.sock is not None:
            limit.watch(self.sock)
        super().request(*args, **kwargs)
        if limit is not None:
            limit.sent()


class _WatchedTls(_Watched, HTTPSConnection):
    pass


def _connect(host: str, port: int, seconds: float) -> socket.socket:
    """Connect to the first address of ``host`` that answers, all within ``seconds``."""
    end = time.monotonic() + seconds
    addresses = _resolve(host, port, seconds)
    trouble: OSError = OSError("the name has no address")
    for number, address in enumerate(addresses):
        share = (end - time.monotonic()) / (len(addresses) - number)
        try:
            return socket.create_connection(address[4][:2], timeout=max(0.001, share))
        except OSError as error:
            trouble = error
    raise trouble


def _resolve(host: str, port: int, seconds: float) -> _Addresses:
    """The host's addresses. Looking a name up knows no timeout, so a thread of its own does it."""
    found: list[_Addresses | OSError] = []

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            found.append(OSError("the name is unknown"))

    thread = threading.Thread(target=look_up, name="name-lookup", daemon=True)
    thread.start()
    thread.join(seconds)
    answer = found[0] if found else TimeoutError("the name was not looked up in time")
    if isinstance(answer, OSError):
        raise answer
    return answer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class WatchedAdapter(HTTPAdapter):
    """requests' adapter over connections that keep the deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        pools = {"http": _Pool, "https": _TlsPool}
        self.poolmanager.pool_classes_by_scheme = pools
