from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from webapp.core.errors import Busy, TooMany
from webapp.core.limits import Bucket, Limits, NotNow
from webapp.settings import ROOT, Rate

FAST = Bucket("fast", Rate(20, 1))
SLOW = Bucket("slow", Rate(1, 60))
FREE = Bucket("free", Rate(0, 1))

WORKER = """
import sys, time
from redis import Redis
from webapp.core.limits import Bucket, Limits, NotNow
from webapp.settings import Rate
limits = Limits(Redis.from_url(sys.argv[1]))
until = time.monotonic() + 3.5
try:
    while True:
        print(limits.acquire("steam", [Bucket("fast", Rate(20, 1))], until=until).moment)
except NotNow:
    pass
"""


def soon(seconds: float = 0) -> float:
    return time.monotonic() + seconds


def most_in_a_window(moments: Iterable[float], seconds: float) -> int:
    window: deque[float] = deque()
    most = 0
    for moment in sorted(moments):
        window.append(moment)
        while window[0] <= moment - seconds:
            window.popleft()
        most = max(most, len(window))
    return most


def test_two_processes_share_a_limit_never_pass_it_and_use_nine_tenths(clean_redis: str) -> None:
    command = [sys.executable, "-c", WORKER, clean_redis]
    workers = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    moments = sorted(
        int(line) / 1e6 for one in workers for line in one.communicate(timeout=30)[0].split()
    )
    assert most_in_a_window(moments, 1) <= 20
    lasted = moments[-1] - moments[0]
    assert len(moments) - 20 >= 0.9 * 20 * lasted


def test_many_threads_share_a_limit(limits: Limits) -> None:
    bucket, moments, until = Bucket("threads", Rate(5, 1)), [], soon(3.9)

    def take() -> None:
        try:
            while True:
                ticket = limits.acquire("steam", [bucket], until=until)
                moments.append(int(ticket.moment) / 1e6)
        except NotNow:
            pass

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most_in_a_window(moments, 1) <= 5
    assert len(moments) == 20  # at 0, 1.04, 2.08 and 3.12 s


def test_a_wait_that_ends_in_time_is_waited(limits: Limits) -> None:
    bucket = Bucket("one", Rate(1, 1))
    limits.acquire("steam", [bucket], until=soon())
    started = time.monotonic()
    limits.acquire("steam", [bucket], until=soon(2))
    assert 1.0 <= time.monotonic() - started < 1.5


def test_a_wait_too_long_is_refused_at_once_and_says_how_long(limits: Limits) -> None:
    limits.acquire("steam", [SLOW], until=soon())
    started = time.monotonic()
    with pytest.raises(NotNow) as refused:
        limits.acquire("steam", [SLOW], until=soon(5))
    assert time.monotonic() - started < 0.3
    assert 60 < refused.value.wait <= 60 * 1.04


def test_a_waiter_never_passes_its_patience(limits: Limits) -> None:
    bucket, until = Bucket("crowded", Rate(1, 1)), soon(1.5)
    limits.acquire("steam", [bucket], until=soon())
    ended = []

    def wait() -> None:
        try:
            limits.acquire("steam", [bucket], until=until)
        except NotNow:
            ended.append(time.monotonic())

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 3
    assert max(ended) < until + 0.1


def test_two_buckets_are_taken_together_or_not_at_all(limits: Limits) -> None:
    limits.acquire("steam", [SLOW], until=soon())
    with pytest.raises(NotNow):
        limits.acquire("steam", [FAST, SLOW], until=soon())
    assert limits.usage(FAST) == 0
    limits.acquire("steam", [FAST, Bucket("other", Rate(1, 60))], until=soon())
    assert limits.usage(FAST) == 1


def test_a_bucket_without_a_limit_only_counts(limits: Limits) -> None:
    for _ in range(30):
        limits.acquire("steam", [FREE], until=soon())
    assert limits.calls_today("steam") == 30
    assert limits.calls_today("opendota") == 0


def test_usage_forgets_what_left_the_window(limits: Limits) -> None:
    bucket = Bucket("brief", Rate(3, 1))
    limits.acquire("steam", [bucket], until=soon())
    limits.acquire("steam", [bucket], until=soon())
    assert limits.usage(bucket) == 2
    time.sleep(1.02)
    assert limits.usage(bucket) == 0


def test_a_paused_service_gives_no_token_and_others_do(limits: Limits) -> None:
    limits.pause("steam", 30)
    limits.pause("steam", 1)
    with pytest.raises(NotNow) as refused:
        limits.acquire("steam", [FAST], until=soon(2), interactive=True)
    assert 28 < refused.value.wait <= 30
    assert 28 < limits.paused_for("steam") <= 30
    limits.acquire("opendota", [FAST], until=soon())
    assert limits.paused_for("opendota") == 0


def test_a_pause_passes(limits: Limits) -> None:
    limits.pause("steam", 0.4)
    started = time.monotonic()
    limits.acquire("steam", [FAST], until=soon(2))
    assert 0.35 < time.monotonic() - started < 1


def test_a_persons_call_goes_before_waiting_background_calls(limits: Limits) -> None:
    bucket, order = Bucket("narrow", Rate(1, 1)), []
    limits.acquire("steam", [bucket], until=soon())

    def take(name: str, interactive: bool) -> None:
        limits.acquire("steam", [bucket], until=soon(8), interactive=interactive)
        order.append(name)

    background = [threading.Thread(target=take, args=("background", False)) for _ in range(3)]
    for thread in background:
        thread.start()
    time.sleep(0.3)
    person = threading.Thread(target=take, args=("person", True))
    person.start()
    for thread in [person, *background]:
        thread.join()
    assert order == ["person", "background", "background", "background"]


def test_background_calls_take_no_token_while_a_person_waits(limits: Limits, redis: Redis) -> None:
    redis.set("aegis:person:steam", 1, px=600)
    started = time.monotonic()
    limits.acquire("steam", [FAST], until=soon(3))
    assert 0.5 < time.monotonic() - started < 1.2


def test_a_person_who_will_not_wait_holds_nobody_up(limits: Limits, redis: Redis) -> None:
    limits.acquire("steam", [SLOW], until=soon())
    with pytest.raises(NotNow):
        limits.acquire("steam", [SLOW], until=soon(1), interactive=True)
    assert not redis.exists("aegis:person:steam")


def test_a_call_that_left_late_counts_from_when_it_left(limits: Limits) -> None:
    bucket = Bucket("late", Rate(1, 1))
    ticket = limits.acquire("steam", [bucket], until=soon())
    time.sleep(0.6)
    limits.sent(ticket)
    with pytest.raises(NotNow) as refused:
        limits.acquire("steam", [bucket], until=soon())
    assert refused.value.wait > 0.9
    assert limits.usage(bucket) == 1


def test_a_clock_that_was_set_back_costs_one_window_at_most(limits: Limits, redis: Redis) -> None:
    bucket = Bucket("back", Rate(2, 1))
    ahead = int((time.time() + 3600) * 1e6)
    redis.lpush(bucket.key, ahead, ahead)
    with pytest.raises(NotNow) as refused:
        limits.acquire("steam", [bucket], until=soon())
    assert refused.value.wait <= 1.04
    limits.acquire("steam", [bucket], until=soon(1.5))


def test_page_limits_refuse_and_say_when_to_come_back(limits: Limits) -> None:
    for _ in range(3):
        limits.check("login:192.0.2.1", Rate(3, 60))
    with pytest.raises(TooMany) as refused:
        limits.check("login:192.0.2.1", Rate(3, 60))
    assert 58 <= refused.value.retry_after <= 60
    limits.check("login:192.0.2.2", Rate(3, 60))
    for _ in range(5):
        limits.check("free", Rate(0, 60))


def test_what_is_kept_in_redis_goes_by_itself(limits: Limits, redis: Redis) -> None:
    limits.acquire("steam", [FAST], until=soon(), interactive=True)
    limits.check("page", Rate(1, 60))
    limits.pause("steam", 5)
    keys = set(redis.scan_iter("*"))
    names = {key for key in keys if key.endswith(b":known")}
    assert names == {b"aegis:limit:fast:known"}
    assert len(keys - names) == 4
    assert all(redis.ttl(key) > 0 for key in keys - names)


def test_an_emptied_redis_does_not_forget_that_calls_were_made(
    limits: Limits, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.core.limits.FRESH_SECONDS", 0)
    with pytest.raises(NotNow):
        limits.acquire("steam", [SLOW], until=soon())
    redis.flushall()
    with pytest.raises(NotNow) as later:
        limits.acquire("steam", [SLOW], until=soon())
    assert 60 <= later.value.wait <= 63


def test_a_new_redis_lets_the_first_calls_go_at_once(limits: Limits) -> None:
    limits.acquire("steam", [SLOW], until=soon())


def test_redis_away_is_told_as_busy() -> None:
    limits = Limits(Redis(port=1, retry=Retry(NoBackoff(), 0)))
    for call in (
        lambda: limits.acquire("steam", [FAST], until=soon(5)),
        lambda: limits.pause("steam", 5),
        lambda: limits.paused_for("steam"),
        lambda: limits.usage(FAST),
        lambda: limits.calls_today("steam"),
        lambda: limits.check("login", Rate(1, 60)),
    ):
        with pytest.raises(Busy):
            call()
