"""Asks the sources for details side by side: a bounded pool of threads that only fetch.

The thread that owns the pool plans and stores. One match is with one source at a time; after an
outage a source is left alone for a moment, and below five in a row only as many calls go out as
could still be outages before its breaker opens.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from webapp.clients.opendota import OpenDotaClient
from webapp.clients.shapes import Answer
from webapp.clients.steam import SteamClient
from webapp.core.errors import UpstreamError
from webapp.core.http import Patience
from webapp.core.limits import NotNow
from webapp.core.sources import Breakers, Rest, pause_of
from webapp.core.time import monotonic
from webapp.sync.due import Stub

CALLS_PER_SOURCE = 4
ASKS_PER_SLICE = 2
"""How often one source is asked about one match in a slice, when it had an outage."""

Ask = Callable[[Stub, Patience], Answer]


@dataclass(frozen=True)
class Told:
    """What a source said of a match: its details, or why not."""

    stub: Stub
    source: str
    answer: Answer | None = None
    error: UpstreamError | None = None


def asks(steam: SteamClient, opendota: OpenDotaClient) -> Mapping[str, Ask]:
    """How each source is asked about a match."""

    def by_sequence(stub: Stub, patience: Patience) -> Answer:
        assert stub.match_seq_num is not None
        return steam.match_by_sequence(stub.match_id, stub.match_seq_num, patience)

    return {
        "sequence": by_sequence,
        "opendota": lambda stub, patience: opendota.match(stub.match_id, patience),
        "details": lambda stub, patience: steam.match_details(stub.match_id, patience),
    }


class Fetcher:
    """Hands matches to sources until the slice is over, and yields what they told.

    ``until`` (monotonic) is the slice's end: no call waits for a token past it.
    """

    def __init__(
        self,
        ways: Mapping[str, Ask],
        sources: tuple[str, ...],
        stubs: list[Stub],
        breakers: Breakers,
        *,
        until: float,
        over: Callable[[], bool],
    ) -> None:
        self.ways = ways
        self.sources = sources
        self.breakers = breakers
        self.until = until
        self.over = over
        self.waiting: dict[int, Stub] = {stub.match_id: stub for stub in stubs}
        self.asked: Counter[tuple[int, str]] = Counter()
        self.silent: dict[int, set[str]] = {}
        self.answered: Counter[str] = Counter()
        self.opened: list[Rest] = []
        self.pool = ThreadPoolExecutor(CALLS_PER_SOURCE * len(sources), "fetch")
        self._under_way: dict[Future[Answer], tuple[Stub, str]] = {}
        self._not_before: dict[str, float] = {}

    def told(self, seconds: float) -> Iterator[Told]:
        """What came within about ``seconds``; nothing more when nobody can be asked."""
        end = min(monotonic() + seconds, self.until + 30)
        while monotonic() < end:
            self._hand_out()
            if not self._under_way:
                return
            done, _ = wait(self._under_way, timeout=0.25, return_when=FIRST_COMPLETED)
            for future in done:
                stub, source = self._under_way.pop(future)
                result = self._result(future, stub, source)
                if result is not None:
                    yield result
            if done:
                return

    def busy(self) -> bool:
        return bool(self._under_way)

    def pause(self) -> float | None:
        """Seconds until a source that is left alone may be asked again; None: no work for it."""
        now = monotonic()
        times = [
            moment - now
            for source, moment in self._not_before.items()
            if moment > now and not self.breakers.is_resting(source) and self._next(source)
        ]
        return min(times, default=None)

    def can_go_on(self) -> bool:
        """Whether a source could be handed a match right now."""
        now = monotonic()
        return any(
            self._not_before.get(source, 0) <= now
            and self.breakers.allowed(source, 1) > 0
            and self._next(source) is not None
            for source in self.sources
        )

    def put_back(self, stub: Stub) -> None:
        """Keep a match in this slice's plan: its round is still open."""
        self.waiting[stub.match_id] = stub

    def close(self) -> None:
        """Give up what is still under way: a slice that was stopped does not wait for it."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    # ---- planning ----------------------------------------------------------------------------

    def _hand_out(self) -> None:
        if self.over():
            return
        for source in self.sources:
            if self._not_before.get(source, 0) > monotonic():
                continue
            flying = sum(1 for _, name in self._under_way.values() if name == source)
            for _ in range(self.breakers.allowed(source, CALLS_PER_SOURCE) - flying):
                stub = self._next(source)
                if stub is None or not self.breakers.claim_probe(source):
                    break
                self._send(stub, source)

    def _next(self, source: str) -> Stub | None:
        """The next match for a source; a probe takes any, so that one odd match cannot keep the
        source at rest for all others.
        """
        fitting = (stub for stub in self.waiting.values() if self._fits(stub, source))
        if self.breakers.is_open(source):
            choice = list(fitting)
            return random.choice(choice) if choice else None  # noqa: S311 - no secret
        return next(fitting, None)

    def _fits(self, stub: Stub, source: str) -> bool:
        known = source != "sequence" or stub.match_seq_num is not None
        fresh = self.asked[stub.match_id, source] < ASKS_PER_SLICE
        return known and fresh and source not in stub.answers

    def _send(self, stub: Stub, source: str) -> None:
        del self.waiting[stub.match_id]
        self.asked[stub.match_id, source] += 1
        future = self.pool.submit(self.ways[source], stub, Patience(until=self.until))
        self._under_way[future] = (stub, source)

    # ---- answers -----------------------------------------------------------------------------

    def _result(self, future: Future[Answer], stub: Stub, source: str) -> Told | None:
        try:
            answer = future.result()
        except NotNow as not_now:
            self.asked[stub.match_id, source] -= 1
            self._not_before[source] = monotonic() + not_now.wait
            self.put_back(stub)
            return None
        except UpstreamError as error:
            if error.is_outage:
                self._outage(stub, source, error)
            else:
                self._answers(source)
            return Told(stub, source, error=error)
        self._answers(source)
        return Told(stub, source, answer=answer)

    def _answers(self, source: str) -> None:
        self.answered[source] += 1
        self.breakers.answered(source)

    def _outage(self, stub: Stub, source: str, error: UpstreamError) -> None:
        self.silent.setdefault(stub.match_id, set()).add(source)
        rest = self.breakers.failed(source, error)
        if rest is not None:
            self.opened.append(rest)
        outages = self.breakers.outages(source)
        self._not_before[source] = monotonic() + pause_of(
            outages, self.breakers.breaker_delay, error.retry_after
        )
