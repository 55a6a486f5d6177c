"""Home: leagues for everybody, what runs for those signed in, what waits for admins."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.api.rows import add_league, add_match, statements, take_redis_away
from tests.browsers import browser
from webapp.core.db import db
from webapp.core.runs.models import Run, RunEvent
from webapp.core.sources import Source
from webapp.core.time import utcnow
from webapp.leagues.models import League

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def a_run(league_id: int, state: str = "running", **values: object) -> Run:
    """A sync of the league, in phase two unless told otherwise."""
    ended = state not in {"queued", "running"}
    usual = {
        "kind": "sync",
        "key": f"league:{league_id}",
        "phase": "details",
        "done": 23,
        "total": 45,
        "counts": {},
        "params": {"listed": 731},
        "queued_at": utcnow(),
        "heartbeat_at": utcnow(),
        "started_at": utcnow() - timedelta(minutes=4),
        "finished_at": utcnow() if ended else None,
        "created_at": utcnow() - timedelta(minutes=5),
    }
    run = Run(league_id=league_id, state=state, **(usual | values))
    db.session.add(run)
    db.session.commit()
    return run


def test_a_visitor_sees_the_leagues_and_nothing_of_the_admins(app: Flask) -> None:
    add_league(17929)
    add_match(1, [1, 2])
    a_run(17929)
    page = browser(app, "anonymous").get("/").text
    assert "League 17929" in page
    assert "Syncing" in page
    for word in ("Needs a person", "Services", "Running now", "Add a league", "run-pill"):
        assert word not in page


def test_a_player_sees_what_runs(app: Flask) -> None:
    add_league(17929)
    a_run(17929)
    page = browser(app, "player").get("/").text
    assert "Running now" in page
    assert "23 / 45" in page
    assert "1 running" in page
    assert "Needs a person" not in page


def test_an_admin_sees_failed_matches_with_the_way_to_them(app: Flask) -> None:
    add_league(17929)
    add_match(1, state="failed")
    add_match(2, state="withheld")
    page = browser(app, "admin").get("/").text
    assert "1 match failed" in page
    assert 'href="/leagues/17929/failed"' in page
    assert "1 withheld" in page


def test_no_league_shows_an_admin_how_to_add_one(app: Flask) -> None:
    page = browser(app, "admin").get("/").text
    assert "No league yet" in page
    assert 'action="/leagues/add"' in page
    assert "Getting ready" in page


def test_no_league_asks_nothing_of_a_visitor(app: Flask) -> None:
    page = browser(app, "anonymous").get("/").text
    assert "No league yet" in page
    assert "Getting ready" not in page


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, "Never synced"),
        ({"last_sync_at": utcnow(), "on_timetable": False}, "By hand"),
    ],
)
def test_a_league_says_how_it_stands(app: Flask, given: dict[str, object], word: str) -> None:
    db.session.add(League(id=5, name="Tideline", created_at=utcnow(), **given))
    db.session.commit()
    assert word in browser(app, "anonymous").get("/").text


def test_a_run_that_nobody_moves_is_stalled(app: Flask) -> None:
    add_league(17929)
    long_ago = utcnow() - timedelta(minutes=3)
    a_run(17929, heartbeat_at=long_ago, queued_at=long_ago)
    page = browser(app, "admin").get("/").text
    assert "Stalled" in page
    assert "A sync is stalled" in page
    assert "No worker for syncs is alive" in page


def test_a_degraded_run_waits_for_a_person_with_its_reason(app: Flask) -> None:
    add_league(17929)
    a_run(17929, state="degraded", note="3 matches wait for OpenDota; none loses a try.")
    page = browser(app, "admin").get("/").text
    assert "A sync is incomplete" in page
    assert "3 matches wait for OpenDota" in page


def test_a_refused_key_waits_for_a_person(app: Flask) -> None:
    add_league(17929)
    until = utcnow() + timedelta(hours=1)
    db.session.add(Source(name="history", outages=1, opened=1, open_until=until, reason="auth"))
    db.session.commit()
    page = browser(app, "admin").get("/").text
    assert "A key is refused" in page
    assert "Key refused" in page


def test_a_resting_source_says_until_when(app: Flask) -> None:
    add_league(17929)
    until = utcnow() + timedelta(hours=1)
    db.session.add(Source(name="opendota", outages=5, opened=1, open_until=until, reason="server"))
    db.session.commit()
    page = browser(app, "admin").get("/").text
    assert "Resting" in page
    assert "5 outages in a row" in page
    assert f"asks again {until:%H:%M}" in page.replace("tomorrow ", "")


def test_without_redis_the_page_comes_and_says_so(app: Flask, tmp_path: Path) -> None:
    add_league(17929)
    a_run(17929)
    take_redis_away(app, tmp_path)
    answer = browser(app, "admin").get("/")
    assert answer.status_code == 200
    assert "Redis does not answer" in answer.text


def test_what_runs_stops_being_polled_once_nothing_does(app: Flask) -> None:
    add_league(17929)
    run = a_run(17929)
    reader = browser(app, "player")
    running = reader.get("/running", headers={"HX-Request": "true"}).text
    assert 'hx-trigger="every 2s"' in running
    run = db.session.get_one(Run, run.id)
    run.state, run.finished_at = "succeeded", utcnow()
    db.session.commit()
    ended = reader.get("/running", headers={"HX-Request": "true"}).text
    assert 'id="running-now"' in ended
    assert "every" not in ended


def test_archived_leagues_have_a_list_of_their_own(app: Flask) -> None:
    add_league(1)
    league = add_league(2)
    league.archived_at = utcnow()
    db.session.commit()
    reader = browser(app, "anonymous")
    assert "League 2" not in reader.get("/leagues/").text
    assert "1 archived" in reader.get("/leagues/").text
    away = reader.get("/leagues/?archived=1").text
    assert "League 2" in away
    assert "League 1<" not in away


@pytest.mark.parametrize("address", ["/", "/leagues/", "/running", "/runs/pill"])
def test_thirty_leagues_take_as_few_statements_as_one(app: Flask, address: str) -> None:
    for number in range(1, 31):
        add_league(number)
        add_match(number * 10, [1], league_id=number)
        run = a_run(number, state="running" if number < 9 else "degraded", note="It rested.")
        db.session.add(RunEvent(run_id=run.id, word="phase 2", message="45 matches need details"))
    db.session.commit()
    reader = browser(app, "admin")
    with statements() as asked:
        assert reader.get(address).status_code == 200
    assert len(asked) <= 12, "\n".join(asked)
