"""Who is asking: a signed session cookie, or a bearer token.

A session lives in its cookie, so emptying Redis ends none. ``session_version`` of the person, when
raised, ends all of theirs; signing out of one notes it as ended.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, Request, Response, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import AnonymousUserMixin, LoginManager, login_user
from flask_wtf.csrf import CSRFProtect

from webapp.accounts import tokens
from webapp.accounts.models import EndedSession, User
from webapp.accounts.policy import bearer
from webapp.accounts.roles import includes
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.settings import Settings

LONGEST = timedelta(days=30)
IDLE = timedelta(days=7)
IDLE_ADMIN = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)
"""How old the moment in the cookie may grow before it is written anew."""


class Cookie(SecureCookieSessionInterface):
    """Flask's signed cookie; our files are the same for everybody, so they do without it."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.endpoint != "static" or session.modified:
            super().save_session(app, session, response)


class Anonymous(AnonymousUserMixin):
    """Somebody who has not signed in."""

    id = None
    name = "anonymous"
    role = "anonymous"
    avatar_url = ""

    def can(self, role: str) -> bool:
        return includes(self.role, role)


def init_app(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-session" if settings.secure else "session",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LONGEST,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = Cookie()
    CSRFProtect(app)  # type: ignore[no-untyped-call]  # it has no types
    login: Any = LoginManager()  # type: ignore[no-untyped-call]  # it has no types
    login.anonymous_user = Anonymous
    # The cookie is signed and bound to session_version; a browser's changing address ends nothing.
    login.session_protection = None
    login.user_loader(_from_session)
    login.request_loader(_from_token)
    login.init_app(app)
    app.after_request(_keep_alive)


def start(user: User) -> None:
    """Sign a person in; nothing of the session before this moment lives on."""
    session.clear()
    session.permanent = True
    now = int(utcnow().timestamp())
    sid = secrets.token_hex(16)
    session.update(version=user.session_version, since=now, seen=now, sid=sid)
    login_user(user)  # type: ignore[no-untyped-call]  # it has no types


def end() -> None:
    """Sign out of this session: its cookie, and any copy of it, opens nothing from now on."""
    over = sa.delete(EndedSession).where(EndedSession.ended_at < utcnow() - LONGEST)
    db.session.execute(over)
    db.session.merge(EndedSession(sid=session.get("sid", "")))
    session.clear()


def forget() -> None:
    """Empty this browser's cookie; what ended the session is stored elsewhere."""
    session.clear()


def _from_session(user_id: str) -> User | None:
    if bearer() is not None:
        return None
    signed_out = sa.exists().where(EndedSession.sid == session.get("sid", ""))
    user = db.session.scalar(sa.select(User).where(User.id == int(user_id), ~signed_out))
    if user is None or not _lives(user):
        session.clear()
        return None
    return _snapshot(user)


def _lives(user: User) -> bool:
    now = utcnow().timestamp()
    idle = IDLE_ADMIN if user.can("admin") else IDLE
    return (
        session.get("version") == user.session_version
        and now - session.get("since", 0) < LONGEST.total_seconds()
        and now - session.get("seen", 0) < idle.total_seconds()
    )


def _from_token(_request: Request) -> User | None:
    token = bearer()
    user = tokens.verify(token) if token else None
    return _snapshot(user) if user else None


def _snapshot(user: User) -> User:
    """The person as read now, apart from the session: no later query, rollback or error asks
    the database for them again, and changing one means reading it anew."""
    db.session.expunge(user)
    return user


def _keep_alive(response: Response) -> Response:
    """Note that the person is here. A page polling by itself does not count."""
    if request.endpoint == "static":
        return response
    polling = "HX-Request" in request.headers and request.method == "GET"
    if "_user_id" in session and not (polling and "HX-Boosted" not in request.headers):
        now = int(utcnow().timestamp())
        if now - session.get("seen", 0) > SEEN_EVERY.total_seconds():
            session["seen"] = now
    return response
