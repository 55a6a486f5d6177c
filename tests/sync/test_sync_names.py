"""Players get the names Steam gives them, once a week, a hundred at a time."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.sync.conftest import Sync
from webapp.accounts.models import SteamProfile
from webapp.core.db import db
from webapp.core.runs import services as runs
from webapp.core.runs.jobs import work_here
from webapp.core.runs.models import Run
from webapp.matches import naming
from webapp.sandbox.server import Sandbox


@pytest.fixture
def database() -> str:
    """One database is enough here: the statements themselves run on both elsewhere."""
    return "sqlite"


def name_them() -> Run:
    started = runs.start(naming.NAMES.name, naming.NAMES.name)
    db.session.commit()
    return work_here(started.run.id)


def test_every_player_seen_gets_a_name_and_is_not_asked_for_again(
    app: Flask, sync: Sync, sandbox: Sandbox
) -> None:
    sync()
    assert naming.unnamed()
    run = name_them()
    assert run.state == "succeeded"
    assert not naming.unnamed()
    named = db.session.scalar(
        sa.select(sa.func.count()).select_from(SteamProfile).where(SteamProfile.avatar_url != "")
    )
    assert named
    db.session.rollback()
    calls = len(sandbox.calls.all("profiles"))
    name_them()
    assert len(sandbox.calls.all("profiles")) == calls


def test_a_source_that_rests_ends_the_run_and_says_so(
    app: Flask, sync: Sync, sandbox: Sandbox
) -> None:
    sync()
    sandbox.faults.add("status", "profiles", status=503)
    run = name_them()
    assert run.state == "degraded"
    assert "names" in (run.note or "")
