"""Answers as bytes on a connection, broken ones included."""

from __future__ import annotations

import socket
import struct
import threading
from email.utils import formatdate
from http import HTTPStatus

from webapp.sandbox.answer import Answer
from webapp.sandbox.outcome import Outcome

CHUNK = b" " * 65_536


def head_of(answer: Answer, length: int | None = None) -> bytes:
    """The status line and headers; ``length`` where it is not the body's."""
    reason = HTTPStatus(answer.status).phrase
    lines = [
        f"HTTP/1.1 {answer.status} {reason}",
        f"Date: {formatdate(usegmt=True)}",
        "Server: sandbox",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.body) if length is None else length}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def send(connection: socket.socket, outcome: Outcome, stopping: threading.Event) -> bool:
    """Send it; whether the connection can be used on. Waits end early when ``stopping``."""
    answer, delivery = outcome.answer, outcome.delivery
    if outcome.wait:
        stopping.wait(outcome.wait)
    if delivery == "close":
        return False
    if delivery == "reset":
        reset = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        return False
    if delivery == "truncated":
        connection.sendall(head_of(answer) + answer.body[: len(answer.body) // 2])
        return False
    if delivery == "oversize":
        return _send_padded(connection, answer, outcome.size)
    if delivery in ("drip", "drip_head"):
        return _drip(connection, outcome, stopping)
    connection.sendall(head_of(answer) + answer.body)
    return True


def _send_padded(connection: socket.socket, answer: Answer, size: int) -> bool:
    """The true body after ``size`` bytes of blanks: whole and readable, only far too long."""
    connection.sendall(head_of(answer, size + len(answer.body)))
    for sent in range(0, size, len(CHUNK)):
        connection.sendall(CHUNK[: min(len(CHUNK), size - sent)])
    connection.sendall(answer.body)
    return True


def _drip(connection: socket.socket, outcome: Outcome, stopping: threading.Event) -> bool:
    """One byte at a time, of the headers too or of the body alone."""
    head, body = head_of(outcome.answer), outcome.answer.body
    if outcome.delivery == "drip":
        connection.sendall(head)
    else:
        body = head + body
    for place in range(len(body)):
        connection.sendall(body[place : place + 1])
        if stopping.wait(outcome.pace):
            return False
    return True
