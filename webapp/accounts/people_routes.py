"""The admins' pages: people, their roles and Steam accounts, and the audit."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit, audit_list, people, profiles, steam_accounts
from webapp.accounts.context import outside, person, settings
from webapp.accounts.models import User
from webapp.accounts.policy import policy
from webapp.accounts.profiles import FoundProfile
from webapp.accounts.roles import SIGNED_IN_ROLES
from webapp.core import time
from webapp.core.db import db
from webapp.core.errors import AegisError, BadInput, Conflict, UpstreamError
from webapp.core.http import Patience
from webapp.core.limits import NotNow
from webapp.core.render import notify, page_or_fragment

bp = Blueprint("people", __name__)
LOOK_UP_SECONDS = 15
ROLE_WORDS = [(role, role.capitalize()) for role in SIGNED_IN_ROLES]


@bp.get("/people/")
@policy("admin")
def index() -> Response:
    """Everybody who may sign in, by name."""
    return _list()


def _list(problem: AegisError | None = None) -> Response:
    search = request.values.get("q", "")
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    found, more = people.people(search, page=number)
    return page_or_fragment(
        "accounts/people.html",
        {"people-list": "accounts/_people.html"},
        status=400 if problem else 200,
        people=found,
        more=more,
        number=number,
        q=search,
        roles=ROLE_WORDS,
        given=request.form,
        wrong=problem.fields if problem else {},
    )


@bp.post("/people/")
@policy("admin")
def add() -> Response | WerkzeugResponse:
    """Add somebody by their Discord id, or give whoever has it a role."""
    try:
        discord_id = people.read_discord_id(request.form.get("discord_id", ""))
        user, before = people.grant(discord_id, request.form.get("role", "player"))
    except BadInput as problem:
        db.session.rollback()
        return _list(problem)
    if before is None:
        user.name = people.clean_name(request.form.get("name", "")) or user.name
    old = {"role": before} if before else None
    audit.record("give role" if before else "add person", "user", user.id, old, {"role": user.role})
    db.session.commit()
    notify(f"{user.name} is {_a(user.role)} now.")
    return redirect(f"/people/{user.id}", 303)


@bp.get("/people/<int:user_id>")
@policy("admin")
def show(user_id: int) -> Response:
    """One person; with ``?steam=`` also the Steam account behind what was written there."""
    text = request.args.get("steam", "").strip()
    # Steam is asked before the first query, so that no transaction is open meanwhile.
    found, problem = _look_up(text) if text else (None, None)
    return _page(people.person_by_id(user_id), text=text, found=found, problem=problem)


def _look_up(text: str) -> tuple[FoundProfile | None, AegisError | None]:
    patience = Patience(time.monotonic() + LOOK_UP_SECONDS, interactive=True)
    has_key = bool(settings().steam_api_key)
    try:
        return profiles.look_up(text, outside().steam, patience, has_key=has_key), None
    except AegisError as problem:
        return None, problem
    except (UpstreamError, NotNow):
        why = "Steam does not answer just now. Nothing was changed; try again in a moment."
        return None, Conflict(why)


def _page(
    user: User,
    *,
    text: str = "",
    found: FoundProfile | None = None,
    problem: AegisError | None = None,
    status: int | None = None,
) -> Response:
    key = settings().secret_key
    return page_or_fragment(
        "accounts/person.html",
        {"give-steam": "accounts/_give_steam.html"},
        status=status or (400 if problem else 200),
        person=user,
        accounts=steam_accounts.steam_accounts_of(user.id),
        roles=ROLE_WORDS,
        text=text,
        found=found,
        sealed=profiles.seal(key, user.id, found) if found else "",
        problem=problem,
    )


@bp.post("/people/<int:user_id>/role")
@policy("admin")
def change_role(user_id: int) -> WerkzeugResponse:
    """Give another role; it ends the person's sessions."""
    user = people.person_by_id(user_id)
    before = people.change_role(user, request.form.get("role", ""))
    audit.record("give role", "user", user.id, {"role": before}, {"role": user.role})
    db.session.commit()
    notify(f"{user.name} is {_a(user.role)} now.")
    return redirect(f"/people/{user_id}", 303)


@bp.post("/people/<int:user_id>/steam")
@policy("admin")
def give_steam(user_id: int) -> Response | WerkzeugResponse:
    """Give the account that was looked up and shown."""
    found = profiles.unseal(settings().secret_key, user_id, request.form.get("found", ""))
    user = people.person_by_id(user_id)
    try:
        account = steam_accounts.give_steam_account(
            user, found.steam_id, persona=found.persona, avatar=found.avatar, by=person().id
        )
    except Conflict as problem:
        db.session.rollback()
        return _page(people.person_by_id(user_id), problem=problem, status=409)
    if found.persona:
        profiles.remember([found])
    after = {"steam_id": str(account.steam_id), "persona": found.persona}
    audit.record("give steam account", "user", user.id, None, after)
    db.session.commit()
    notify(f"{found.persona or found.steam_id} belongs to {user.name} now.")
    return redirect(f"/people/{user_id}", 303)


@bp.post("/people/<int:user_id>/steam/<int:steam_id>/main")
@policy("admin")
def make_main(user_id: int, steam_id: int) -> WerkzeugResponse:
    """Make one of the person's Steam accounts the main one."""
    user = people.person_by_id(user_id)
    before = steam_accounts.set_main_steam_account(user, steam_id)
    old = {"steam_id": str(before)} if before else None
    audit.record("make steam account main", "user", user.id, old, {"steam_id": str(steam_id)})
    db.session.commit()
    return redirect(f"/people/{user_id}", 303)


@bp.post("/people/<int:user_id>/steam/<int:steam_id>/remove")
@policy("admin")
def remove_steam(user_id: int, steam_id: int) -> WerkzeugResponse:
    """Take a Steam account away; its matches stay, linked to nobody."""
    user = people.person_by_id(user_id)
    account = steam_accounts.remove_steam_account(user, steam_id)
    before = {"steam_id": str(steam_id), "persona": account.persona}
    audit.record("remove steam account", "user", user.id, before, None)
    db.session.commit()
    notify(f"{user.name} no longer has {before['persona'] or steam_id}.")
    return redirect(f"/people/{user_id}", 303)


@bp.get("/audit/")
@policy("admin")
def audit_page() -> Response:
    """Who changed what, and who was refused."""
    actor = request.args.get("actor", type=int)
    outcome = request.args.get("outcome", "")
    rows, older = audit_list.entries(
        actor_id=actor, outcome=outcome, before_id=request.args.get("after", type=int)
    )
    return page_or_fragment(
        "accounts/audit.html",
        {"audit-list": "accounts/_audit.html"},
        rows=rows,
        older=older,
        outcome=outcome,
        changes=audit_list.changes,
    )


def _a(role: str) -> str:
    return f"an {role}" if role[0] in "ao" else f"a {role}"
