"""Signing in and out."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Flask, g, redirect, request, session
from werkzeug.wrappers import Response

from webapp.accounts import audit, discord, people, sessions
from webapp.accounts.context import outside, settings
from webapp.accounts.next_page import safe_path
from webapp.accounts.policy import current_user, policy
from webapp.core.db import db, set_reading
from webapp.core.errors import Busy, Conflict, Forbidden
from webapp.settings import Rate

bp = Blueprint("signin", __name__)
bp.record_once(lambda state: discord.register(cast(Flask, state.app)))
LOGIN_RATE = Rate(10, 60)
CALLBACK = "/auth/discord/callback"
NOT_SET_UP = (
    "Signing in is not set up: set DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET, "
    "or start the sandbox, which needs neither."
)


@bp.get("/login")
@policy("anonymous")
def login() -> Response:
    """Go to Discord, and remember where to come back to."""
    target = safe_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target, 303)
    if not settings().discord_client_id:
        raise Conflict(NOT_SET_UP)
    _not_too_often()
    session["next"] = target
    return discord.go_there(_callback_url())


@bp.get(CALLBACK)
@policy("anonymous")
def callback() -> Response:
    """Discord sent somebody back: sign them in, as a plain player if they are new."""
    if request.args.get("error"):
        discord.forget()
        raise Forbidden("Discord was not allowed to say who you are, so nobody was signed in.")
    arrived = discord.who_came_back()
    target = safe_path(session.get("next"))
    set_reading(False)
    user, new = people.arrive(arrived)
    db.session.flush()
    g.actor = (user.id, user.name)
    audit.record("sign in", "user", user.id, None, {"new": True} if new else None)
    db.session.commit()
    set_reading(True)
    sessions.start(user)
    session["arrived"] = target == "/"
    return redirect(target, 303)


@bp.post("/logout")
@policy("anonymous")
def logout() -> Response:
    """Sign out of this browser."""
    if g.get("actor"):
        audit.record("sign out", "user", g.actor[0], None, None)
        sessions.end()
        db.session.commit()
    session.clear()
    return redirect("/", 303)


def _callback_url() -> str:
    """Where Discord is to come back to: registered there, except in the sandbox, which returns to
    whichever local name the browser uses."""
    known = settings()
    return (request.host_url.rstrip("/") if known.sandbox else known.base_url) + CALLBACK


def _not_too_often() -> None:
    try:
        outside().limits.check(f"login:{request.remote_addr}", LOGIN_RATE)
    except Busy:
        # Going to Discord costs us nothing, and whoever must mend Redis has to get in.
        return
