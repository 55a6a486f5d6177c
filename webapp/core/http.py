"""One way out to the services on the internet: a token first, then a call that surely ends.

Nothing that leaves this module names an address or a key: requests writes both into its errors,
so they are caught here and only their class is told.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from importlib import metadata
from typing import Final, TypeVar

import requests
import urllib3
from requests.structures import CaseInsensitiveDict
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from webapp.core import time
from webapp.core.answers import Answered, Judge, Reply, Trouble, understand
from webapp.core.deadline import Deadline, WatchedAdapter, deadline
from webapp.core.errors import AnswerClass, Busy, UpstreamError
from webapp.core.limits import Bucket, Limits

CALL_SECONDS: Final = 15.0
CONNECT_SECONDS: Final = 5.0
SIZE_CAP: Final = 5_000_000
ERROR_PAGE_CAP: Final = 64_000
PIECE: Final = 65_536
THREADS: Final = 16

T = TypeVar("T")

# urllib3 writes the address, and so the key, into its log: at DEBUG always, and at WARNING
# when it cannot read a header.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a caller waits for a token: until this moment of ``time.monotonic``.

    The call itself then has its own 15 s. ``interactive``: a person waits, so background calls
    let this one go first.
    """

    until: float
    interactive: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A service's key and the parameter it is sent in; never shown."""

    name: str
    value: str = field(repr=False)


class HttpClient:
    """Calls that cost a token, end within ``seconds`` and never follow a redirect.

    Proxies, cookies and ``.netrc`` are left aside: the hosts are those of the settings alone.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        seconds: float = CALL_SECONDS,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        self.limits = limits
        self._seconds = seconds
        self._connect_seconds = connect_seconds
        self._session: requests.Session = _Session()
        self._process = os.getpid()

    def get_json(
        self,
        url: str,
        params: Mapping[str, str | int],
        *,
        service: str,
        buckets: Sequence[Bucket],
        patience: Patience,
        key: Key | None = None,
        judge: Judge = lambda _: None,
        json_type: bool = True,
        allow_empty: bool = False,
        size_cap: int = SIZE_CAP,
    ) -> Reply:
        """Take a token, ask, and read the JSON answer.

        ``json_type=False`` is for a service that serves JSON as something else; ``allow_empty``
        reads an empty body as None.

        Raises:
            NotNow: no token comes before ``patience.until``; nothing was asked.
            Busy: Redis does not answer; nothing was asked.
            UpstreamError: every other way to fail, by its class.
        """
        ticket = self.limits.acquire(
            service, buckets, until=patience.until, interactive=patience.interactive
        )

        def sent() -> None:
            with suppress(Busy):
                self.limits.sent(ticket)

        with deadline(self._seconds, sent) as limit:
            answered = self._send(url, params, key, limit, size_cap)
        if limit.over():
            answered = Trouble(f"did not answer within {self._seconds:g} s")
        reply = understand(service, answered, judge, json_type, allow_empty)
        if isinstance(reply, Reply):
            return reply
        if reply.retry_after:
            self.limits.pause(service, reply.retry_after)
        # Raised here, outside of any handler, it has no context that carries the address.
        raise reply

    def _send(
        self,
        url: str,
        params: Mapping[str, str | int],
        key: Key | None,
        limit: Deadline,
        size_cap: int,
    ) -> Answered | Trouble:
        session = self._own_session()
        asked = {**params, key.name: key.value} if key else params
        try:
            request = session.prepare_request(requests.Request("GET", url, params=asked))
            times = (min(self._connect_seconds, limit.left()), limit.left())
            with closing(session.send(request, stream=True, timeout=times)) as response:
                return _read(response, size_cap)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return Trouble(_in_words(error))

    def _own_session(self) -> requests.Session:
        """This process's session: after a fork, the parent's connections are not ours to use."""
        if self._process != os.getpid():
            self._session, self._process = _Session(), os.getpid()
        return self._session


class _Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers = CaseInsensitiveDict(
            {
                "User-Agent": f"Aegis/{_version()}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            }
        )
        for scheme in ("http://", "https://"):
            self.mount(scheme, WatchedAdapter(pool_maxsize=THREADS))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Never go where a service points. requests would read the whole body even to say no."""


def _version() -> str:
    try:
        return metadata.version("aegis")
    except metadata.PackageNotFoundError:
        return "0"


def _in_words(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "no trusted connection could be made"
    if isinstance(error, requests.Timeout):
        return "did not answer in time"
    return "could not be reached, or cut the connection"


def _read(response: requests.Response, size_cap: int) -> Answered | Trouble:
    """The whole answer in pieces, never holding more than the cap of its unpacked body.

    The page of a refusal is only kept where it came whole: its status says enough.
    """
    status, headers = response.status_code, response.headers
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        try:
            body = _unpacked(response, ERROR_PAGE_CAP)
        except (urllib3.exceptions.HTTPError, OSError):
            body = None
        return Answered(status, headers, body or b"")
    try:
        body = _unpacked(response, size_cap)
    except urllib3.exceptions.DecodeError:
        return Trouble("the answer's compression is damaged", AnswerClass.NOT_JSON, status)
    if body is None:
        return Trouble("the answer is too large", status=status)
    return Answered(status, headers, body)


def _unpacked(response: requests.Response, cap: int) -> bytes | None:
    """The body, or None as soon as it grows past ``cap``."""
    body = bytearray()
    for piece in response.raw.stream(PIECE, decode_content=True):
        body += piece
        if len(body) > cap:
            return None
    return bytes(body)


def retrying(
    fn: Callable[[], T], *, patience: Patience, attempts: int = 3, longest_wait: float = 30
) -> T:
    """What ``fn`` returns, asked again after an outage; never waiting past ``patience.until``.

    Waits as long as the service says, else about 1, 2, 4 s by chance. A refused key is not tried
    again. Raises what the last attempt raised.
    """
    by_chance = wait_random_exponential(multiplier=1, max=longest_wait)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        said = error.retry_after if isinstance(error, UpstreamError) else None
        return by_chance(state) if said is None else said

    def stop(state: RetryCallState) -> bool:
        late = time.monotonic() + state.upcoming_sleep > patience.until
        return late or state.attempt_number >= attempts

    again = Retrying(
        retry=retry_if_exception(_worth_asking_again),
        wait=wait,
        stop=stop,
        sleep=time.sleep,
        reraise=True,
    )
    return again(fn)


def _worth_asking_again(error: BaseException) -> bool:
    if not isinstance(error, UpstreamError):
        return False
    return error.is_outage and error.answer is not AnswerClass.AUTH
