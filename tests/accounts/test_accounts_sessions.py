"""How long a session lives, and what ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.browsers import add_person, browser, csrf_token, sign_in
from webapp.accounts import people
from webapp.accounts.models import User
from webapp.core.db import db

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("role", "idle", "lives"),
    [
        ("player", timedelta(days=6, hours=23), True),
        ("player", timedelta(days=7, minutes=1), False),
        ("admin", timedelta(hours=11, minutes=59), True),
        ("admin", timedelta(hours=12, minutes=1), False),
    ],
)
def test_an_idle_session_ends(app: Flask, role: str, idle: timedelta, lives: bool) -> None:
    with time_machine.travel(START, tick=False) as now:
        client = browser(app, role)
        now.shift(idle)
        assert client.get("/api/me").status_code == (200 if lives else 401)


def test_a_used_session_ends_after_thirty_days(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as now:
        client = browser(app, "player")
        answers = []
        for _ in range(31):
            answers.append(client.get("/api/me").status_code)
            now.shift(timedelta(days=1))
    assert answers == [200] * 30 + [401]


def test_a_page_that_polls_by_itself_does_not_keep_a_session_alive(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as now:
        client = browser(app, "admin")
        for _ in range(13):
            answer = client.get("/api/me", headers={"HX-Request": "true"})
            now.shift(timedelta(hours=1))
    assert answer.status_code == 401


def test_a_changed_role_ends_the_sessions(app: Flask) -> None:
    user = add_person("player")
    client = sign_in(app, user)
    assert client.get("/api/me").status_code == 200
    people.grant(user.discord_id, "organizer")
    db.session.commit()
    assert client.get("/api/me").status_code == 401


def test_the_same_role_given_again_ends_nothing(app: Flask) -> None:
    user = add_person("organizer")
    client = sign_in(app, user)
    people.grant(user.discord_id, "organizer")
    db.session.commit()
    assert client.get("/api/me").status_code == 200


def test_signing_out_everywhere_ends_all_sessions(app: Flask) -> None:
    user = add_person()
    here, there = sign_in(app, user), sign_in(app, user)
    answer = here.post("/account/sign-out-everywhere", data={"csrf_token": csrf_token(here)})
    assert answer.status_code == 303
    assert (here.get("/api/me").status_code, there.get("/api/me").status_code) == (401, 401)


def test_a_person_who_is_gone_is_nobody(app: Flask) -> None:
    user = add_person()
    client = sign_in(app, user)
    db.session.delete(db.session.get_one(User, user.id))
    db.session.commit()
    assert client.get("/api/me").status_code == 401


def test_a_cookie_signed_with_another_key_is_nobody(app: Flask) -> None:
    client = browser(app, "player")
    app.config["SECRET_KEY"] = "another key altogether"
    assert client.get("/api/me").status_code == 401
