"""Tournaments: their list, creating one, and its settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.context import person
from webapp.accounts.policy import current_user, policy
from webapp.core.db import db
from webapp.core.errors import AegisError, BadInput, Conflict
from webapp.core.render import notify, page_or_fragment, zone_named
from webapp.leagues import services as leagues
from webapp.tournaments import forms, services, words
from webapp.tournaments.choices import FIXED_ONCE_DRAWN
from webapp.tournaments.head import head_of, heads_of
from webapp.tournaments.models import Tournament

bp = Blueprint("tournaments", __name__)
PER_PAGE = 50


# ---- the list ----------------------------------------------------------------------------------


@bp.get("/tournaments/")
@policy("anonymous")
def index() -> Response:
    """What is played, what is prepared (for organizers), what was; ``?archived=1`` the rest."""
    archived = request.args.get("archived") == "1"
    page = services.shown(
        archived=archived,
        drafts=current_user.can("organizer"),
        after=request.args.get("after"),
        limit=PER_PAGE,
    )
    ids = {league_id for one in page.tournaments for league_id in one.league_ids}
    return page_or_fragment(
        "tournaments/list.html",
        {"tournaments": "tournaments/_list.html"},
        sections=_sections(page, archived),
        heads=heads_of(page.tournaments),
        leagues=services.league_names(sorted(ids)),
        archived=archived,
        put_away=services.count_archived(),
        older=page.next,
        organizer=current_user.can("organizer"),
    )


def _sections(page: services.Page, archived: bool) -> list[tuple[str, list[Tournament]]]:
    if archived:
        return [("Archived", list(page.tournaments))]
    states = {"running": "Running", "draft": "Drafts", "finished": "Finished"}
    return [
        (title, found)
        for state, title in states.items()
        if (found := [one for one in page.tournaments if one.state == state])
    ]


# ---- creating ----------------------------------------------------------------------------------


@bp.get("/tournaments/new")
@policy("organizer")
def new() -> Response:
    """The form; with ``?league=`` that league is ticked already."""
    known = leagues.all_leagues()
    ticked = request.args.get("league", type=int)
    if ticked is None and len(known) == 1:
        ticked = known[0].id
    given = forms.shown(replace(forms.NEW, league_ids=(ticked,) if ticked else ()), ZoneInfo("UTC"))
    return _new_page(given)


def _new_page(given: dict[str, Any], problem: BadInput | None = None) -> Response:
    return page_or_fragment(
        "tournaments/new.html",
        {"tournament-form": "tournaments/_form.html"},
        status=400 if problem else 200,
        action="/tournaments/",
        drawn=False,
        **_form_values(given, problem),
    )


def _form_values(given: dict[str, Any], problem: AegisError | None) -> dict[str, Any]:
    return {
        "given": given,
        "wrong": problem.fields if problem else {},
        "all_leagues": leagues.all_leagues(),
        "words": words,
        "tie_breaks": forms.tie_break_fields(given["tie_breaks"]),
        "zones": sorted(available_timezones()),
    }


@bp.post("/tournaments/")
@policy("organizer")
def create() -> Response | WerkzeugResponse:
    """Create a draft, and go on to its teams."""
    zones = {league.id: league.zone for league in leagues.all_leagues()}
    try:
        made = services.create(forms.read(request.form, zones, forms.NEW), by=person().id)
    except BadInput as problem:
        db.session.rollback()
        return _new_page(forms.typed(request.form), problem)
    after = {"name": made.name, "format": made.format, "league_ids": made.league_ids}
    audit.record("create tournament", "tournament", made.id, None, after)
    db.session.commit()
    notify(f"{made.name} is here now. Add its teams.")
    return redirect(f"/tournaments/{made.id}/teams", 303)


# ---- settings ----------------------------------------------------------------------------------


@bp.get("/tournaments/<int:tournament_id>/settings")
@policy("organizer")
def settings_page(tournament_id: int) -> Response:
    return _settings_page(services.get(tournament_id))


def _settings_page(tournament: Tournament, problem: AegisError | None = None) -> Response:
    g.league_zone = tournament.zone
    zone = zone_named(tournament.zone) or ZoneInfo("UTC")
    choices = services.choices_of(tournament)
    given = forms.typed(request.form) if problem else forms.shown(choices, zone)
    head, drawn = head_of(tournament), services.has_bracket(tournament.id)
    if problem and drawn:  # what is fixed was not in the form
        fixed = forms.shown(choices, zone)
        given |= {name: fixed[name] for name in FIXED_ONCE_DRAWN}
    status = {BadInput: 400, Conflict: 409}.get(type(problem), 200) if problem else 200
    values = _form_values(given, problem)
    listed = {league.id for league in values["all_leagues"]}
    return page_or_fragment(
        "tournaments/settings.html",
        {"tournament-form": "tournaments/_form.html"},
        status=status,
        tournament=tournament,
        head=head,
        drawn=drawn,
        action=f"/tournaments/{tournament.id}/settings",
        put_away_leagues=[one for one in tournament.league_ids if one not in listed],
        **values,
    )


@bp.post("/tournaments/<int:tournament_id>/settings")
@policy("organizer")
def change(tournament_id: int) -> Response | WerkzeugResponse:
    """Change what was chosen; what the bracket stands on stays."""
    tournament = services.get(tournament_id, lock=True)
    zones = {league.id: league.zone for league in leagues.all_leagues()}
    old, drawn = services.choices_of(tournament), services.has_bracket(tournament_id)
    try:
        wanted = forms.read(request.form, zones, old, drawn=drawn)
        before, after = services.change(tournament, wanted)
    except (BadInput, Conflict) as problem:
        db.session.rollback()
        return _settings_page(services.get(tournament_id), problem)
    audit.record("change tournament", "tournament", tournament_id, before, after)
    db.session.commit()
    notify("Saved.")
    return redirect(f"/tournaments/{tournament_id}/settings", 303)


@bp.post("/tournaments/<int:tournament_id>/delete-bracket")
@policy("organizer")
def delete_bracket(tournament_id: int) -> WerkzeugResponse:
    """Take the bracket away while nothing of it was played: it is a draft again."""
    tournament = services.get(tournament_id, lock=True)
    before = {"state": tournament.state, "seeding": tournament.seeding}
    series = services.delete_bracket(tournament)
    after = {"state": tournament.state, "seeding": None}
    audit.record("delete bracket", "tournament", tournament_id, before | {"series": series}, after)
    db.session.commit()
    notify(f"The bracket of {tournament.name} is deleted; its teams and settings stay.")
    return redirect(f"/tournaments/{tournament_id}/settings", 303)


@bp.post("/tournaments/<int:tournament_id>/clone")
@policy("organizer")
def clone(tournament_id: int) -> WerkzeugResponse:
    """A new draft with the same settings and teams, and no bracket."""
    tournament = services.get(tournament_id)
    name = request.form.get("name", "").strip() or f"{tournament.name[:90]} again"
    copy = services.clone(tournament, name, by=person().id)
    after = {"name": copy.name, "clone_of": tournament_id}
    audit.record("clone tournament", "tournament", copy.id, None, after)
    db.session.commit()
    notify(f"{copy.name} is here now, with the same teams and no bracket.")
    return redirect(f"/tournaments/{copy.id}/settings", 303)


@bp.post("/tournaments/<int:tournament_id>/archive")
@policy("organizer")
def archive(tournament_id: int) -> WerkzeugResponse:
    """Put the tournament away."""
    return _put(tournament_id, away=True)


@bp.post("/tournaments/<int:tournament_id>/take-back")
@policy("organizer")
def take_back(tournament_id: int) -> WerkzeugResponse:
    """Take an archived tournament back."""
    return _put(tournament_id, away=False)


def _put(tournament_id: int, *, away: bool) -> WerkzeugResponse:
    tournament = services.get(tournament_id, lock=True, put_away=True)
    was = tournament.archived_at is not None
    services.archive(tournament, away=away)
    action = "archive tournament" if away else "take tournament back"
    audit.record(action, "tournament", tournament_id, {"archived": was}, {"archived": away})
    db.session.commit()
    undo = f"/tournaments/{tournament_id}/{'take-back' if away else 'archive'}"
    notify(f"{tournament.name} {'is archived' if away else 'is back'}.", undo=undo)
    return redirect("/tournaments/" if away else f"/tournaments/{tournament_id}/settings", 303)


@bp.post("/tournaments/<int:tournament_id>/delete")
@policy("organizer")
def delete(tournament_id: int) -> WerkzeugResponse:
    """Delete a tournament nobody played in."""
    tournament = services.get(tournament_id, lock=True, put_away=True)
    name = tournament.name
    before = {"name": name, "format": tournament.format, "league_ids": tournament.league_ids}
    services.delete(tournament)
    audit.record("delete tournament", "tournament", tournament_id, before, None)
    db.session.commit()
    notify(f"{name} is deleted.")
    return redirect("/tournaments/", 303)
