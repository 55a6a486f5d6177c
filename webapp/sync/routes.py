"""A league's own page: how it stands, what its sync does now, and the buttons that ask for more."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.context import outside, person, settings
from webapp.accounts.policy import current_user, policy
from webapp.core.db import db, reading
from webapp.core.errors import NotFound
from webapp.core.figures import plural
from webapp.core.render import is_htmx, notify, page_or_fragment
from webapp.core.runs import services as runs
from webapp.core.runs.services import Started
from webapp.leagues import services as leagues
from webapp.matches import services as matches
from webapp.matches.models import Match
from webapp.sync import services
from webapp.sync.league_view import LeagueView
from webapp.sync.progress import Progress

bp = Blueprint("sync", __name__)


@bp.app_context_processor
def of_every_league_page() -> dict[str, Any]:
    """What the tabs of a league need, asked for only where they are drawn."""
    return {"league_waiting": waiting_for_a_person}


def waiting_for_a_person(league_id: int) -> int:
    """The failed matches: withheld ones wait for nobody."""
    query = sa.select(sa.func.count()).select_from(Match)
    return (
        db.session.scalar(query.where(Match.league_id == league_id, Match.state == "failed")) or 0
    )


# ---- reading ---------------------------------------------------------------------------------


@bp.get("/leagues/<int:league_id>")
@policy("anonymous")
def league_page(league_id: int) -> Response:
    """How the league stands, and its sync as it goes."""
    return _page(league_id)


def _page(league_id: int) -> Response:
    return page_or_fragment("sync/league.html", "sync/_league.html", **_shown(league_id))


def _shown(league_id: int) -> dict[str, Any]:
    league = leagues.get(league_id)
    g.league_zone = league.zone
    signed_in = current_user.can("player")
    return {
        "league": league,
        "view": LeagueView(league, settings(), outside(), signed_in=signed_in),
    }


OF_A_RUN = {
    "progress": "sync/_progress.html",
    "head": "sync/_run_head.html",
    "words": "sync/_run_words.html",
}
"""The parts of a run's panel that a page asks for anew."""


@bp.get("/leagues/<int:league_id>/live/<part>")
@policy("anonymous")
def live(league_id: int, part: str) -> Response:
    """A part of the run's panel as it is now; asked for again while the run is active."""
    view: LeagueView = _shown(league_id)["view"]
    if view.progress is None or part not in OF_A_RUN:
        raise NotFound("This league has no such part.")
    return progress_part(part, view.progress, live=view.live, rests=view.rests, crew=view.crew)


@bp.get("/leagues/<int:league_id>/live/lead")
@policy("anonymous")
def live_lead(league_id: int) -> Response:
    """When the league was last synced."""
    return make_response(render_template("sync/_lead.html", **_shown(league_id)))


@bp.get("/leagues/<int:league_id>/live/counts")
@policy("anonymous")
def live_counts(league_id: int) -> Response:
    """The matches by state."""
    return make_response(render_template("sync/_counts.html", **_shown(league_id)))


@bp.get("/leagues/<int:league_id>/live/log")
@policy("player")
def live_log(league_id: int) -> Response:
    """The newest lines of the run's log."""
    return make_response(render_template("sync/_log.html", **_shown(league_id)))


@bp.get("/leagues/<int:league_id>/live/limits")
@policy("player")
def live_limits(league_id: int) -> Response:
    """What slows the run."""
    return make_response(render_template("sync/_limits.html", **_shown(league_id)))


@bp.get("/leagues/<int:league_id>/live/actions")
@policy("admin")
def live_actions(league_id: int) -> Response:
    """The buttons, as they are once a run has ended."""
    return make_response(render_template("sync/_actions.html", **_shown(league_id)))


def progress_part(part: str, shown: Progress, **context: Any) -> Response:
    """A part of a run's panel. The polled one lets the others know when the run passes into
    another phase, or ends: ``seen`` is what the reader's page shows.
    """
    response = make_response(render_template(OF_A_RUN[part], progress=shown, **context))
    if request.args.get("seen", shown.mark) != shown.mark:
        ended = {} if shown.active else {"run-ended": True}
        response.headers["HX-Trigger"] = json.dumps({"run-phase": True, **ended})
    return response


# ---- asking for more -------------------------------------------------------------------------


@bp.post("/leagues/<int:league_id>/sync")
@policy("admin")
def sync(league_id: int) -> Response | WerkzeugResponse:
    """Sync, or with ``full`` the whole list; a click during a run joins it."""
    leagues.get(league_id)
    full = bool(request.form.get("full"))
    started = services.start_sync(settings(), league_id, full=full, by=person().id)
    if full:
        services.allow_full_sync(outside().limits, started)
    return _asked(league_id, started, "full sync" if full else "sync")


@bp.post("/leagues/<int:league_id>/retry")
@policy("admin")
def retry_all(league_id: int) -> Response | WerkzeugResponse:
    """Ask every source afresh for all failed and withheld matches."""
    started, number = services.retry(league_id, by=person().id)
    words = f"{plural(number, 'match', 'matches')} asked for afresh."
    notify(words if number else "No match waits for a retry.")
    return _asked(league_id, started, "retry", matches=number)


@bp.post("/leagues/<int:league_id>/relink")
@policy("admin")
def relink(league_id: int) -> WerkzeugResponse:
    """Set every link between players' lines and people afresh."""
    leagues.get(league_id)
    started = matches.start_relink(by=person().id)
    _commit(league_id, started, "relink")
    return redirect(f"/runs/{started.run.id}", 303)


def _asked(
    league_id: int, started: Started, action: str, **more: int
) -> Response | WerkzeugResponse:
    """Take the click, and show the league as it is now."""
    _commit(league_id, started, action, **more)
    if not started.created and action != "retry":
        notify("It is under way already; what you asked for is done by the same run.")
    if not is_htmx():
        return redirect(f"/leagues/{league_id}", 303)
    with reading():
        answer = _page(league_id)
    answer.headers["HX-Trigger-After-Swap"] = json.dumps({"run-began": True})
    return answer


def _commit(league_id: int, started: Started, action: str, **more: int) -> None:
    """Store the click with its audit row, and enqueue what it made."""
    after = {"run": started.run.id, "joined": not started.created, **more}
    audit.record(action, "league", league_id, None, after)
    db.session.commit()
    if started.created and not runs.enqueue(outside().redis, started.run):
        notify("Redis does not answer just now. It starts by itself as soon as it does.")
