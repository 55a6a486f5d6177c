"""Adding a league, changing it, putting it away."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.api.rows import add_league
from tests.browsers import browser, csrf_token
from webapp.accounts.models import AuditEntry
from webapp.core.db import db
from webapp.leagues.models import League

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def audited() -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.execute(sa.select(AuditEntry.action, AuditEntry.outcome))
    return [(row.action, row.outcome) for row in rows]


def test_an_admin_adds_a_league_by_its_id(app: Flask) -> None:
    admin = browser(app, "admin")
    form = {"league_id": "18204", "name": "Copper Coast Cup", "on_timetable": "1"}
    answer = admin.post("/leagues/", data=form | {"csrf_token": csrf_token(admin)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/leagues/18204")
    league = db.session.get_one(League, 18204)
    assert (league.name, league.on_timetable) == ("Copper Coast Cup", True)
    assert audited() == [("add league", "done")]


def test_a_known_league_is_shown_and_not_changed(app: Flask) -> None:
    add_league(18204)
    admin = browser(app, "admin")
    form = {"league_id": "18204", "name": "Another", "csrf_token": csrf_token(admin)}
    assert admin.post("/leagues/", data=form).status_code == 303
    db.session.rollback()
    assert db.session.get_one(League, 18204).name == "League 18204"


@pytest.mark.parametrize("text", ["", "abc", "-4", "0", "99999999999"])
def test_a_wrong_id_is_refused_and_named(app: Flask, text: str) -> None:
    admin = browser(app, "admin")
    form = {"league_id": text, "csrf_token": csrf_token(admin)}
    answer = admin.post("/leagues/", data=form)
    assert answer.status_code == 400
    assert "is not a league id" in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(League)) == 0


def test_the_look_up_page_comes_while_nobody_answers(app: Flask) -> None:
    answer = browser(app, "admin").get("/leagues/add?q=18204")
    assert answer.status_code == 200
    assert "does not answer just now" in answer.text
    assert "Add this league" in answer.text


def test_htmx_gets_what_was_found_alone(app: Flask) -> None:
    headers = {"HX-Request": "true", "HX-Target": "found"}
    answer = browser(app, "admin").get("/leagues/add?q=0", headers=headers)
    assert answer.status_code == 400
    assert answer.text.lstrip().startswith('<div id="found"')
    assert answer.headers["X-Aegis-Fragment"] == "1"
    assert "HX-Request" in answer.headers["Vary"]


def test_settings_are_changed_and_audited(app: Flask) -> None:
    add_league(5)
    admin = browser(app, "admin")
    form = {"name": "Tideline", "zone": "Europe/Berlin", "csrf_token": csrf_token(admin)}
    assert admin.post("/leagues/5/settings", data=form).status_code == 303
    league = db.session.get_one(League, 5)
    assert (league.name, league.zone, league.on_timetable) == ("Tideline", "Europe/Berlin", False)
    assert audited() == [("change league", "done")]


def test_wrong_settings_name_their_fields_and_keep_what_was_written(app: Flask) -> None:
    add_league(5)
    admin = browser(app, "admin")
    form = {"name": " ", "zone": "Mars/Olympus", "csrf_token": csrf_token(admin)}
    answer = admin.post("/leagues/5/settings", data=form)
    assert answer.status_code == 400
    assert "between 1 and 200 characters" in answer.text
    assert "no such time zone" in answer.text
    assert 'value="Mars/Olympus"' in answer.text
    db.session.rollback()
    assert db.session.get_one(League, 5).zone == "UTC"


def test_a_league_is_archived_and_taken_back(app: Flask) -> None:
    add_league(5)
    admin = browser(app, "admin")
    token = {"csrf_token": csrf_token(admin)}
    assert admin.post("/leagues/5/archive", data=token).headers["Location"] == "/leagues/"
    assert db.session.get_one(League, 5).archived_at is not None
    assert "Take back" in admin.get("/leagues/5/settings").text
    assert admin.post("/leagues/5/take-back", data=token).headers["Location"] == "/leagues/5"
    db.session.expire_all()
    assert db.session.get_one(League, 5).archived_at is None


def test_a_name_is_shown_as_it_is_written(app: Flask) -> None:
    league = add_league(5)
    league.name = "<img src=x onerror=alert(1)>"
    db.session.commit()
    admin = browser(app, "admin")
    for address in ("/", "/leagues/", "/leagues/5", "/leagues/5/settings"):
        page = admin.get(address).text
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
