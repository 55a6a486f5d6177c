"""What can go wrong, in the words of the product.

Services raise these and know nothing of HTTP; ``webapp.app`` turns them into a status and a page
or a JSON body. Nothing here ever carries a URL, because Steam's key stands in it.
"""

from __future__ import annotations

from enum import StrEnum


class AegisError(Exception):
    """Something a person did that cannot be done; ``message`` is shown to them as it stands."""

    code = "error"

    def __init__(self, message: str, *, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}


class BadInput(AegisError):
    """The input is wrong; ``fields`` names each wrong field and says why."""

    code = "bad_input"


class NotSignedIn(AegisError):
    code = "unauthorized"


class NotFound(AegisError):
    code = "not_found"


class Forbidden(AegisError):
    code = "forbidden"


class Conflict(AegisError):
    """It is understood but cannot be done now: the state or a missing setting stands against it."""

    code = "conflict"


class TooMany(AegisError):
    """Asked too often; ``retry_after`` is in seconds."""

    code = "too_many"

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(AegisError):
    """The database or Redis does not answer just now; asking again soon is the cure."""

    code = "busy"

    def __init__(self, message: str, *, retry_after: float = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AnswerClass(StrEnum):
    """The class an outside service's answer falls into: see docs/architecture.md."""

    OK = "ok"
    DEFINITE = "definite"
    ABSENT = "absent"
    SCHEMA = "schema"
    THROTTLED = "throttled"
    AUTH = "auth"
    SERVER = "server"
    NETWORK = "network"
    NOT_JSON = "not_json"


OUTAGES = frozenset(
    {
        AnswerClass.THROTTLED,
        AnswerClass.AUTH,
        AnswerClass.SERVER,
        AnswerClass.NETWORK,
        AnswerClass.NOT_JSON,
    }
)
"""Classes that spend no try and feed the source's breaker."""


class UpstreamError(Exception):
    """An outside service did not give what was asked.

    ``detail`` is a short sentence in our own words. ``body`` is kept for ``schema`` only, so that
    a better parser can be tried on it. ``retry_after`` is in seconds, where the service said so.
    """

    def __init__(
        self,
        service: str,
        answer: AnswerClass,
        *,
        status: int | None = None,
        detail: str = "",
        retry_after: float | None = None,
        body: bytes | None = None,
    ) -> None:
        super().__init__(f"{service}: {answer} ({status or 'no status'}) {detail}".rstrip())
        self.service = service
        self.answer = answer
        self.status = status
        self.detail = detail
        self.retry_after = retry_after
        self.body = body

    @property
    def is_outage(self) -> bool:
        return self.answer in OUTAGES
