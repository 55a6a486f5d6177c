"""A script that calls the API as an admin, and what it leaves behind."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from tests.api.rows import START
from tests.browsers import add_person, bearer
from webapp.accounts.models import AuditEntry
from webapp.core.db import db
from webapp.core.runs.models import Run

SYNC, RETRY = "/api/steam/sync/", "/api/steam/retry-failed/"
RELINK, STATUS = "/api/steam/relink-users/", "/api/steam/sync-status/"
RUN_KEYS = {
    *("id", "kind", "league_id", "state", "phase", "done", "total", "counts"),
    *("created_at", "started_at", "finished_at", "heartbeat_at"),
}
SIGNED_IN_KEYS = {"note", "requested_by"}
STATES = {"total", "stub", "detailed", "failed", "withheld"}


class Script:
    """Calls the API with an admin's token."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        user = add_person("admin")
        self.user_id = user.id
        self.headers = bearer(user)

    def post(self, address: str, **body: Any) -> TestResponse:
        return self.app.test_client().post(address, json=body, headers=self.headers)

    def get(self, address: str) -> TestResponse:
        return self.app.test_client().get(address, headers=self.headers)


def end_runs() -> None:
    db.session.execute(sa.update(Run).values(state="succeeded", finished_at=START))
    db.session.commit()


def audit_rows() -> list[AuditEntry]:
    rows = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    return [row for row in rows if row.action != "create token"]
