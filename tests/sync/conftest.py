"""A league to sync: the application against a stand-in whose world does not move by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from webapp.core.db import db
from webapp.core.runs.jobs import work_here
from webapp.core.runs.models import Run
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import LeagueSpec, WorldSpec
from webapp.sync import services

LEAGUE = 17929
BIG = WorldSpec(
    leagues=(LeagueSpec(LEAGUE, "Northern Lights League", 731, hidden=1, withheld=2),), seed=7
)
SMALL = WorldSpec(
    leagues=(LeagueSpec(LEAGUE, "Northern Lights League", 30, hidden=1, withheld=1),), seed=7
)


@pytest.fixture
def spec() -> WorldSpec:
    """The world of a test; a test module may give another."""
    return SMALL


@pytest.fixture
def sandbox(spec: WorldSpec) -> Iterator[Sandbox]:
    with Sandbox(spec) as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], sandbox: Sandbox) -> dict[str, str]:
    return environment | {
        "STEAM_API_KEY": sandbox.world.spec.steam_key,
        "STEAM_API_URL": f"{sandbox.url}/steam",
        "DOTA2_WEB_URL": f"{sandbox.url}/webapi",
        "OPENDOTA_API_URL": f"{sandbox.url}/opendota",
    }


Sync = Callable[..., Run]


@pytest.fixture
def sync(app: Flask) -> Sync:
    """Sync the league here and now, slice after slice, until the run ends."""

    def run_it(*, full: bool = False) -> Run:
        started = services.start_sync(app.extensions["settings"], LEAGUE, full=full)
        db.session.commit()
        return work_here(started.run.id)

    return run_it


@pytest.fixture
def retry(app: Flask) -> Sync:
    def run_it(ids: list[int] | None = None) -> Run:
        started, _ = services.retry(LEAGUE, ids)
        db.session.commit()
        return work_here(started.run.id)

    return run_it
