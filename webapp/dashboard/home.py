"""Home: leagues at a glance, what runs now, what needs a person, and how the services do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
)
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts.context import outside, settings
from webapp.accounts.models import User
from webapp.accounts.policy import current_user, policy
from webapp.core import queue
from webapp.core.db import db
from webapp.core.figures import plural
from webapp.core.queue import Crew
from webapp.core.render import page_or_fragment
from webapp.core.sources import all_states
from webapp.core.timetable import last_taken
from webapp.dashboard import run_list, state
from webapp.dashboard.state import Need
from webapp.leagues import services as leagues
from webapp.leagues.models import League
from webapp.sync import progress, standing
from webapp.sync.standing import Standing

bp = Blueprint("home", __name__)


@bp.get("/")
@policy("anonymous")
def index() -> Response | WerkzeugResponse:
    """Leagues, and for those who run them what runs and what waits.

    An organizer who signs in on a phone stands beside a game: their first page is Tonight.
    """
    if session.pop("arrived", False) and current_user.can("organizer") and _on_a_phone():
        return redirect("/tonight", 303)
    crew = queue.crew(outside().redis)
    known = leagues.all_leagues()
    standings = _standings(known, crew)
    admin = current_user.can("admin")
    context: dict[str, Any] = {"standings": standings, "archived": leagues_archived()}
    if current_user.can("player"):
        context |= _running(crew)
    if admin:
        context |= _site(standings, crew)
    return page_or_fragment(
        "dashboard/home.html" if known else "dashboard/empty.html",
        {"leagues": "dashboard/_leagues.html"},
        admin=admin,
        **context,
    )


def _on_a_phone() -> bool:
    return "Mobi" in request.user_agent.string


def _standings(known: Sequence[League], crew: Crew) -> list[Standing]:
    return standing.standings(known, crew, state.next_sync(current_app))


def leagues_archived() -> int:
    query = sa.select(sa.func.count()).select_from(League)
    return db.session.scalar(query.where(League.archived_at.is_not(None))) or 0


def _running(crew: Crew) -> dict[str, Any]:
    found = run_list.active_runs()
    return {
        "running": progress.of(found, crew),
        "names": run_list.league_names(found),
        "run_count": len(found),
    }


def _site(standings: Sequence[Standing], crew: Crew) -> dict[str, Any]:
    states, last = all_states(), last_taken()
    needs = state.needs_of_the_site(settings(), states, crew, last)
    return {
        "needs": [*needs, *needs_of_leagues(standings)],
        "services": state.services(settings(), states, crew, last),
        "ready": _ready(crew) if not standings else [],
    }


def needs_of_leagues(standings: Sequence[Standing]) -> list[Need]:
    """Failed matches, and leagues whose last sync did not come to its end."""
    needs = []
    for one in standings:
        league, at = one.league, f"/leagues/{one.league.id}"
        if one.counts.failed:
            title = f"{plural(one.counts.failed, 'match', 'matches')} failed"
            why = f"{league.name}: no source gave them in a form that can be read"
            needs.append(Need(one.counts.failed, title, why, f"{at}/failed", "Review"))
        if one.state in PROBLEMS:
            title, why = PROBLEMS[one.state]
            said = one.run.note if one.run and one.state in {"failed", "degraded"} else ""
            needs.append(Need(1, title, f"{league.name}: {said or why}", at, "Open"))
    return needs


PROBLEMS = {
    "stalled": ("A sync is stalled", "nothing moves it, because no worker is alive"),
    "failed": ("A sync failed", "its log says why"),
    "degraded": ("A sync is incomplete", "a source rested, or a list could not be read"),
    "cancelled": ("A sync was cancelled", "the timetable leaves it alone until a person syncs it"),
    "never": ("A league was never synced", "press Sync to bring its matches in"),
}


def _ready(crew: Crew) -> list[tuple[str, str, str]]:
    """The checklist of a new installation: (state, title, detail)."""
    values = settings()
    kind = "SQLite" if values.database_url.startswith("sqlite") else "PostgreSQL"
    redis = "bundled Valkey" if values.embedded_redis else "Redis"
    crew_words = plural(len(crew.workers), "worker")
    queue_words = f"{kind}, {redis}, {crew_words}" if crew.answers else "Redis does not answer"
    admin = db.session.scalar(sa.select(User.name).where(User.role == "admin").order_by(User.id))
    key, discord = bool(values.steam_api_key), bool(values.discord_client_id)
    return [
        ("done" if crew.workers else "now", "Database and queue", queue_words),
        ("done", "First admin", admin or ""),
        ("done", "Steam key", "set")
        if key
        else ("now", "Steam key", "Set STEAM_API_KEY and start again"),
        ("done", "Sign-in through Discord", "set up")
        if discord
        else ("later", "Sign-in through Discord", "Set DISCORD_CLIENT_ID and its secret"),
    ]


@bp.get("/running")
@policy("player")
def running() -> Response:
    """What runs now, for the panel of Home."""
    crew = queue.crew(outside().redis)
    return make_response(render_template("dashboard/_running.html", **_running(crew)))


@bp.get("/leagues/")
@policy("anonymous")
def league_list() -> Response:
    """The leagues in use, or with ``?archived=1`` those put away."""
    archived = request.args.get("archived") == "1"
    crew = queue.crew(outside().redis)
    return page_or_fragment(
        "dashboard/leagues.html",
        {"leagues": "dashboard/_leagues.html"},
        standings=_standings(leagues.all_leagues(archived=archived), crew),
        archived=leagues_archived(),
        put_away=archived,
        admin=current_user.can("admin"),
    )
