"""*My account*: what a person may see and change of their own."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit, people, sessions, steam_accounts, tokens
from webapp.accounts.context import person
from webapp.accounts.policy import policy
from webapp.core.db import db
from webapp.core.errors import AegisError, BadInput, Conflict
from webapp.core.render import notify, page_or_fragment

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("/")
@policy("player")
def show() -> Response:
    """My name, Steam accounts and tokens."""
    return _page()


def _page(*, plain: str = "", problem: AegisError | None = None, status: int = 200) -> Response:
    me = person()
    return page_or_fragment(
        "accounts/account.html",
        {"tokens": "accounts/_tokens.html"},
        status=status,
        me=me,
        accounts=steam_accounts.steam_accounts_of(me.id),
        tokens=tokens.of(me.id),
        plain=plain,
        problem=problem,
        given=request.form,
    )


@bp.post("/tokens")
@policy("player")
def create_token() -> Response:
    """A new token; its plaintext stands on this answer and nowhere else."""
    try:
        token, plain = tokens.create(person().id, request.form.get("name", ""))
    except (BadInput, Conflict) as problem:
        db.session.rollback()
        return _page(problem=problem, status=400 if isinstance(problem, BadInput) else 409)
    audit.record("create token", "token", token.id, None, {"name": token.name})
    db.session.commit()
    return _page(plain=plain)


@bp.post("/tokens/<int:token_id>/revoke")
@policy("player")
def revoke_token(token_id: int) -> WerkzeugResponse:
    """End one of my tokens."""
    token = tokens.revoke(person().id, token_id)
    audit.record("revoke token", "token", token.id, {"name": token.name}, None)
    db.session.commit()
    notify(f"{token.name} opens nothing any more.")
    return redirect("/account/", 303)


@bp.post("/sign-out-everywhere")
@policy("player")
def sign_out_everywhere() -> WerkzeugResponse:
    """End every session of mine, this one too; tokens go on working."""
    me = people.person_by_id(person().id)
    people.end_sessions(me)
    audit.record("sign out everywhere", "user", me.id, None, None)
    db.session.commit()
    sessions.forget()
    return redirect("/", 303)
