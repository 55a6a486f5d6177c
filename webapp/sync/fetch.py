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
from webapp.core.errors import Busy, UpstreamError
from webapp.core.http import Patience
from webapp.core.limits import NotNow
from webapp.core.sources import Breakers, Rest, pause_of
from webapp.core.time import monotonic
from webapp.sync.due import Stub

CALLS_PER_SOURCE = 4
ASKS_PER_SLICE = 2
"""How often one source is asked about one match in a slice, when it had an outage."""

LONG_WAIT = 60.0
"""Seconds past which a run does not wait for a source, but goes on without it."""

PROBE_LOOKS = 1.0
REDIS_AWAY = 2.0

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
        """Seconds until some source may be handed a match, 0 for now; None: nobody is left."""
        now = monotonic()
        times = [
            max(0.0, self._not_before.get(source, 0) - now)
            for source in self.sources
            if not self.breakers.is_resting(source) and self._next(source)
        ]
        return min(times, default=None)

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
                if stub is None:
                    break
                if not self.breakers.claim_probe(source):
                    self._not_before[source] = monotonic() + PROBE_LOOKS
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
        except (NotNow, Busy) as not_now:
            self._not_asked(stub, source, getattr(not_now, "wait", REDIS_AWAY))
            return None
        except UpstreamError as error:
            if error.is_outage:
                self._outage(stub, source, error)
            else:
                self._answers(source)
            return Told(stub, source, error=error)
        self._answers(source)
        return Told(stub, source, answer=answer)

    def _not_asked(self, stub: Stub, source: str, wait: float) -> None:
        """No token came in time, or Redis is away. A source that sends us away for long rests."""
        self.asked[stub.match_id, source] -= 1
        self.put_back(stub)
        self.breakers.release_probe(source)
        if wait > LONG_WAIT and not self.breakers.is_resting(source):
            self.opened.append(self.breakers.rest(source, wait))
        self._not_before[source] = monotonic() + wait

    def _answers(self, source: str) -> None:
        self.answered[source] += 1
        self.breakers.answered(source)

    def _outage(self, stub: Stub, source: str, error: UpstreamError) -> None:
        rested = self.breakers.is_resting(source)
        rest = self.breakers.failed(source, error)
        if rest is not None and not rested:
            self.opened.append(rest)
        outages = self.breakers.outages(source)
        self._not_before[source] = monotonic() + pause_of(
            outages, self.breakers.breaker_delay, error.retry_after
        )
