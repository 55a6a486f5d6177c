"""The teams of a tournament: seen by everybody, entered and changed by organizers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.policy import policy
from webapp.core.db import db
from webapp.core.errors import AegisError, BadInput, Conflict
from webapp.core.render import notify, page_or_fragment
from webapp.tournaments import services, team_forms, teams
from webapp.tournaments.entries import Entry
from webapp.tournaments.head import head_of
from webapp.tournaments.models import Team
from webapp.tournaments.team_view import rosters

bp = Blueprint("teams", __name__)


@bp.get("/tournaments/<int:tournament_id>/teams")
@policy("anonymous")
def index(tournament_id: int) -> Response:
    """All teams with their rosters."""
    return _list(tournament_id)


def _list(tournament_id: int, problem: BadInput | None = None) -> Response:
    tournament = services.get(tournament_id)
    g.league_zone = tournament.zone
    seeds = request.form if problem else {}
    return page_or_fragment(
        "tournaments/teams.html",
        {"teams": "tournaments/_teams.html"},
        status=400 if problem else 200,
        tournament=tournament,
        head=head_of(tournament),
        rosters=rosters(teams.of(tournament_id)),
        typed=seeds,
        wrong=problem.fields if problem else {},
    )


@bp.post("/tournaments/<int:tournament_id>/teams/seeds")
@policy("organizer")
def set_seeds(tournament_id: int) -> Response | WerkzeugResponse:
    """Give the teams their seeds, all at once."""
    tournament = services.get(tournament_id, lock=True)
    try:
        wanted = team_forms.read_seeds(request.form)
        before, after = teams.set_seeds(tournament, teams.of(tournament_id), wanted)
    except BadInput as problem:
        db.session.rollback()
        return _list(tournament_id, problem)
    audit.record("set seeds", "tournament", tournament_id, before, after)
    db.session.commit()
    notify("The seeds are saved.")
    return redirect(f"/tournaments/{tournament_id}/teams", 303)


# ---- one team ----------------------------------------------------------------------------------


@bp.get("/tournaments/<int:tournament_id>/teams/new")
@policy("organizer")
def new(tournament_id: int) -> Response:
    return _form(tournament_id, team_forms.shown(Entry("")))


@bp.post("/tournaments/<int:tournament_id>/teams")
@policy("organizer")
def add(tournament_id: int) -> Response | WerkzeugResponse:
    """Add a team with its players."""
    tournament = services.get(tournament_id, lock=True)
    try:
        made = teams.add(tournament, team_forms.read(request.form))
    except (BadInput, Conflict) as problem:
        db.session.rollback()
        return _form(tournament_id, team_forms.typed(request.form), problem=problem)
    audit.record("add team", "team", made.id, None, teams.told(made))
    db.session.commit()
    notify(f"{made.name} is in.")
    return redirect(f"/tournaments/{tournament_id}/teams", 303)


@bp.get("/tournaments/<int:tournament_id>/teams/<int:team_id>/edit")
@policy("organizer")
def edit(tournament_id: int, team_id: int) -> Response:
    team = teams.get(tournament_id, team_id)
    return _form(tournament_id, team_forms.shown(teams.entry_of(team)), team)


@bp.post("/tournaments/<int:tournament_id>/teams/<int:team_id>/edit")
@policy("organizer")
def change(tournament_id: int, team_id: int) -> Response | WerkzeugResponse:
    """Change a team; who is no longer in the form has left."""
    tournament = services.get(tournament_id, lock=True)
    team = teams.get(tournament_id, team_id)
    try:
        before, after = teams.change(tournament, team, team_forms.read(request.form))
    except (BadInput, Conflict) as problem:
        db.session.rollback()
        team = teams.get(tournament_id, team_id)
        return _form(tournament_id, team_forms.typed(request.form), team, problem)
    audit.record("change team", "team", team_id, before, after)
    db.session.commit()
    notify(f"{team.name} is saved.")
    return redirect(f"/tournaments/{tournament_id}/teams", 303)


def _form(
    tournament_id: int,
    given: Mapping[str, Any],
    team: Team | None = None,
    problem: AegisError | None = None,
) -> Response:
    tournament = services.get(tournament_id)
    g.league_zone = tournament.zone
    status = {BadInput: 400, Conflict: 409}.get(type(problem), 200) if problem else 200
    return page_or_fragment(
        "tournaments/team.html",
        {"team-form": "tournaments/_team_form.html"},
        status=status,
        tournament=tournament,
        head=head_of(tournament),
        roster=rosters([team])[0] if team else None,
        in_bracket=teams.in_bracket(team.id) if team else False,
        given=given,
        problem=problem,
        wrong=problem.fields if problem else {},
    )


@bp.post("/tournaments/<int:tournament_id>/teams/<int:team_id>/delete")
@policy("organizer")
def delete(tournament_id: int, team_id: int) -> WerkzeugResponse:
    """Delete a team that does not stand in the bracket."""
    tournament = services.get(tournament_id, lock=True)
    team = teams.get(tournament_id, team_id)
    name, before = team.name, teams.told(team)
    teams.remove(tournament, team)
    audit.record("delete team", "team", team_id, before, None)
    db.session.commit()
    notify(f"{name} is deleted.")
    return redirect(f"/tournaments/{tournament_id}/teams", 303)
