"""A service whose every byte a test decides."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

Script = Callable[[socket.socket], None]


def reply(
    body: bytes | Any, status: int = 200, kind: str = "application/json", **headers: str
) -> Script:
    """A whole answer; anything but bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(content)}"]
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return raw("\r\n".join([*lines, "", ""]).encode() + content)


def raw(data: bytes, *, close: bool = False) -> Script:
    """These bytes and no others."""

    def send(connection: socket.socket) -> None:
        connection.sendall(data)
        if close:
            connection.shutdown(socket.SHUT_RDWR)

    return send


def slowly(head: bytes, drop: bytes = b"x", every: float = 0.1) -> Script:
    """``head`` at once, then ``drop`` again and again for as long as somebody listens."""

    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(300):
            time.sleep(every)
            connection.sendall(drop)

    return send


class Service:
    """Answers requests one script after the other, the last one for ever; remembers the asked."""

    def __init__(self, listener: socket.socket) -> None:
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.scripts: list[Script] = []
        self.heads: list[str] = []
        self.connections = 0
        self._listener = listener
        self._open: list[socket.socket] = []

    def will(self, *scripts: Script) -> None:
        self.scripts = list(scripts)

    @property
    def asked(self) -> list[tuple[str, dict[str, str]]]:
        """Path and parameters of each request."""
        targets = [urlsplit(head.split(" ", 2)[1]) for head in self.heads]
        return [(one.path, {k: v[0] for k, v in parse_qs(one.query).items()}) for one in targets]

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while head := _read_head(connection):
                self.heads.append(head)
                script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                script(connection)

    def end(self) -> None:
        for one in [self._listener, *self._open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def _read_head(connection: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(4096)
        if not piece:
            return ""
        data += piece
    return data.decode("latin-1")


@contextmanager
def service() -> Iterator[Service]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = Service(listener)
        thread = threading.Thread(target=one.serve, daemon=True)
        thread.start()
        yield one
        one.end()
        thread.join(5)
