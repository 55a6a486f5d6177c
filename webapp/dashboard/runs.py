"""Every run: a list with filters, one with its log, retry and cancel; and the pill in the bar."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.context import outside, person, settings
from webapp.accounts.policy import current_user, policy
from webapp.core import queue
from webapp.core.db import db, reading
from webapp.core.errors import Conflict, NotFound
from webapp.core.render import is_htmx, notify, page_or_fragment
from webapp.core.runs import services as runs
from webapp.core.runs.kinds import kinds
from webapp.core.runs.models import STATES, Run
from webapp.core.runs.services import Started
from webapp.core.sources import all_states
from webapp.dashboard import run_list
from webapp.dashboard.run_list import Wanted
from webapp.leagues import services as leagues
from webapp.leagues.models import League
from webapp.matches import services as matches
from webapp.sync import limits_now, progress
from webapp.sync import services as sync
from webapp.sync.progress import Progress
from webapp.sync.routes import OF_A_RUN, progress_part

bp = Blueprint("runs", __name__)
LOG_LINES = 500


@bp.app_context_processor
def around_every_page() -> dict[str, Any]:
    """How many runs are at work, for the bar of signed-in people."""
    if is_htmx() or not current_user.can("player"):
        return {}
    return {"run_count": run_list.active_number()}


@bp.get("/runs/pill")
@policy("player")
def pill() -> Response:
    """How many runs are at work."""
    count = run_list.active_number()
    return make_response(render_template("layout/_run_pill.html", run_count=count))


# ---- the list --------------------------------------------------------------------------------


@bp.get("/runs/")
@policy("player")
def index() -> Response:
    """Every run, newest first, by kind, state, league and who asked."""
    wanted = Wanted.read(request.args)
    found, older = run_list.page(wanted, request.args.get("after", type=int))
    return page_or_fragment(
        "dashboard/runs.html",
        {"run-list": "dashboard/_runs.html"},
        runs=progress.of(found, queue.crew(outside().redis)),
        names=run_list.league_names(found),
        older=older,
        wanted=wanted,
        kinds=[(kind.name, kind.title) for kind in kinds()],
        states=[(state, state.capitalize()) for state in STATES],
        leagues=run_list.leagues_with_runs(),
        askers=run_list.askers(),
    )


# ---- one run ---------------------------------------------------------------------------------


@bp.get("/runs/<int:run_id>")
@policy("player")
def show(run_id: int) -> Response:
    """One run with its log."""
    return _page(run_id)


def _page(run_id: int) -> Response:
    run = runs.get(run_id)
    league = db.session.get(League, run.league_id) if run.league_id else None
    return page_or_fragment(
        "dashboard/run.html",
        {f"run-{run_id}": "sync/_run.html"},
        **_shown(run, f"/runs/{run_id}/live"),
        league=league,
        asked=run_list.asked_in_words(run),
        events=runs.events(run_id, LOG_LINES),
    )


def _shown(run: Run, live: str) -> dict[str, Any]:
    crew = queue.crew(outside().redis)
    asked = {"history", *settings().detail_sources}
    rests = []
    if run.is_active and run.kind == sync.KIND:
        rests = [one for one in limits_now.resting(all_states()) if one.name in asked]
    return {"run": run, "progress": progress.one(run, crew), "live": live} | {
        "rests": rests,
        "crew": crew,
    }


@bp.get("/runs/<int:run_id>/live/<part>")
@policy("player")
def live(run_id: int, part: str) -> Response:
    """A part of the run's panel as it is now; asked for again while the run is active."""
    if part not in OF_A_RUN:
        raise NotFound("A run has no such part.")
    shown = _shown(runs.get(run_id), f"/runs/{run_id}/live")
    return progress_part(part, shown.pop("progress"), **shown)


@bp.get("/runs/<int:run_id>/live/log")
@policy("player")
def log(run_id: int) -> Response:
    """The run's log."""
    events = runs.events(run_id, LOG_LINES)
    return make_response(
        render_template("dashboard/_run_log.html", run=runs.get(run_id), events=events)
    )


# ---- asking for more, or for less ------------------------------------------------------------


@bp.post("/runs/<int:run_id>/cancel")
@policy("admin")
def cancel(run_id: int) -> Response | WerkzeugResponse:
    """End it: a queued or stalled run at once, a working one within 5 s and its open call."""
    before = runs.get(run_id).state
    run = runs.cancel(run_id)
    audit.record("cancel", "run", run_id, {"state": before}, {"state": run.state})
    db.session.commit()
    on_league = bool(request.form.get("back") == "league" and run.league_id)
    back = f"/leagues/{run.league_id}" if on_league else f"/runs/{run_id}"
    if not is_htmx():
        return redirect(back, 303)
    with reading():
        return _panel(run, f"{back}/live")


def _panel(run: Run, live: str) -> Response:
    shown = _shown(run, live)
    response = make_response(render_template("sync/_run.html", **shown))
    progress_now: Progress = shown["progress"]
    if not progress_now.active:
        response.headers["HX-Trigger"] = json.dumps({"run-ended": True})
    return response


@bp.post("/runs/<int:run_id>/retry")
@policy("admin")
def retry(run_id: int) -> WerkzeugResponse:
    """Start the same again, as a run of its own or as part of the one under way."""
    run = runs.get(run_id)
    started = _again(run)
    after = {"run": started.run.id, "joined": not started.created}
    audit.record("run again", "run", run_id, None, after)
    db.session.commit()
    if started.created and not runs.enqueue(outside().redis, started.run):
        notify("Redis does not answer just now. It starts by itself as soon as it does.")
    elif not started.created:
        notify("The same was under way already: this is it.")
    return redirect(f"/runs/{started.run.id}", 303)


def _again(run: Run) -> Started:
    """The same kind of run, asked for the same.

    Raises:
        Conflict: nobody knows how to start such a run again.
    """
    by = person().id
    if run.kind == sync.KIND and run.league_id is not None:
        leagues.get(run.league_id)
        asked = run_list.what_was_asked(run)
        if asked == "retry":
            return sync.retry(run.league_id, by=by)[0]
        started = sync.start_sync(settings(), run.league_id, full=asked == "full", by=by)
        if asked == "full":
            sync.allow_full_sync(outside().limits, started)
        return started
    if run.kind == "relink":
        chosen = None if run.params.get("all") else run.params.get("match_ids")
        return matches.start_relink(chosen, by=by)
    raise Conflict("Such a run cannot be started again from here.")
