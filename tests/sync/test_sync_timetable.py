"""What the clock does by itself, and what it leaves alone."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.sync.conftest import LEAGUE, Sync
from webapp import clock
from webapp.core import timetable
from webapp.core.db import db
from webapp.core.runs import services as runs
from webapp.core.runs.jobs import work_here
from webapp.core.runs.models import Run
from webapp.core.time import utcnow
from webapp.dashboard.timetable import entries, run_entry
from webapp.matches.models import Match
from webapp.sandbox.server import Sandbox
from webapp.sync import services


@pytest.fixture
def database() -> str:
    """One database is enough here: the statements themselves run on both elsewhere."""
    return "sqlite"


def entry(app: Flask, name: str) -> timetable.Entry:
    return next(one for one in entries(app) if one.name == name)


def all_runs() -> list[Run]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Run).order_by(Run.id)))


def test_a_slot_is_taken_once_by_however_many_clocks(app: Flask) -> None:
    now = utcnow()
    due = entry(app, "due")
    assert [timetable.claim(due, now) for _ in range(3)] == [True, False, False]


def test_a_first_clock_waits_for_the_next_night(app: Flask, sync: Sync, sandbox: Sandbox) -> None:
    sync()
    calls = sandbox.calls.count()
    clock.begin(app)
    clock.tick(app, {})
    assert [run for run in all_runs() if run.params.get("full")] == []
    assert sandbox.calls.count() == calls
    assert not timetable.claim(entry(app, "nightly"), utcnow())


def test_the_timetable_starts_no_second_walk_in_a_running_sync(app: Flask, sync: Sync) -> None:
    sync()
    started = services.start_due(LEAGUE)
    db.session.commit()
    run_entry(app, entry(app, "sync"))
    assert [run.id for run in all_runs() if run.is_active] == [started.run.id]
    assert "collect" not in all_runs()[-1].params


def test_a_league_whose_run_a_person_cancelled_is_left_alone_until_a_person_syncs(
    app: Flask, sync: Sync
) -> None:
    started = services.start_sync(app.extensions["settings"], LEAGUE)
    db.session.commit()
    runs.cancel(started.run.id)
    db.session.commit()
    run_entry(app, entry(app, "sync"))
    run_entry(app, entry(app, "due"))
    assert len(all_runs()) == 1
    sync()
    run_entry(app, entry(app, "sync"))
    assert len(all_runs()) == 3


def test_matches_due_again_are_asked_for_without_a_timetable(
    app: Flask, sync: Sync, sandbox: Sandbox
) -> None:
    sync()
    assert app.extensions["settings"].sync_every == 0
    sandbox.calls.reset()
    run_entry(app, entry(app, "due"))
    newest = all_runs()[-1]
    assert newest.is_active
    db.session.rollback()
    work_here(newest.id)
    assert sandbox.calls.all("sequence")
    assert not sandbox.calls.all("history")


def test_a_sleeping_run_wakes_when_a_person_asks_it_for_more(app: Flask) -> None:
    started = services.start_sync(app.extensions["settings"], LEAGUE)
    db.session.commit()
    run = db.session.get_one(Run, started.run.id)
    run.resume_at = utcnow().replace(year=2099)
    db.session.commit()
    joined = services.start_sync(app.extensions["settings"], LEAGUE, full=True)
    db.session.commit()
    assert not joined.created
    assert all_runs()[0].resume_at <= utcnow()


def test_quiet_runs_of_the_timetable_are_forgotten_after_a_day(app: Flask, sync: Sync) -> None:
    sync(), sync(), sync(), sync()
    long_ago = utcnow().replace(year=2020)
    db.session.execute(sa.update(Run).values(finished_at=long_ago))
    db.session.commit()
    run_entry(app, entry(app, "tidy"))
    assert len(all_runs()) == 2
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Match))
