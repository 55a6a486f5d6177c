"""Queues: workers, waiting jobs, the timetable, the sources and the calls that are left."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis

from tests.api.rows import add_league, statements, take_redis_away
from tests.browsers import browser, csrf_token
from webapp.accounts.models import AuditEntry
from webapp.core import queue
from webapp.core.db import db
from webapp.core.runs.models import Run
from webapp.core.sources import Source
from webapp.core.time import monotonic, utcnow
from webapp.core.timetable import ClockSlot

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_waiting_jobs_and_missing_workers_are_shown(app: Flask) -> None:
    redis: Redis = app.extensions["outside"].redis
    for number in range(3):
        queue.enqueue(redis, "long", "webapp.core.runs.jobs.run_slice", number, 0)
    page = browser(app, "admin").get("/queues/").text
    assert "3 jobs waiting" in page
    assert "0 jobs waiting" in page
    assert "No worker is alive" in page
    assert page.count("No worker<") == 2


def test_the_timetable_has_last_and_next_and_says_when_the_clock_is_late(app: Flask) -> None:
    db.session.add(ClockSlot(name="reap", slot=1, taken_at=utcnow() - timedelta(minutes=5)))
    db.session.commit()
    page = browser(app, "admin").get("/queues/").text
    assert "Take up abandoned runs" in page
    assert "Clock late" in page
    db.session.add(ClockSlot(name="reap", slot=2, taken_at=utcnow()))
    db.session.commit()
    assert "Clock on time" in browser(app, "admin").get("/queues/").text


def test_a_line_of_the_timetable_is_run_now(app: Flask) -> None:
    add_league(17929)
    admin = browser(app, "admin")
    answer = admin.post("/queues/timetable/sync/run", data={"csrf_token": csrf_token(admin)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/queues/")
    db.session.rollback()
    run = db.session.scalars(sa.select(Run)).one()
    assert (run.league_id, run.requested_by) == (17929, None)
    assert db.session.scalars(sa.select(AuditEntry.action)).all() == ["run timetable"]


def test_a_line_that_is_not_there_is_not_found(app: Flask) -> None:
    admin = browser(app, "admin")
    answer = admin.post("/queues/timetable/coffee/run", data={"csrf_token": csrf_token(admin)})
    assert answer.status_code == 404


def test_calls_spent_and_left_are_told_for_each_service(app: Flask) -> None:
    limits = app.extensions["outside"].limits
    for _ in range(7):
        limits.acquire("opendota", [], until=monotonic())
    page = browser(app, "admin").get("/queues/").text
    assert "7 spent, 2\u202f993 of 3\u202f000 left" in page
    assert "0 spent, 100\u202f000 of 100\u202f000 left" in page


def test_a_resting_source_says_why_and_until_when(app: Flask) -> None:
    until = utcnow() + timedelta(minutes=20)
    db.session.add(
        Source(
            name="sequence",
            outages=6,
            opened=2,
            open_until=until,
            reason="server",
            detail="answered with an error page",
        )
    )
    db.session.commit()
    page = browser(app, "admin").get("/queues/").text
    assert "6 outages in a row, answered with an error page" in page
    assert "Not asked" in page


def test_without_redis_the_page_comes_and_says_so(app: Flask, tmp_path: Path) -> None:
    take_redis_away(app, tmp_path)
    answer = browser(app, "admin").get("/queues/")
    assert answer.status_code == 200
    assert "Redis does not answer" in answer.text
    assert "Take up abandoned runs" in answer.text


def test_htmx_gets_the_workers_alone(app: Flask) -> None:
    headers = {"HX-Request": "true", "HX-Target": "workers"}
    answer = browser(app, "admin").get("/queues/", headers=headers)
    assert answer.text.lstrip().startswith('<section class="panel" id="workers"')
    assert {"HX-Request", "HX-Target"} <= set(answer.headers["Vary"].split(", "))


def test_the_page_takes_at_most_twelve_statements(app: Flask) -> None:
    reader = browser(app, "admin")
    with statements() as asked:
        assert reader.get("/queues/").status_code == 200
    assert len(asked) <= 12, "\n".join(asked)
