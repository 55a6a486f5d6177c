"""Who may call which route: declared on every view, enforced before it runs.

A view without a policy stops the application at its start, so nothing is open by mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from flask_login import current_user as _current_user
from flask_wtf.csrf import validate_csrf

from webapp.accounts.roles import ROLES, SIGNED_IN_ROLES
from webapp.core.db import db, set_reading
from webapp.core.errors import BadInput, Forbidden, NotSignedIn

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])
_MUST_BE = {
    "player": "Sign in first.",
    "organizer": "Only organizers and admins may do this.",
    "admin": "Only admins may do this.",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """What a route asks of its caller, and how its transactions open."""

    role: str
    audited: bool = True
    csrf: bool = True
    writes: bool | None = None

    def opens_for_writing(self, method: str) -> bool:
        return method not in SAFE_METHODS if self.writes is None else self.writes


def policy(
    role: str, *, audited: bool = True, csrf: bool = True, writes: bool | None = None
) -> Callable[[View], View]:
    """Declare who may call a view.

    Args:
        role: the least role that may call it.
        audited: an unsafe call by a signed-in person must leave one audit row.
        csrf: an unsafe call with a session cookie must carry the token.
        writes: whether transactions open for writing; by default unsafe methods do.
    """
    if role not in ROLES:
        raise ValueError(f"{role!r} is not a role")
    declared = Policy(role, audited, csrf, writes)

    def declare(view: View) -> View:
        view.policy = declared  # type: ignore[attr-defined]  # functions take attributes
        return view

    return declare


current_user: Any = _current_user
PUBLIC = Policy("anonymous", audited=False)


def policy_of(app: Flask, endpoint: str | None) -> Policy | None:
    """The policy of an endpoint; None where no view was found or it declares none."""
    if endpoint == "static":
        return PUBLIC
    found = getattr(app.view_functions.get(endpoint or ""), "policy", None)
    return found if isinstance(found, Policy) else None


def check_policies(app: Flask) -> None:
    """Refuse to start with a route that says nothing about who may call it.

    Raises:
        RuntimeError: naming the endpoints without a policy.
    """
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    bare = sorted(name for name in endpoints if policy_of(app, name) is None)
    if bare:
        raise RuntimeError(f"these routes declare no policy: {', '.join(bare)}")


def init_app(app: Flask) -> None:
    app.before_request(enforce)
    app.teardown_request(lambda _error: set_reading(False))


def enforce() -> None:
    """Let the request through, or raise what stands against it.

    Who is asking is read in a transaction of its own, which ends here: a refused request never
    takes the write lock, and a route that calls another service holds nothing open meanwhile.
    """
    asked = policy_of(current_app, request.endpoint)
    set_reading(True)
    if asked is None:
        return
    unsafe = request.method not in SAFE_METHODS
    if asked.role != "anonymous" or unsafe or bearer() is not None:
        _check_person(asked)
        db.session.rollback()
    if unsafe and asked.csrf and not g.get("by_token"):
        _check_csrf()
    set_reading(not asked.opens_for_writing(request.method))


def bearer() -> str | None:
    """The bearer token this request carries; tokens open the API alone, never a page."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and in_api() else None


def in_api() -> bool:
    return request.path.startswith("/api/")


def _check_person(asked: Policy) -> None:
    signed_in = current_user.is_authenticated
    if signed_in:
        g.actor = (current_user.id, current_user.name)
    elif bearer() is not None:
        raise NotSignedIn("This token is not known, or was revoked.")
    if current_user.can(asked.role):
        return
    if not signed_in:
        raise NotSignedIn(_MUST_BE[SIGNED_IN_ROLES[0]])
    raise Forbidden(_MUST_BE[asked.role])


def _check_csrf() -> None:
    given = request.headers.get("X-CSRFToken") or request.form.get("csrf_token")
    try:
        validate_csrf(given)  # type: ignore[no-untyped-call]  # flask-wtf has no types
    except ValueError:
        raise BadInput(
            "This page is too old to be sent. Reload it and try again.",
            fields={"csrf_token": "missing, or not of this session"},
        ) from None
