"""Games played now: Steam is asked once for all visitors, whatever their number.

What it answered is kept in Redis for ``FRESH`` seconds. While somebody asks anew, and while Steam
does not answer, the others get what is kept for up to ``KEPT`` seconds, which says when it was
fetched. A failure is noted for a moment, so that not every visitor waits for the next one; nobody
is ever given a failure as if there were no games.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import ceil
from typing import Any

from redis import Redis
from redis.exceptions import LockError

from webapp.clients.shapes import LiveGame
from webapp.clients.steam import SteamClient
from webapp.core import sources, time
from webapp.core.errors import Busy, UpstreamError
from webapp.core.http import Patience
from webapp.core.limits import NotNow

FRESH = 15
KEPT = 60
HELD = 30
"""Seconds after which a visitor who asks is given up: a token's wait and a whole call fit in."""

PATIENCE = 5.0
PAUSE = 5
LONGEST_PAUSE = 30
LOOK_EVERY = 0.1

Body = dict[str, Any]
Ask = Callable[[], Sequence[LiveGame]]
Tell = Callable[[Sequence[LiveGame]], Body]


def asking(steam: SteamClient, league_id: int, breaker_delay: float) -> Ask:
    """One call for a league's live games, under the breaker of ``live``."""

    def ask() -> Sequence[LiveGame]:
        patience = Patience(time.monotonic() + PATIENCE, interactive=True)
        return sources.ask("live", breaker_delay, lambda: steam.live_games(league_id, patience))

    return ask


class LiveGames:
    """A league's live games as all processes keep them in Redis."""

    def __init__(self, redis: Redis, league_id: int) -> None:
        self._redis = redis
        self._key = f"aegis:live:{league_id}"
        self._failed = f"{self._key}:failed"

    def kept(self) -> Body | None:
        """What is kept, without asking."""
        return self._kept()[0]

    def get(self, ask: Ask, tell: Tell, *, fresh: float = FRESH) -> Body:
        """What is kept and younger than ``fresh``, or what ``ask`` brings, as ``tell`` writes it.

        Raises:
            Busy: nothing is kept, and Steam is not to be asked now.
            UpstreamError, NotNow: Steam could not be asked, or did not answer, and nothing is kept.
        """
        until = time.monotonic() + PATIENCE
        while True:
            body, good = self._look(fresh)
            if body is not None and good:
                return body
            lock = self._redis.lock(f"{self._key}:lock", timeout=HELD)
            if lock.acquire(blocking=False):
                try:
                    # Who held the lock until now may have asked since we looked.
                    body, good = self._look(fresh)
                    return body if body is not None and good else self._fetch(ask, tell, body)
                finally:
                    with suppress(LockError):
                        lock.release()
            if body is not None:
                return body
            if time.monotonic() >= until:
                raise _no_answer(PAUSE)
            time.sleep(LOOK_EVERY)

    def _look(self, fresh: float) -> tuple[Body | None, bool]:
        """What is kept, and whether it will do for now.

        Raises:
            Busy: nothing is kept, and Steam failed a moment ago.
        """
        body, age, failing_for = self._kept()
        if body is None and failing_for:
            raise _no_answer(failing_for)
        return body, age < fresh or bool(failing_for)

    def _kept(self) -> tuple[Body | None, float, float]:
        """What is kept and its age, and for how long after a failure nobody asks; in seconds."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.get(self._key)
        pipe.pttl(self._key)
        pipe.pttl(self._failed)
        kept, left, failing = pipe.execute()
        body: Body | None = json.loads(kept) if kept else None
        return body, KEPT - left / 1000, max(0, failing) / 1000

    def _fetch(self, ask: Ask, tell: Tell, kept: Body | None) -> Body:
        try:
            body = tell(ask())
        except (UpstreamError, NotNow, Busy) as error:
            self._redis.set(self._failed, 1, ex=_pause_after(error))
            if kept is None:
                raise
            return kept
        self._redis.set(self._key, json.dumps(body), ex=KEPT)
        return body


def _pause_after(error: UpstreamError | NotNow | Busy) -> int:
    wait = error.wait if isinstance(error, NotNow) else error.retry_after
    return ceil(min(max(wait or PAUSE, 1), LONGEST_PAUSE))


def _no_answer(seconds: float) -> Busy:
    message = "Steam does not tell of live games just now. Try again in a moment."
    return Busy(message, retry_after=seconds)
