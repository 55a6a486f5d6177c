"""One row for each change by a person, one for each they were refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask
from flask.testing import FlaskClient

from tests.browsers import add_person, bearer, browser, csrf_token, sign_in
from webapp.accounts import audit, audit_list
from webapp.accounts.models import AuditEntry, User
from webapp.accounts.policy import policy
from webapp.core.db import db
from webapp.core.errors import Conflict

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def entries() -> Sequence[AuditEntry]:
    db.session.rollback()
    return db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()


@pytest.fixture
def changing(app: Flask) -> Flask:
    """The application with routes that change something, well and badly."""

    @policy("organizer", audited=True)
    def probe(how: str) -> dict[str, str]:
        if how != "silent":
            audit.record("probe", "thing", 7, {"size": 1}, {"size": 2})
        if how == "twice":
            audit.record("probe", "thing", 8, None, None)
        if how == "refused":
            raise Conflict("Not now.")
        if how not in {"uncommitted", "silent"}:
            db.session.commit()
        if how == "late":
            raise Conflict("Stored, and then it failed.")
        return {"how": how}

    @policy("player", audited=False)
    def look() -> dict[str, str]:
        return {}

    app.add_url_rule("/api/probe/<how>", view_func=probe, methods=["POST"])
    app.add_url_rule("/api/look", view_func=look, methods=["POST"])
    return app


def test_a_change_leaves_who_what_before_and_after(changing: Flask) -> None:
    user = add_person("organizer", "Tomas")
    headers = bearer(user) | {"X-Request-ID": "a-request-id"}
    assert changing.test_client().post("/api/probe/well", headers=headers).status_code == 200
    entry = entries()[-1]
    assert (entry.actor_id, entry.actor_name, entry.action) == (user.id, "Tomas", "probe")
    assert (entry.target_kind, entry.target_id) == ("thing", "7")
    assert (entry.before, entry.after) == ({"size": 1}, {"size": 2})
    assert (entry.outcome, entry.request_id, entry.ip) == ("done", "a-request-id", "127.0.0.1")
    assert len(entries()) == 1


@pytest.mark.parametrize(
    ("role", "how", "status", "outcomes"),
    [
        ("organizer", "refused", 409, ["refused"]),
        ("organizer", "late", 409, ["done"]),
        ("player", "well", 403, ["refused"]),
    ],
)
def test_a_request_leaves_exactly_one_row(
    changing: Flask, role: str, how: str, status: int, outcomes: list[str]
) -> None:
    answer = changing.test_client().post(f"/api/probe/{how}", headers=bearer(add_person(role)))
    assert answer.status_code == status
    assert [entry.outcome for entry in entries()] == outcomes


def test_a_refusal_names_the_route_and_the_status(changing: Flask) -> None:
    user = add_person("player")
    changing.test_client().post("/api/probe/well", headers=bearer(user))
    entry = entries()[0]
    assert entry.action == "POST probe"
    assert (entry.target_kind, entry.target_id) == ("how", "well")
    assert (entry.actor_id, entry.after) == (user.id, {"status": 403})


def test_a_missing_token_of_the_page_is_a_refusal_too(changing: Flask) -> None:
    client = browser(changing, "organizer")
    assert client.post("/api/probe/well").status_code == 400
    assert [entry.after for entry in entries()] == [{"status": 400}]


def test_nobody_leaves_no_row(changing: Flask) -> None:
    assert changing.test_client().post("/api/probe/well").status_code == 401
    assert entries() == []


@pytest.mark.parametrize("how", ["silent", "uncommitted"])
def test_a_change_without_its_row_is_found_in_tests(changing: Flask, how: str) -> None:
    headers = bearer(add_person("organizer"))
    with pytest.raises(RuntimeError, match="left no audit row"):
        changing.test_client().post(f"/api/probe/{how}", headers=headers)


def test_a_change_without_its_row_is_logged_in_production(changing: Flask) -> None:
    headers = bearer(add_person("organizer"))
    changing.testing = False
    with structlog.testing.capture_logs() as logged:
        changing.test_client().post("/api/probe/silent", headers=headers)
    assert "a change left no audit row" in [line["event"] for line in logged]


def test_a_second_row_is_found_in_tests(changing: Flask) -> None:
    headers = bearer(add_person("organizer"))
    with pytest.raises(RuntimeError, match="second audit row"):
        changing.test_client().post("/api/probe/twice", headers=headers)


def test_a_route_that_changes_nothing_leaves_nothing(changing: Flask) -> None:
    assert changing.test_client().post("/api/look", headers=bearer(add_person())).status_code == 200
    assert entries() == []


def test_the_command_line_is_an_actor(app: Flask) -> None:
    with app.app_context():
        audit.record("give role", "user", 1, None, {"role": "admin"})
        db.session.commit()
    assert (entries()[0].actor_id, entries()[0].actor_name) == (None, "command line")


def test_the_list_is_newest_first_and_pages(app: Flask) -> None:
    for number in range(51):
        db.session.add(AuditEntry(actor_name="x", action=str(number)))
    db.session.commit()
    rows, older = audit_list.entries()
    assert [row.action for row in rows][:2] == ["50", "49"]
    rest, end = audit_list.entries(before_id=older)
    assert ([row.action for row in rest], end) == (["0"], None)


def test_the_page_says_who_changed_what(app: Flask) -> None:
    admin = add_person("admin", "Ilse")
    client = sign_in(app, admin)
    token = csrf_token(client)
    client.post("/people/", data={"csrf_token": token, "discord_id": "5", "role": "organizer"})
    client.post("/people/999/role", data={"csrf_token": token, "role": "admin"})
    page = client.get("/audit/").text
    assert "add person" in page
    assert "role: organizer" in page
    refused = client.get("/audit/?outcome=refused").text
    assert "POST people.change_role" in refused
    assert "add person" not in refused
    assert client.get(f"/audit/?actor={admin.id + 1}").text.count("Nothing yet.") == 1


def test_no_row_outlives_its_change(changing: Flask) -> None:
    """A refused change and its row are given up together."""
    with changing.app_context():
        audit.record("give role", "user", 1, None, None)
        db.session.add(User(discord_id=5, name="x", role="emperor"))
        with pytest.raises(sa.exc.IntegrityError):
            db.session.commit()
    assert entries() == []


def test_a_row_never_changes_hands(client: FlaskClient, app: Flask) -> None:
    """The form cannot say who acts."""
    admin = add_person("admin", "Ilse")
    browsing = sign_in(app, admin)
    form = {"csrf_token": csrf_token(browsing), "discord_id": "6", "role": "player"}
    browsing.post("/people/", data=form | {"actor_id": "77", "by": "77", "is_admin": "1"})
    assert entries()[0].actor_id == admin.id
    assert db.session.scalar(sa.select(User.role).where(User.discord_id == 6)) == "player"
