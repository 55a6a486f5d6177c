"""Rate limits shared by every process: upstream calls wait for a token, page requests are refused.

Each limit is a moving-window log: a Redis list of the moments of its newest calls, read and
written by one script at the server's own clock. docs/decisions/0001-limits.md says why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis
from redis.exceptions import RedisError

from webapp.core import time
from webapp.core.errors import Busy, TooMany
from webapp.settings import Rate

STRETCH = 1.04
"""Calls do not all take equally long to reach the service, so our window is a little wider."""

FRESH_SECONDS = 60
"""A Redis that started so lately knows nothing because it is new, not because it was emptied."""

STEP = 0.25
"""Longest sleep of a waiter, in seconds: what it waits for may change meanwhile."""

LATE = 0.01
"""A call sent this many seconds after its token was asked for has its moment moved."""

LONGEST_PAUSE = 86_400.0
"""No service may send us away for longer than a day."""

PERSON_FLAG_MS = 2000

_LOG = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local function text(number) return string.format('%.0f', number) end
local function note(key, amount, window)
  redis.call('LPUSH', key, text(now))
  redis.call('LTRIM', key, 0, amount - 1)
  redis.call('PEXPIRE', key, text(math.ceil(window / 1000) + 1000))
end
local function wait_for(key, amount, window)
  local newest = redis.call('LINDEX', key, 0)
  if newest and tonumber(newest) > now then
    redis.call('DEL', key)
    for _ = 1, amount do note(key, amount, window) end
  end
  local oldest = redis.call('LINDEX', key, amount - 1)
  return oldest and math.max(0, oldest + window - now) or 0
end
"""
# A moment in the future means that the clock was set back: the log then starts anew as used up.

_TAKE = (
    _LOG
    + """
local interactive, patience, calls = ARGV[1] == '1', tonumber(ARGV[2]), ARGV[3]
local wait = math.max(0, redis.call('PTTL', KEYS[1]) * 1000)
for i = 3, #KEYS do
  if redis.call('EXISTS', KEYS[i] .. ':known') == 0 then return {'-1', ''} end
end
for i = 3, #KEYS do
  local amount, window = tonumber(ARGV[i * 2 - 2]), tonumber(ARGV[i * 2 - 1])
  wait = math.max(wait, wait_for(KEYS[i], amount, window))
end
if not interactive and redis.call('EXISTS', KEYS[2]) == 1 then wait = math.max(wait, 100000) end
if wait > 0 then
  if interactive and wait <= patience then
    redis.call('SET', KEYS[2], 1, 'PX', """
    + str(PERSON_FLAG_MS)
    + """)
  end
  return {text(wait), ''}
end
if interactive then redis.call('DEL', KEYS[2]) end
for i = 3, #KEYS do note(KEYS[i], tonumber(ARGV[i * 2 - 2]), tonumber(ARGV[i * 2 - 1])) end
local today = calls .. math.floor(clock[1] / 86400)
redis.call('INCR', today)
redis.call('EXPIRE', today, 172800)
return {'0', text(now)}
"""
)

_KNOW = (
    _LOG
    + """
for i = 1, #KEYS do
  if redis.call('SET', KEYS[i] .. ':known', 1, 'NX') and ARGV[1] == '1' then
    local amount, window = tonumber(ARGV[i * 2]), tonumber(ARGV[i * 2 + 1])
    for _ = 1, amount do note(KEYS[i], amount, window) end
  end
end
"""
)
# A log that a long-lived Redis does not know was emptied with it: it then starts as used up.

_MOVE = (
    _LOG
    + """
for i = 1, #KEYS do
  if redis.call('LREM', KEYS[i], 1, ARGV[1]) == 1 then
    note(KEYS[i], tonumber(ARGV[i * 2]), tonumber(ARGV[i * 2 + 1]))
  end
end
"""
)

_CHECK = (
    _LOG
    + """
local amount, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = wait_for(KEYS[1], amount, window)
if wait == 0 then note(KEYS[1], amount, window) end
return text(wait)
"""
)

_PAUSE = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
end
"""


class NotNow(Exception):
    """A token can be had only in ``wait`` seconds, which is later than the caller may wait."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"the next call may be made in {wait:.1f} s")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Bucket:
    """One limit, known to all processes by its name."""

    name: str
    rate: Rate

    @property
    def key(self) -> str:
        return f"aegis:limit:{self.name}"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A call that may now be made: its moment in each bucket's log, and when it was asked for."""

    buckets: tuple[Bucket, ...]
    moment: str
    asked_at: float


@contextmanager
def _redis_answers() -> Iterator[None]:
    try:
        yield
    except RedisError:
        raise Busy("Redis does not answer just now. Please try again in a moment.") from None


class Limits:
    """The limits of all services and pages, kept in one Redis.

    Raises:
        Busy: Redis does not answer; from every method.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._know = redis.register_script(_KNOW)
        self._move = redis.register_script(_MOVE)
        self._check = redis.register_script(_CHECK)
        self._pause = redis.register_script(_PAUSE)

    def acquire(
        self,
        service: str,
        buckets: Sequence[Bucket],
        *,
        until: float,
        interactive: bool = False,
    ) -> Ticket:
        """Take one token of every bucket at once, waiting for it where it comes before ``until``.

        ``until`` is a moment of ``time.monotonic``. While an interactive call waits, background
        calls of the service take no token. A bucket without a limit is only counted.

        Raises:
            NotNow: no token comes before ``until``.
        """
        limited = tuple(bucket for bucket in buckets if bucket.rate.amount)
        while True:
            asked_at = time.monotonic()
            left = max(0.0, until - asked_at)
            wait, moment = self._try(service, limited, left, interactive)
            if wait <= 0:
                return Ticket(limited, moment, asked_at)
            left = until - time.monotonic()
            if wait > left:
                raise NotNow(wait)
            time.sleep(min(wait, STEP, left))

    def _try(
        self, service: str, buckets: Sequence[Bucket], left: float, interactive: bool
    ) -> tuple[float, str]:
        keys = [f"aegis:pause:{service}", f"aegis:person:{service}"]
        keys += [bucket.key for bucket in buckets]
        args: list[str | int] = [int(interactive), int(left * 1e6), f"aegis:calls:{service}:"]
        args += _windows(buckets)
        with _redis_answers():
            wait, moment = cast("list[Any]", self._take(keys=keys, args=args))
            if int(wait) < 0:
                self._get_to_know(buckets)
                wait, moment = cast("list[Any]", self._take(keys=keys, args=args))
        return max(0, int(wait)) / 1e6, _text(moment)

    def _get_to_know(self, buckets: Sequence[Bucket]) -> None:
        """Meet buckets this Redis does not know: it is new, or it was emptied a moment ago."""
        uptime = int(self._redis.info("server")["uptime_in_seconds"])
        emptied = int(uptime >= FRESH_SECONDS)
        keys = [bucket.key for bucket in buckets]
        self._know(keys=keys, args=[emptied, *_windows(buckets)])

    def sent(self, ticket: Ticket) -> None:
        """Say that the call is on its way now; connecting may have made it late.

        The service counts calls when they reach it, so a late call's moment is moved to now.
        """
        if not ticket.buckets or time.monotonic() - ticket.asked_at < LATE:
            return
        args: list[str | int] = [ticket.moment, *_windows(ticket.buckets)]
        with _redis_answers():
            self._move(keys=[bucket.key for bucket in ticket.buckets], args=args)

    def pause(self, service: str, seconds: float) -> None:
        """Let nobody take a token of this service for ``seconds``; a longer pause stays."""
        milliseconds = math.ceil(min(seconds, LONGEST_PAUSE) * 1000)
        if milliseconds > 0:
            with _redis_answers():
                self._pause(keys=[f"aegis:pause:{service}"], args=[milliseconds])

    def paused_for(self, service: str) -> float:
        """Seconds until the pause a service asked for is over; 0 without one."""
        with _redis_answers():
            left = self._redis.pttl(f"aegis:pause:{service}")
        return max(0, left) / 1000

    def usage(self, bucket: Bucket) -> int:
        """How many tokens were taken in the window that ends now."""
        with _redis_answers():
            pipe = self._redis.pipeline(transaction=False)
            pipe.time()
            pipe.lrange(bucket.key, 0, -1)
            (seconds, micros), moments = pipe.execute()
        since = (seconds - bucket.rate.seconds) * 1_000_000 + micros
        return sum(int(moment) > since for moment in moments)

    def calls_today(self, service: str) -> int:
        """How many calls were made since midnight UTC."""
        with _redis_answers():
            seconds, _ = self._redis.time()
            count = self._redis.get(f"aegis:calls:{service}:{seconds // 86400}")
        return int(cast("bytes | None", count) or 0)

    def check(self, key: str, rate: Rate) -> None:
        """Count one request of ``key`` (a route and a person or address).

        Raises:
            TooMany: the rate is used up; it says when the next request may come.
        """
        if not rate.amount:
            return
        args = [rate.amount, rate.seconds * 1_000_000]
        with _redis_answers():
            wait = int(cast("str", self._check(keys=[f"aegis:page:{key}"], args=args))) / 1e6
        if wait > 0:
            seconds = math.ceil(wait)
            raise TooMany(f"Too many requests. Try again in {seconds} s.", retry_after=seconds)


def _windows(buckets: Sequence[Bucket]) -> list[int]:
    """Amount and stretched window in microseconds of each bucket, one after the other."""
    pairs = [(b.rate.amount, math.ceil(b.rate.seconds * STRETCH * 1_000_000)) for b in buckets]
    return [number for pair in pairs for number in pair]


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
