"""Who calls, and what stands in the database before they do."""

from __future__ import annotations

import pytest
from flask import Flask
from redis import Redis

from tests.api.rows import add_league, add_match
from tests.api.script import Script


@pytest.fixture
def redis(clean_redis: str) -> Redis:
    return Redis.from_url(clean_redis)


@pytest.fixture
def script(app: Flask) -> Script:
    return Script(app)


@pytest.fixture
def troubled(app: Flask) -> None:
    """Two leagues with matches that failed or are withheld."""
    add_league()
    add_league(2)
    add_match(1001, state="failed", retry_count=3)
    add_match(1002, state="withheld", retry_count=3)
    add_match(1003)
    add_match(1004, league_id=2, state="failed")
