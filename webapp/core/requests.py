"""What every request gets first: an id that its log lines, its answer and its audit row share."""

from __future__ import annotations

import re
import secrets

import structlog
from flask import Flask, Response, g, request

from webapp.core import time

_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(lambda _error: structlog.contextvars.unbind_contextvars("request_id"))


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _SANE.fullmatch(given) else secrets.token_hex(8)
    g.request_began = time.monotonic()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    """Say what was asked and how it ended; never the query, where a sign-in's code stands."""
    response.headers["X-Request-ID"] = g.request_id
    log.debug(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        ms=round((time.monotonic() - g.request_began) * 1000),
    )
    return response
