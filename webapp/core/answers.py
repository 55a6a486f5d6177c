"""What an answer of an outside service is worth: the general rules, before any service's own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from webapp.core import time
from webapp.core.errors import AnswerClass, UpstreamError
from webapp.core.limits import LONGEST_PAUSE


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no whole answer, in our own words."""

    words: str
    answer: AnswerClass = AnswerClass.NETWORK
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back, not yet judged. Header names are read in any case.

    Only the status is shown: an address in the headers may carry our key.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer: the JSON value, the bytes it was read from, and the headers."""

    data: Any = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


Judge = Callable[[Answered], UpstreamError | None]
"""What a service says that the general rules would misread; None leaves it to them."""


def understand(
    service: str,
    answered: Answered | Trouble,
    judge: Judge,
    json_type: bool,
    allow_empty: bool,
) -> Reply | UpstreamError:
    if isinstance(answered, Trouble):
        return UpstreamError(
            service, answered.answer, status=answered.status, detail=answered.words
        )
    error = judge(answered) or classify(service, answered, json_type=json_type)
    if error is not None:
        return error
    if allow_empty and not answered.body.strip():
        return Reply(None, answered.body, answered.headers)
    return _read_json(service, answered)


def classify(service: str, answered: Answered, *, json_type: bool = True) -> UpstreamError | None:
    """The failure that status and content type tell of, or None for what may be read as JSON."""
    failure = _failure(answered, json_type)
    if failure is None:
        return None
    answer, detail = failure
    throttled, unread = answer is AnswerClass.THROTTLED, answer is AnswerClass.SCHEMA
    return UpstreamError(
        service,
        answer,
        status=answered.status,
        detail=detail,
        retry_after=retry_after(answered.headers) if throttled else None,
        body=answered.body if unread else None,
    )


_ANSWERS: dict[int, tuple[AnswerClass, str]] = {
    HTTPStatus.UNAUTHORIZED: (AnswerClass.AUTH, "refuses the key"),
    HTTPStatus.FORBIDDEN: (AnswerClass.AUTH, "refuses the key"),
    HTTPStatus.TOO_MANY_REQUESTS: (AnswerClass.THROTTLED, "asks us to slow down"),
    HTTPStatus.SERVICE_UNAVAILABLE: (AnswerClass.THROTTLED, "is too busy to answer"),
}

_FAMILIES = {
    3: (AnswerClass.SERVER, "points to another address"),
    4: (AnswerClass.SCHEMA, "refuses what was asked"),
    5: (AnswerClass.SERVER, "has a fault of its own"),
}


def _failure(answered: Answered, json_type: bool) -> tuple[AnswerClass, str] | None:
    if answered.status >= HTTPStatus.MULTIPLE_CHOICES:
        unknown = _FAMILIES.get(answered.status // 100, _FAMILIES[5])
        return _ANSWERS.get(answered.status, unknown)
    if (json_type and not _says_json(answered)) or answered.body.lstrip()[:1] == b"<":
        return AnswerClass.NOT_JSON, "answered with something other than JSON"
    return None


def _says_json(answered: Answered) -> bool:
    kind = answered.headers.get("Content-Type", "application/json")
    return "json" in kind.partition(";")[0].lower()


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as ``Retry-After`` says, in seconds or as a date; at most a day."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        seconds = float(text)
    else:
        try:
            moment = parsedate_to_datetime(text)
            seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - time.utcnow()).total_seconds()
        except (ValueError, OverflowError):
            return None
    return min(max(0.0, seconds), LONGEST_PAUSE)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _read_json(service: str, answered: Answered) -> Reply | UpstreamError:
    try:
        data = json.loads(answered.body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return _unreadable(service, answered)
    return Reply(data, answered.body, answered.headers)


def _unreadable(service: str, answered: Answered) -> UpstreamError:
    """Unreadable as it stands, or cut on the way where nothing tells how long it should be."""
    if any(answered.headers.get(name) for name in ("Content-Length", "Transfer-Encoding")):
        detail, answer, body = "the answer is not readable JSON", AnswerClass.SCHEMA, answered.body
    else:
        detail, answer, body = "the answer was cut short", AnswerClass.NETWORK, None
    return UpstreamError(service, answer, status=answered.status, detail=detail, body=body)
