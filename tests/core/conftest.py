"""What tests of ``webapp.core`` share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.scripted import Service, service
from webapp.core.http import HttpClient
from webapp.core.limits import Limits


@pytest.fixture
def redis(clean_redis: str) -> Iterator[Redis]:
    with Redis.from_url(clean_redis) as client:
        yield client


@pytest.fixture
def upstream() -> Iterator[Service]:
    with service() as one:
        yield one


@pytest.fixture
def limits(redis: Redis) -> Limits:
    return Limits(redis)


@pytest.fixture
def http(limits: Limits) -> HttpClient:
    return HttpClient(limits, seconds=1, connect_seconds=0.7)
