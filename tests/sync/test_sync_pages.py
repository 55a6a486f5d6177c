"""A league's own page: how it stands, what its run does, and the buttons."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.api.rows import add_league, add_match, statements, take_redis_away
from tests.browsers import browser, csrf_token
from webapp.accounts.models import AuditEntry
from webapp.core.db import db
from webapp.core.runs.models import Run, RunEvent
from webapp.core.sources import Source
from webapp.core.time import utcnow
from webapp.matches.models import Match

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LEAGUE = 17929
PAGE = f"/leagues/{LEAGUE}"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def league(app: Flask) -> None:
    add_league(LEAGUE)


def a_run(state: str = "running", **values: object) -> Run:
    ended = state not in {"queued", "running"}
    usual = {
        "phase": "details",
        "done": 230,
        "total": 450,
        "counts": {"failed": 3},
        "params": {"listed": 731},
        "queued_at": utcnow(),
        "heartbeat_at": utcnow(),
        "started_at": utcnow() - timedelta(minutes=4),
        "finished_at": utcnow() if ended else None,
    }
    run = Run(
        kind="sync", key=f"league:{LEAGUE}", league_id=LEAGUE, state=state, **(usual | values)
    )
    db.session.add(run)
    db.session.flush()
    began = utcnow() - timedelta(minutes=4)
    db.session.add(RunEvent(run_id=run.id, word="phase 2", message="450 matches", at=began))
    db.session.commit()
    return run


def refresh(run: Run, **values: object) -> None:
    db.session.rollback()
    db.session.execute(sa.update(Run).where(Run.id == run.id).values(**values))
    db.session.commit()


# ---- reading ---------------------------------------------------------------------------------


def test_the_counts_are_links_to_the_matches(app: Flask) -> None:
    add_match(1)
    add_match(2, state="stub")
    add_match(3, state="failed")
    page = browser(app, "anonymous").get(PAGE).text
    for state in ("detailed", "stub", "failed", "withheld"):
        assert f'href="{PAGE}/matches?state={state}"' in page
    assert f'href="{PAGE}/matches"' in page


def test_collecting_says_how_many_so_far(app: Flask) -> None:
    a_run(phase="collect", done=450, total=None, params={"walk": {"pages": 5}}, counts={})
    page = browser(app, "anonymous").get(PAGE).text
    assert "Collecting match ids" in page
    assert "450 so far" in page
    assert "5 pages of Steam&#39;s list" in page


def test_details_say_how_far_and_how_long_still(app: Flask) -> None:
    a_run()
    page = browser(app, "anonymous").get(PAGE).text
    assert "230 / 450" in page
    assert "3 failed · about 4 min left" in page
    assert "731 ids" in page


def test_a_run_is_polled_until_it_ends_and_keeps_its_place(app: Flask) -> None:
    run = a_run()
    reader = browser(app, "anonymous")
    running = reader.get(f"{PAGE}/live/progress", headers=HTMX)
    assert f'id="run-{run.id}-progress"' in running.text
    assert 'hx-trigger="every 2s"' in running.text
    refresh(run, state="succeeded", done=450, finished_at=utcnow())
    ended = reader.get(f"{PAGE}/live/progress", headers=HTMX)
    assert f'id="run-{run.id}-progress"' in ended.text
    assert "hx-trigger" not in ended.text


def test_the_page_is_told_when_the_phase_changes_and_when_it_ends(app: Flask) -> None:
    run = a_run(phase="collect", total=None)
    reader = browser(app, "anonymous")
    seen = f"{run.id}-running-collect"
    address = f"{PAGE}/live/progress?seen={seen}"
    assert "HX-Trigger" not in reader.get(address, headers=HTMX).headers
    refresh(run, phase="details")
    told = json.loads(reader.get(address, headers=HTMX).headers["HX-Trigger"])
    assert told == {"run-phase": True}
    refresh(run, state="degraded", finished_at=utcnow())
    told = json.loads(reader.get(address, headers=HTMX).headers["HX-Trigger"])
    assert told == {"run-phase": True, "run-ended": True}


def test_readers_of_the_screen_hear_a_sentence(app: Flask) -> None:
    run = a_run()
    reader = browser(app, "anonymous")
    assert "Sync: Details 230 / 450." in reader.get(f"{PAGE}/live/words").text
    refresh(run, state="failed", finished_at=utcnow())
    assert "Sync failed." in reader.get(f"{PAGE}/live/words").text


def test_a_stalled_run_says_so_and_what_to_do(app: Flask) -> None:
    long_ago = utcnow() - timedelta(minutes=3)
    a_run(heartbeat_at=long_ago, queued_at=long_ago)
    page = browser(app, "admin").get(PAGE).text
    assert "<strong>Stalled.</strong>" in page
    assert "No worker of the long queue is alive" in page
    assert "aegis worker --queue long" in page


def test_without_redis_a_run_that_does_not_move_is_stalled(app: Flask, tmp_path: Path) -> None:
    long_ago = utcnow() - timedelta(minutes=3)
    a_run(heartbeat_at=long_ago, queued_at=long_ago)
    take_redis_away(app, tmp_path)
    answer = browser(app, "admin").get(PAGE)
    assert answer.status_code == 200
    assert "Redis does not answer, and nothing moved for a minute" in answer.text
    assert "Redis does not say" in answer.text


def test_a_resting_source_is_named_with_its_end(app: Flask) -> None:
    until = utcnow() + timedelta(minutes=17)
    db.session.add(Source(name="opendota", outages=5, opened=1, open_until=until, reason="server"))
    db.session.commit()
    a_run()
    page = browser(app, "player").get(PAGE).text
    assert "OpenDota is resting until" in page
    assert "none of them loses a try" in page
    assert f"{until:%H:%M}" in page


def test_a_run_that_waits_for_a_moment_says_until_when(app: Flask) -> None:
    a_run(resume_at=utcnow() + timedelta(minutes=9))
    assert "Waiting until" in browser(app, "anonymous").get(PAGE).text


def test_a_visitor_sees_neither_the_log_nor_who_asked_nor_the_note(app: Flask) -> None:
    a_run(state="failed", note="Steam refuses the key.")
    page = browser(app, "anonymous").get(PAGE).text
    for words in ("Steam refuses the key", "by the timetable", "run-log", "Full sync", "limits"):
        assert words not in page
    signed_in = browser(app, "player").get(PAGE).text
    assert "Steam refuses the key" in signed_in
    assert "by the timetable" in signed_in
    assert "Full sync" not in signed_in


def test_a_league_never_synced_says_what_to_do(app: Flask) -> None:
    assert "Press Sync" in browser(app, "admin").get(PAGE).text
    assert "An admin starts the first sync" in browser(app, "anonymous").get(PAGE).text


def test_an_unknown_league_is_not_found(app: Flask) -> None:
    assert browser(app, "anonymous").get("/leagues/4711").status_code == 404


def test_the_page_takes_at_most_twelve_statements(app: Flask) -> None:
    for number in range(1, 60):
        add_match(number, [1, 2], state="failed" if number % 5 == 0 else "detailed")
    run = a_run(requested_by=1)
    for number in range(300):
        db.session.add(RunEvent(run_id=run.id, word="list", message=f"line {number}"))
    db.session.commit()
    for role in ("anonymous", "player", "admin"):
        reader = browser(app, role)
        with statements() as asked:
            assert reader.get(PAGE).status_code == 200
        assert len(asked) <= 12, "\n".join(asked)


# ---- asking ----------------------------------------------------------------------------------


def press(app: Flask, what: str, **form: str) -> tuple[int, str]:
    admin = browser(app, "admin")
    form["csrf_token"] = csrf_token(admin)
    answer = admin.post(f"{PAGE}/{what}", data=form)
    return answer.status_code, answer.headers.get("Location", "")


def the_run() -> Run:
    db.session.rollback()
    return db.session.scalars(sa.select(Run)).one()


@pytest.mark.parametrize(("form", "full"), [({}, None), ({"full": "1"}, True)])
def test_a_press_starts_a_run_and_comes_back(
    app: Flask, form: dict[str, str], full: bool | None
) -> None:
    assert press(app, "sync", **form) == (303, PAGE)
    run = the_run()
    assert (run.state, run.params.get("collect"), run.params.get("full")) == ("queued", True, full)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert entry.action == ("full sync" if full else "sync")
    assert entry.after == {"run": run.id, "joined": False}


def test_a_press_during_a_run_joins_it(app: Flask) -> None:
    a_run()
    assert press(app, "sync", full="1")[0] == 303
    assert the_run().params["full"] is True


def test_while_a_run_is_active_the_button_says_so_and_points_at_it(app: Flask) -> None:
    run = a_run()
    buttons = browser(app, "admin").get(f"{PAGE}/live/actions").text
    assert "Syncing…" in buttons
    assert f'aria-describedby="run-{run.id}"' in buttons
    refresh(run, state="succeeded", finished_at=utcnow())
    assert "Syncing…" not in browser(app, "admin").get(f"{PAGE}/live/actions").text


def test_htmx_gets_the_whole_league_anew(app: Flask) -> None:
    admin = browser(app, "admin")
    headers = HTMX | {"X-CSRFToken": csrf_token(admin)}
    answer = admin.post(f"{PAGE}/sync", headers=headers)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="league"')
    assert "Syncing…" in answer.text


def test_retry_resets_what_failed_and_says_how_many(app: Flask) -> None:
    add_match(1, state="failed")
    add_match(2, state="withheld")
    add_match(3)
    assert press(app, "retry") == (303, PAGE)
    assert the_run().params["retry"] is True
    states = db.session.execute(sa.select(Match.id, Match.state).order_by(Match.id)).all()
    assert [row.state for row in states] == ["stub", "stub", "detailed"]


def test_relink_shows_its_run(app: Flask) -> None:
    status, location = press(app, "relink")
    run = the_run()
    assert (status, location) == (303, f"/runs/{run.id}")
    assert (run.kind, run.params) == ("relink", {"all": True})


def test_without_redis_a_press_is_kept(app: Flask, tmp_path: Path) -> None:
    take_redis_away(app, tmp_path)
    assert press(app, "sync") == (303, PAGE)
    assert the_run().state == "queued"


class TestWithoutAKey:
    @pytest.fixture
    def environment(self, environment: dict[str, str]) -> dict[str, str]:
        return environment | {"STEAM_API_KEY": ""}

    def test_sync_is_refused_naming_the_setting(self, app: Flask) -> None:
        admin = browser(app, "admin")
        answer = admin.post(f"{PAGE}/sync", data={"csrf_token": csrf_token(admin)})
        assert answer.status_code == 409
        assert "STEAM_API_KEY" in answer.text
        assert "There is no Steam key" in admin.get(PAGE).text
