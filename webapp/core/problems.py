"""Every refusal and failure as an answer: a page, or JSON for the API and for htmx.

Our script shows the message of an answer to htmx as a notice, and leaves the page as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from urllib.parse import quote, urlsplit

import structlog
from flask import Flask, Response, g, make_response, redirect, render_template, request
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.core.api import error_body
from webapp.core.db import db, is_busy, set_reading
from webapp.core.errors import (
    AegisError,
    BadInput,
    Busy,
    Conflict,
    Forbidden,
    NotFound,
    NotSignedIn,
    TooMany,
    UpstreamError,
)
from webapp.core.limits import NotNow

log = structlog.get_logger(__name__)
STATUS: dict[type[AegisError], int] = {
    BadInput: 400,
    NotSignedIn: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooMany: 429,
    Busy: 503,
}
MESSAGES = {
    400: ("bad_input", "This request cannot be understood."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that kind of request."),
    413: ("too_large", "That is too large."),
    415: ("unsupported_media_type", "Send this as JSON."),
}
TITLES = {
    400: "This cannot be used as it is",
    403: "Not yours to do",
    404: "Not found",
    409: "Not now",
    413: "Too large",
    429: "Too often",
    500: "Something went wrong",
    503: "Busy just now",
}
FAILED = "Something went wrong on our side. It has been noted."
BUSY = "Aegis is busy just now. Try again in a moment."


@dataclass(frozen=True)
class Problem:
    """What is said to the person, whichever form the answer takes."""

    status: int
    code: str
    message: str
    fields: dict[str, str] = field(default_factory=dict)
    retry_after: float | None = None


def init_app(app: Flask) -> None:
    app.register_error_handler(AegisError, _refused)
    app.register_error_handler(UpstreamError, _upstream)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(PoolTimeout, _busy)
    app.register_error_handler(RedisError, _busy)
    app.register_error_handler(NotNow, _not_now)
    # What no column holds: NUL in a text, half of a surrogate pair, more than 64 bits.
    for kind in (DataError, OverflowError, UnicodeEncodeError):
        app.register_error_handler(kind, _unstorable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _failed)


def answer(problem: Problem) -> Response:
    """The problem in the form this request can use. What was not committed is given up."""
    db.session.rollback()
    set_reading(True)
    response = _body(problem)
    response.status_code = problem.status
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, ceil(problem.retry_after)))
    return response


def _body(problem: Problem) -> Response:
    if request.path.startswith("/api/") or "HX-Request" in request.headers:
        return error_body(problem.code, problem.message, problem.fields)
    # A failure of ours may be the layout's own, so its page stands on nothing.
    page = "errors/failed.html" if problem.status >= 500 else "layout/message.html"
    title = TITLES.get(problem.status, "This cannot be done")
    values = {"title": title, "message": problem.message, "request_id": g.get("request_id", "")}
    return make_response(render_template(page, **values))


def _refused(error: AegisError) -> Response | WerkzeugResponse:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)
    if isinstance(error, NotSignedIn) and not request.path.startswith("/api/"):
        return _to_sign_in(error)
    retry_after = getattr(error, "retry_after", None)
    return answer(Problem(status, error.code, error.message, error.fields, retry_after))


def _to_sign_in(error: NotSignedIn) -> Response | WerkzeugResponse:
    htmx = "HX-Request" in request.headers
    here = request.headers.get("HX-Current-URL", "") if htmx else request.full_path.rstrip("?")
    parts = urlsplit(here)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    target = "/login"
    if path and (htmx or request.method in {"GET", "HEAD"}):
        target += f"?next={quote(path, safe='')}"
    if not htmx:
        return redirect(target, 303)
    response = answer(Problem(401, error.code, error.message))
    response.headers["HX-Redirect"] = target
    return response


def _upstream(error: UpstreamError) -> Response:
    log.warning("an outside service did not answer", service=error.service, answer=error.answer)
    message = f"{error.service.title()} does not answer just now. Try again in a moment."
    return answer(Problem(503, "busy", message, retry_after=error.retry_after or 30))


def _database(error: OperationalError) -> Response:
    if not is_busy(error):
        raise error
    return _busy(error)


def _busy(error: Exception) -> Response:
    log.warning("a request met a busy part", error=type(error).__name__)
    return answer(Problem(503, "busy", BUSY, retry_after=5))


def _not_now(error: NotNow) -> Response:
    message = "Too much is being asked of that service just now. Try again in a moment."
    return answer(Problem(503, "busy", message, retry_after=error.wait))


def _unstorable(error: Exception) -> Response:
    log.warning("a request held a value that cannot be stored", error=type(error).__name__)
    return answer(Problem(400, *MESSAGES[400]))


def _http(error: HTTPException) -> Response | HTTPException:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    code, message = MESSAGES.get(error.code, ("error", error.name + "."))
    return answer(Problem(error.code, code, message))


def _failed(_error: InternalServerError) -> Response:
    return answer(Problem(500, "error", FAILED))
