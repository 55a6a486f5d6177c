"""These tests run on SQLite by default, and on PostgreSQL with the slow ones."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)
