"""Reading the audit: newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from webapp.accounts.models import AuditEntry
from webapp.core.db import db

PER_PAGE = 50


def entries(
    *, actor_id: int | None = None, outcome: str = "", before_id: int | None = None
) -> tuple[list[AuditEntry], int | None]:
    """A page of rows, and the id that the next, older page starts below."""
    found = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(PER_PAGE + 1)
    if actor_id is not None:
        found = found.where(AuditEntry.actor_id == actor_id)
    if outcome:
        found = found.where(AuditEntry.outcome == outcome)
    if before_id is not None:
        found = found.where(AuditEntry.id < before_id)
    rows = list(db.session.scalars(found))
    return rows[:PER_PAGE], rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """What changed, in one line: ``role: player → admin``."""
    old, new = before or {}, after or {}
    words = []
    for name in dict.fromkeys([*old, *new]):
        if name in old and name in new:
            words.append(f"{name}: {_word(old[name])} → {_word(new[name])}")
        else:
            words.append(f"{name}: {_word(old.get(name, new.get(name)))}")
    return ", ".join(words)


def _word(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value[:10])) + (" …" if len(value) > 10 else "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
