"""The machine room: workers, waiting jobs, the timetable, the breakers and what calls are left."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Flask, Response, current_app, redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.context import outside, settings
from webapp.accounts.policy import policy
from webapp.core import queue
from webapp.core.db import db
from webapp.core.errors import NotFound
from webapp.core.queue import QUEUES
from webapp.core.render import notify, page_or_fragment
from webapp.core.sources import NAMES, all_states
from webapp.core.time import utcnow
from webapp.core.timetable import last_taken
from webapp.dashboard import state
from webapp.dashboard.timetable import entries, run_entry
from webapp.sync import limits_now

bp = Blueprint("queues", __name__)
PARTS = {
    "workers": "dashboard/_workers.html",
    "timetable": "dashboard/_timetable.html",
    "sources": "dashboard/_sources.html",
}


@bp.get("/queues/")
@policy("admin")
def index() -> Response:
    """How the machine works now; with Redis away it says so and shows the rest."""
    return page_or_fragment("dashboard/queues.html", PARTS, **_machine())


def _machine() -> dict[str, Any]:
    crew = queue.crew(outside().redis)
    last, states = last_taken(), all_states()
    now = utcnow()
    return {
        "crew": crew,
        "queues": QUEUES,
        "timetable": [
            (entry, last.get(entry.name), entry.next_at(now)) for entry in entries(_app())
        ],
        "clock_late": state.clock_is_late(last),
        "sources": [(name, title, states.get(name)) for name, title in NAMES.items()],
        "used": set(settings().detail_sources) | {"history"},
        "limits": limits_now.limits_now(settings(), outside(), states) if crew.answers else [],
        "budgets": limits_now.budgets(settings(), outside()) if crew.answers else [],
    }


@bp.post("/queues/timetable/<name>/run")
@policy("admin")
def run_now(name: str) -> WerkzeugResponse:
    """Do a line of the timetable now, whatever its slot."""
    entry = next((one for one in entries(_app()) if one.name == name), None)
    if entry is None:
        raise NotFound("The timetable has no such line.")
    audit.record("run timetable", "timetable", name, None, None)
    db.session.commit()
    run_entry(_app(), entry)
    notify(f"Done: {entry.title.lower()}.")
    return redirect("/queues/", 303)


def _app() -> Flask:
    return cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]
