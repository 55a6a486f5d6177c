"""Adding a league, and its settings. What a league's own page shows is the sync's."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.context import outside, settings
from webapp.accounts.policy import policy
from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.core.render import notify, page_or_fragment
from webapp.leagues import services
from webapp.leagues.lookup import NOTHING_LISTED, Asker, LookUp
from webapp.leagues.models import League

bp = Blueprint("leagues", __name__)


# ---- adding ----------------------------------------------------------------------------------


@bp.get("/leagues/add")
@policy("admin")
def add_page() -> Response:
    """The look-up, and with ``?q=`` what was found: nothing is saved."""
    return _add_page(request.args.get("q", "").strip())


def _add_page(text: str, problem: BadInput | None = None) -> Response:
    found = LookUp()
    if text and problem is None:
        try:
            # Services are asked before the first query, so that no transaction is open meanwhile.
            found = _asker().look_up(text)
        except BadInput as wrong:
            problem = wrong
    league_id = found.found.league_id if found.found else None
    return page_or_fragment(
        "leagues/add.html",
        {"found": "leagues/_found.html"},
        status=400 if problem else 200,
        text=text,
        answer=found,
        here=db.session.get(League, league_id) if league_id else None,
        nothing_listed=NOTHING_LISTED,
        problem=problem,
    )


def _asker() -> Asker:
    return Asker(outside(), bool(settings().steam_api_key), settings().breaker_delay)


@bp.post("/leagues/")
@policy("admin")
def add() -> Response | WerkzeugResponse:
    """Add a league by the id that was looked up; a known one is only shown."""
    text = request.form.get("league_id", "").strip()
    try:
        league_id = _read_id(text)
    except BadInput as problem:
        return _add_page(text, problem)
    known = db.session.get(League, league_id)
    name = request.form.get("name", "").strip()[:200]
    league = known or services.ensure(
        league_id, name or None, on_timetable="on_timetable" in request.form
    )
    after = None if known else {"name": league.name, "on_timetable": league.on_timetable}
    audit.record("add league", "league", league.id, None, after)
    db.session.commit()
    notify(f"{league.name} {'was here already' if known else 'is here now'}.")
    return redirect(f"/leagues/{league.id}", 303)


def _read_id(text: str) -> int:
    league_id = services.read_league_id(text)
    if league_id is None:
        raise BadInput("That is not a league id.", fields={"league": "a number, 1 to 2147483647"})
    return league_id


# ---- settings --------------------------------------------------------------------------------


@bp.get("/leagues/<int:league_id>/settings")
@policy("admin")
def settings_page(league_id: int) -> Response:
    return _settings_page(services.get(league_id))


def _settings_page(league: League, problem: BadInput | None = None) -> Response:
    g.league_zone = league.zone
    given = request.form if problem else {"name": league.name, "zone": league.zone}
    on = "on_timetable" in request.form if problem else league.on_timetable
    return page_or_fragment(
        "leagues/settings.html",
        {"league-settings": "leagues/_settings.html"},
        status=400 if problem else 200,
        league=league,
        given=given,
        on_timetable=on,
        every=settings().sync_every,
        zones=sorted(available_timezones()),
        wrong=problem.fields if problem else {},
    )


@bp.post("/leagues/<int:league_id>/settings")
@policy("admin")
def change(league_id: int) -> Response | WerkzeugResponse:
    """Change name, zone and whether the timetable syncs it."""
    league = services.get(league_id)
    try:
        before, after = services.change(
            league,
            name=request.form.get("name", ""),
            zone=request.form.get("zone", "").strip(),
            on_timetable="on_timetable" in request.form,
        )
    except BadInput as problem:
        db.session.rollback()
        return _settings_page(services.get(league_id), problem)
    audit.record("change league", "league", league.id, before, after)
    db.session.commit()
    notify("Saved.")
    return redirect(f"/leagues/{league_id}/settings", 303)


@bp.post("/leagues/<int:league_id>/archive")
@policy("admin")
def archive(league_id: int) -> WerkzeugResponse:
    """Put the league away."""
    return _put(league_id, away=True)


@bp.post("/leagues/<int:league_id>/take-back")
@policy("admin")
def take_back(league_id: int) -> WerkzeugResponse:
    """Take an archived league back."""
    return _put(league_id, away=False)


def _put(league_id: int, *, away: bool) -> WerkzeugResponse:
    league = services.get(league_id)
    was = league.archived_at is not None
    services.archive(league, away=away)
    action = "archive league" if away else "take league back"
    audit.record(action, "league", league.id, {"archived": was}, {"archived": away})
    db.session.commit()
    undo = f"/leagues/{league_id}/{'take-back' if away else 'archive'}"
    notify(f"{league.name} {'is archived' if away else 'is back'}.", undo=undo)
    return redirect("/leagues/" if away else f"/leagues/{league_id}", 303)
