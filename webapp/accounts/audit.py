"""One row for each change by a person, and one for each they were refused."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import structlog
from flask import Flask, Response, current_app, g, has_request_context, request
from sqlalchemy.exc import OperationalError

from webapp.accounts.models import AuditEntry
from webapp.accounts.policy import SAFE_METHODS, policy_of
from webapp.core.db import db, set_reading

COMMAND_LINE = (None, "command line")
MACHINE = "Aegis"
log = structlog.get_logger(__name__)


def record(
    action: str,
    target_kind: str,
    target_id: str | int,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> AuditEntry:
    """Add the row of a change to the transaction that makes it.

    ``before`` and ``after`` hold plain values of what changed alone. Outside of a request the
    actor is the command line.

    Raises:
        RuntimeError: this request has its row already, and the application is under test.
    """
    entry = _entry(action)
    entry.target_kind, entry.target_id = target_kind, str(target_id)
    entry.before, entry.after = before, after
    db.session.add(entry)
    if has_request_context():
        if _stored() is not None or g.get("audit_entry") in db.session.new:
            _complain("a request wrote a second audit row", action=action)
        g.audit_entry = entry
    return entry


def record_of_machine(
    action: str,
    target_kind: str,
    target_id: str | int,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> AuditEntry:
    """The row of a change that Aegis made by itself, beside that of whoever made it look."""
    entry = AuditEntry(actor_id=None, actor_name=MACHINE, action=action)
    entry.target_kind, entry.target_id = target_kind, str(target_id)
    entry.before, entry.after = before, after
    db.session.add(entry)
    return entry


def _entry(action: str) -> AuditEntry:
    if not has_request_context():
        return AuditEntry(actor_id=None, actor_name=COMMAND_LINE[1], action=action)
    actor_id, actor_name = g.get("actor") or (None, "anonymous")
    return AuditEntry(
        actor_id=actor_id,
        actor_name=actor_name,
        action=action,
        request_id=g.get("request_id", ""),
        ip=request.remote_addr or "",
    )


def _stored() -> AuditEntry | None:
    """This request's row, where it is in the database and not rolled back."""
    entry: AuditEntry | None = g.get("audit_entry")
    return entry if entry is not None and sa.inspect(entry).has_identity else None


def _complain(what: str, **values: object) -> None:
    if current_app.testing:
        raise RuntimeError(f"{what}: {values}")
    log.error(what, **values)


def init_app(app: Flask) -> None:
    app.after_request(_complete)


def _complete(response: Response) -> Response:
    declared = policy_of(current_app, request.endpoint)
    unsafe = request.method not in SAFE_METHODS
    if declared is None or not (declared.audited and unsafe and g.get("actor")):
        return response
    # What is not committed by now never will be; a row in it counts as none.
    db.session.rollback()
    if _stored() is not None:
        return response
    if response.status_code >= 400:
        _record_refusal(response.status_code)
    else:
        _complain("a change left no audit row", endpoint=request.endpoint)
    return response


def _record_refusal(status: int) -> None:
    entry = _entry(f"{request.method} {request.endpoint}")
    entry.outcome = "refused"
    values = request.view_args or {}
    entry.target_kind = next(iter(values), "")
    entry.target_id = str(next(iter(values.values()), ""))[:64]
    entry.after = {"status": status}
    set_reading(False)
    try:
        db.session.add(entry)
        db.session.commit()
    except OperationalError:
        db.session.rollback()
        log.error("a refused change could not be recorded", action=entry.action, status=status)
