"""Somebody at a browser: made in the database, signed in, with the token that forms carry."""

from __future__ import annotations

import html
import itertools
import re

from flask import Flask, session
from flask.testing import FlaskClient

from webapp.accounts import people, sessions, tokens
from webapp.accounts.models import User
from webapp.core.db import db

_discord_ids = itertools.count(100_000_000_000_000_000)


def add_person(role: str = "player", name: str = "") -> User:
    """A stored person with a Discord id of their own."""
    user, _ = people.find_or_add(next(_discord_ids), name or f"Some {role}")
    user.role = role
    db.session.commit()
    return user


def sign_in(app: Flask, user: User) -> FlaskClient:
    """A browser in which this person is signed in."""
    user_id = user.id
    db.session.rollback()
    client = app.test_client()
    with app.app_context(), app.test_request_context():
        sessions.start(db.session.get_one(User, user_id))
        begun = dict(session)
    with client.session_transaction() as stored:
        stored.update(begun)
        stored.permanent = True
    return client


def browser(app: Flask, role: str) -> FlaskClient:
    """A browser of somebody new with this role; of nobody for ``anonymous``."""
    return app.test_client() if role == "anonymous" else sign_in(app, add_person(role))


def csrf_token(client: FlaskClient) -> str:
    """The token of the page this browser looks at."""
    page = client.get("/nowhere").text
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found, "a page without a token"
    return html.unescape(found[1])


def bearer(user: User, name: str = "a test") -> dict[str, str]:
    """The headers of a script that acts for this person."""
    _, plain = tokens.create(user.id, name)
    db.session.commit()
    return {"Authorization": f"Bearer {plain}"}
