"""Clients under test, and the service that answers them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from redis import Redis

from tests.scripted import Service, service
from webapp.clients.opendota import OpenDotaClient
from webapp.clients.steam import SteamClient
from webapp.core.http import HttpClient, Patience
from webapp.core.limits import Limits
from webapp.settings import Rate

CANARY = "CANARYKEY123"


@pytest.fixture
def redis(clean_redis: str) -> Iterator[Redis]:
    with Redis.from_url(clean_redis) as client:
        yield client


@pytest.fixture
def limits(redis: Redis) -> Limits:
    return Limits(redis)


@pytest.fixture
def upstream() -> Iterator[Service]:
    with service() as one:
        yield one


@pytest.fixture
def steam(limits: Limits, upstream: Service) -> SteamClient:
    return SteamClient(
        HttpClient(limits, seconds=2),
        CANARY,
        base_url=upstream.url,
        web_url=f"{upstream.url}/webapi",
        rate=Rate(50, 1),
        sequence_rate=Rate(40, 1),
    )


@pytest.fixture
def opendota(limits: Limits, upstream: Service) -> OpenDotaClient:
    return OpenDotaClient(
        HttpClient(limits, seconds=2), "", base_url=f"{upstream.url}/api", rate=Rate(60, 60)
    )


@pytest.fixture
def patience() -> Patience:
    return Patience(time.monotonic() + 10)
