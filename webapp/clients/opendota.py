"""OpenDota: the second source of a league's match ids, and of details.

Every method raises ``UpstreamError`` by the class of the answer, and ``NotNow`` or ``Busy`` where
no call could be made.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar

from webapp.clients.fields import Unreadable, mapping, required_id, rows, text
from webapp.clients.match_details import read_details
from webapp.clients.shapes import Answer, LeagueInfo
from webapp.core import time
from webapp.core.answers import Answered, Reply
from webapp.core.errors import AnswerClass, UpstreamError
from webapp.core.http import HttpClient, Key, Patience
from webapp.core.limits import Bucket
from webapp.settings import Rate

SERVICE = "opendota"

T = TypeVar("T")


class OpenDotaClient:
    """OpenDota with a key, or without one (``""``) as a guest of 3,000 calls a day."""

    def __init__(self, http: HttpClient, key: str, *, base_url: str, rate: Rate) -> None:
        self._http = http
        self._key = Key("api_key", key) if key else None
        self._base_url = base_url
        self.bucket = Bucket("opendota", rate)

    def league_match_ids(self, league_id: int, patience: Patience) -> tuple[int, ...]:
        """Ids of every match of the league, newest first; empty for a league it knows not."""
        reply = self._get(f"leagues/{league_id}/matchIds", patience)

        def ids(data: Any) -> tuple[int, ...]:
            listed = rows([] if data is None else data, "the answer")
            found = {required_id({"match_id": one}, "match_id") for one in listed}
            return tuple(sorted(found, reverse=True))

        return _read(reply, ids)

    def league(self, league_id: int, patience: Patience) -> LeagueInfo | None:
        """The league's name and tier; None where OpenDota does not know it."""
        try:
            reply = self._get(f"leagues/{league_id}", patience)
        except UpstreamError as error:
            if error.answer is AnswerClass.ABSENT:
                return None
            raise
        return _read(reply, _league)

    def match(self, match_id: int, patience: Patience) -> Answer:
        """A match's details; ``absent`` where OpenDota does not have it."""
        reply = self._get(f"matches/{match_id}", patience)
        answer = _read(reply, lambda data: _details(data, reply.body))
        if answer.details.match_id != match_id:
            raise UpstreamError(
                SERVICE, AnswerClass.ABSENT, status=200, detail="another match came"
            )
        return answer

    def _get(self, path: str, patience: Patience) -> Reply:
        return self._http.get_json(
            f"{self._base_url}/{path}",
            {},
            service=SERVICE,
            buckets=(self.bucket,),
            patience=patience,
            key=self._key,
            judge=self._judge,
            allow_empty=True,
        )

    def _judge(self, answered: Answered) -> UpstreamError | None:
        """Heed what OpenDota says of its own limits, and read its 404 as absent."""
        spent = _spent(answered)
        if answered.status == HTTPStatus.NOT_FOUND:
            detail = "does not have it"
            error = UpstreamError(SERVICE, AnswerClass.ABSENT, status=404, detail=detail)
        elif answered.status == HTTPStatus.TOO_MANY_REQUESTS and spent is not None:
            detail = "the calls it allows are used up"
            return UpstreamError(
                SERVICE, AnswerClass.THROTTLED, status=429, detail=detail, retry_after=spent
            )
        else:
            error = None
        if spent:
            self._http.limits.pause(SERVICE, spent)
        return error


def _spent(answered: Answered) -> float | None:
    """Seconds until OpenDota takes calls again, where it says that none is left."""
    refused = answered.status == HTTPStatus.TOO_MANY_REQUESTS
    words = answered.body[:200].lower() if refused else b""
    if _none_left(answered, "Day") or b"daily" in words:
        return _until_midnight()
    if _none_left(answered, "Minute") or b"minute" in words:
        return 60.0 - time.utcnow().second
    return None


def _none_left(answered: Answered, unit: str) -> bool:
    left = answered.headers.get(f"X-Rate-Limit-Remaining-{unit}", "").strip()
    return left.startswith("-") or left == "0"


def _until_midnight() -> float:
    now = time.utcnow()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()


def _league(data: Any) -> LeagueInfo | None:
    if data is None:
        return None
    fields = mapping(data, "the answer")
    return LeagueInfo(
        league_id=required_id(fields, "leagueid"),
        name=text(fields, "name"),
        tier=text(fields, "tier"),
    )


def _details(data: Any, body: bytes) -> Answer:
    return Answer(read_details(mapping(data, "the answer")), body)


def _read(reply: Reply, read: Callable[[Any], T]) -> T:
    try:
        return read(reply.data)
    except Unreadable as unreadable:
        error = UpstreamError(
            SERVICE, AnswerClass.SCHEMA, status=200, detail=str(unreadable), body=reply.body
        )
    raise error
