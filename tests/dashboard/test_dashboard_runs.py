"""Runs: the list with its filters, one run with its log, cancel and retry, the pill."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.api.rows import add_league, statements
from tests.browsers import add_person, browser, csrf_token
from webapp.accounts.models import AuditEntry
from webapp.core.db import db
from webapp.core.runs.models import Run, RunEvent
from webapp.core.time import utcnow
from webapp.dashboard.run_list import what_was_asked

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LEAGUE = 17929
HTMX = {"HX-Request": "true"}


def a_run(state: str = "succeeded", **values: object) -> Run:
    ended = state not in {"queued", "running"}
    usual = {
        "kind": "sync",
        "league_id": LEAGUE,
        "key": f"league:{LEAGUE}",
        "counts": {},
        "params": {},
        "queued_at": utcnow(),
        "heartbeat_at": utcnow(),
        "started_at": utcnow() - timedelta(minutes=2),
        "finished_at": utcnow() if ended else None,
    }
    run = Run(state=state, **(usual | values))
    db.session.add(run)
    db.session.commit()
    return run


def shown(text: str) -> list[int]:
    """The ids of the runs in the list."""
    return [int(found) for found in re.findall(r'class="whole-row" href="/runs/(\d+)"', text)]


def post(app: Flask, address: str, **form: str) -> tuple[int, str]:
    admin = browser(app, "admin")
    answer = admin.post(address, data=form | {"csrf_token": csrf_token(admin)})
    return answer.status_code, answer.headers.get("Location", "")


def test_the_list_is_filtered_by_kind_state_league_and_who(app: Flask) -> None:
    add_league(LEAGUE)
    who = add_person("admin", "Mara Quell").id
    sync = a_run(requested_by=who).id
    relink = a_run("failed", kind="relink", key="all", league_id=None).id
    active = a_run("running").id
    reader = browser(app, "player")
    assert shown(reader.get("/runs/").text) == [active, relink, sync]
    assert shown(reader.get("/runs/?kind=relink").text) == [relink]
    assert shown(reader.get("/runs/?state=failed").text) == [relink]
    assert shown(reader.get("/runs/?state=active").text) == [active]
    assert shown(reader.get(f"/runs/?league={LEAGUE}").text) == [active, sync]
    assert shown(reader.get(f"/runs/?who={who}").text) == [sync]
    assert shown(reader.get("/runs/?who=timetable").text) == [active, relink]


def test_a_filter_that_makes_no_sense_filters_nothing(app: Flask) -> None:
    run = a_run().id
    reader = browser(app, "player")
    given = f"/runs/?kind=x&state=y&league=-1&who={'9' * 40}&after=-3"
    assert shown(reader.get(given).text) == [run]


def test_the_list_goes_on_where_the_page_ended(app: Flask) -> None:
    ids = sorted((a_run().id for _ in range(60)), reverse=True)
    reader = browser(app, "player")
    first = reader.get("/runs/?kind=sync").text
    assert shown(first) == ids[:50]
    older = re.search(r'href="(/runs/\?[^"]*after=[^"]*)" rel="next"', first)
    assert older
    assert shown(reader.get(older[1].replace("&amp;", "&")).text) == ids[50:]


def test_an_empty_list_says_so(app: Flask) -> None:
    reader = browser(app, "player")
    assert "Nothing has run yet." in reader.get("/runs/").text
    assert "No run is like that." in reader.get("/runs/?state=failed").text


def test_a_run_tells_who_asked_for_what_and_its_log(app: Flask) -> None:
    add_league(LEAGUE)
    who = add_person("admin", "Mara Quell").id
    run = a_run(requested_by=who, params={"listed": 7}, note="Nothing new.", counts={"new": 12})
    db.session.add(RunEvent(run_id=run.id, word="3 failed", message="Match 77: <b>unreadable</b>"))
    db.session.commit()
    page = browser(app, "player").get(f"/runs/{run.id}").text
    assert "Sync of League 17929" in page
    assert "by Mara Quell" in page
    assert "Collect new ids, then get details" in page
    assert "Match 77: &lt;b&gt;unreadable&lt;/b&gt;" in page
    assert "Cancel" not in page
    assert "Run again" not in page


def test_a_run_by_nobody_is_the_timetables(app: Flask) -> None:
    run = a_run()
    assert "by the timetable" in browser(app, "player").get(f"/runs/{run.id}").text


def test_an_unknown_run_is_not_found(app: Flask) -> None:
    assert browser(app, "player").get("/runs/99").status_code == 404
    assert browser(app, "player").get("/runs/99/live/progress").status_code == 404


def test_a_queued_run_is_cancelled_at_once(app: Flask) -> None:
    add_league(LEAGUE)
    run = a_run("queued", started_at=None)
    assert post(app, f"/runs/{run.id}/cancel", back="league") == (303, f"/leagues/{LEAGUE}")
    db.session.expire_all()
    assert db.session.get_one(Run, run.id).state == "cancelled"
    assert db.session.scalars(sa.select(AuditEntry.action)).all() == ["cancel"]


def test_a_working_run_is_asked_to_stop_and_shown_as_stopping(app: Flask) -> None:
    run = a_run("running", lease_until=utcnow() + timedelta(seconds=40))
    admin = browser(app, "admin")
    headers = HTMX | {"X-CSRFToken": csrf_token(admin)}
    answer = admin.post(f"/runs/{run.id}/cancel", headers=headers)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith(f'<section class="panel" id="run-{run.id}"')
    assert "It stops within five seconds" in answer.text
    assert "/cancel" not in answer.text


def test_a_run_that_has_ended_cannot_be_cancelled(app: Flask) -> None:
    run = a_run()
    assert post(app, f"/runs/{run.id}/cancel")[0] == 409


def test_cancelling_leads_nowhere_else(app: Flask) -> None:
    run = a_run("queued")
    status, location = post(app, f"/runs/{run.id}/cancel", back="https://evil.example/")
    assert (status, location) == (303, f"/runs/{run.id}")


def test_a_sync_is_run_again(app: Flask) -> None:
    add_league(LEAGUE)
    run = a_run("failed", params={"walk": {"full": True}})
    status, location = post(app, f"/runs/{run.id}/retry")
    again = db.session.scalars(sa.select(Run).order_by(Run.id.desc())).first()
    assert again is not None
    assert (status, location) == (303, f"/runs/{again.id}")
    assert again.params == {"collect": True, "full": True}


def test_a_relink_is_run_again(app: Flask) -> None:
    run = a_run(kind="relink", key="all", league_id=None, params={"all": True, "after": 5})
    assert post(app, f"/runs/{run.id}/retry")[0] == 303
    again = db.session.scalars(sa.select(Run).order_by(Run.id.desc())).first()
    assert again is not None
    assert (again.kind, again.params) == ("relink", {"all": True})


@pytest.mark.parametrize(
    ("params", "asked"),
    [
        ({"full": True}, "full"),
        ({"walk": {"full": True}}, "full"),
        ({"collect": True}, "sync"),
        ({"listed": 7, "cutoff": "x"}, "sync"),
        ({"cutoff": "x"}, "retry"),
    ],
)
def test_what_a_run_was_asked_for_is_read_from_what_is_left(
    database: str, params: dict[str, object], asked: str
) -> None:
    assert what_was_asked(Run(kind="sync", params=params)) == asked


def test_the_pill_counts_and_is_for_signed_in_people(app: Flask) -> None:
    a_run("running")
    a_run("queued", kind="relink", key="all", league_id=None)
    pill = browser(app, "player").get("/runs/pill", headers=HTMX).text
    assert "2 running" in pill
    assert pill.strip().startswith('<a id="run-pill"')
    assert browser(app, "anonymous").get("/runs/pill").status_code == 303


@pytest.mark.parametrize("address", ["/runs/", "/runs/1", "/runs/1/live/progress"])
def test_a_page_takes_at_most_twelve_statements(app: Flask, address: str) -> None:
    for number in range(1, 40):
        add_league(number)
        run = a_run(
            "running" if number < 6 else "succeeded",
            league_id=number,
            key=f"league:{number}",
            phase="details",
            total=5,
            requested_by=add_person("admin", f"Admin {number}").id,
        )
        for word in ("phase 1", "list", "phase 2"):
            db.session.add(RunEvent(run_id=run.id, word=word, message="It went on"))
    db.session.commit()
    reader = browser(app, "admin")
    with statements() as asked:
        assert reader.get(address).status_code == 200
    assert len(asked) <= 12, "\n".join(asked)
