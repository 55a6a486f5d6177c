"""The log of what was asked, as rate tests need it. No key, code or token is kept."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SECRET_PARAMS = {"key", "api_key", "code", "code_verifier", "client_secret", "refresh_token"}


@dataclass
class Call:
    """One request. ``source`` is the name faults and breakers use: ``history``, ``sequence``...

    ``at`` is Unix time and ``clock`` monotonic, both of arrival; ``ended`` is monotonic and None
    while the call is open; ``open`` counts the service's calls open at arrival, this one included.
    ``ids`` are the match, account, league and sequence numbers asked for. ``status`` 0 means that
    no answer was sent.
    """

    service: str
    source: str
    method: str
    path: str
    params: dict[str, str]
    ids: frozenset[int] = frozenset()
    at: float = 0.0
    clock: float = 0.0
    ended: float | None = None
    open: int = 0
    status: int = 0
    fault: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"ids": sorted(self.ids)}


@dataclass
class CallLog:
    """Every call since the start or the last ``reset``. Thread-safe."""

    _calls: list[Call] = field(default_factory=list)
    _open: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arrived(self, call: Call) -> None:
        call.at, call.clock = time.time(), time.monotonic()
        with self._lock:
            self._calls.append(call)
            self._open[call.service] += 1
            call.open = self._open[call.service]

    def ended(self, call: Call, status: int) -> None:
        with self._lock:
            self._open[call.service] -= 1
            call.status, call.ended = status, time.monotonic()

    def all(self, source: str | None = None) -> list[Call]:
        """The calls in order of arrival, of one source or service if named."""
        with self._lock:
            return [one for one in self._calls if source in (None, one.source, one.service)]

    def count(self, source: str | None = None) -> int:
        return len(self.all(source))

    def reset(self) -> None:
        with self._lock:
            self._calls.clear()


def without_secrets(params: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in params.items() if name not in SECRET_PARAMS}
