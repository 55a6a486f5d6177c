"""The page of a bracket: public, live, and with a series' panel where one is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts.context import settings
from webapp.accounts.policy import current_user, policy
from webapp.bracket import live_games, page_view, records, services, summary
from webapp.bracket.bracket_view import Look
from webapp.bracket.generation import generate_bracket
from webapp.bracket.page_view import Live
from webapp.bracket.panel_view import TIERS, panel_of
from webapp.core.db import db
from webapp.core.errors import AegisError, BadInput
from webapp.core.figures import plural
from webapp.core.render import is_htmx, notify, page_or_fragment, url_with
from webapp.core.time import utcnow
from webapp.tournaments import services as tournaments
from webapp.tournaments.head import head_of

bp = Blueprint("bracket", __name__)

SEEDINGS = (
    ("manual", "By hand: the seeds of the teams"),
    ("mmr", "By MMR: the mean of the team"),
    ("captain_mmr", "By the captains' MMR"),
    ("random", "Random: drawn, and recorded"),
)


@bp.get("/tournaments/<int:tournament_id>")
@policy("anonymous")
def show(tournament_id: int) -> Response | WerkzeugResponse:
    """The bracket, and beside it the series that the address names."""
    if "" in request.args.values():
        return redirect(url_with(**{name: request.args[name] for name in request.args}), 302)
    return page_of(tournament_id, request.args)


def page_of(
    tournament_id: int,
    args: Mapping[str, str],
    problem: AegisError | None = None,
    *,
    status: int = 200,
) -> Response:
    """The page as ``args`` ask for it; ``problem`` is shown where it was met."""
    shown = live_of(tournament_id, args)
    bracket, series = shown.view.bracket, shown.asked.series
    panel = panel_of(shown.view, series, args, problem=problem) if series else None
    page = {"series-panel": "bracket/_panel.html", "bracket-live": "bracket/_live.html"}
    around = {} if panel and is_htmx() else _around(shown, problem)
    return page_or_fragment(
        "bracket/page.html",
        page,
        status=status,
        tournament=bracket.tournament,
        live=shown,
        view=shown.view,
        panel=panel,
        given=request.form,
        tiers=TIERS,
        **around,
    )


def _around(shown: Live, problem: AegisError | None) -> dict[str, Any]:
    """What stands around the bracket on the whole page."""
    bracket = shown.view.bracket
    tournament = bracket.tournament
    address = f"{settings().base_url}/tournaments/{tournament.id}"
    organizer = shown.view.look.organizer
    return {
        "head": head_of(tournament),
        "nights": summary.nights_of(bracket),
        "teams": sorted(bracket.teams.values(), key=lambda team: team.name.casefold()),
        "summary": summary.summary(shown.view),
        "address": address,
        "discord": page_view.for_discord(shown.view, address) if bracket.series else "",
        "zero_click": page_view.zero_click(tournament.id) if organizer else "",
        "seedings": SEEDINGS,
        "wrong": problem,
    }


def live_of(tournament_id: int, args: Mapping[str, str]) -> Live:
    """The bracket as this reader's address asks for it."""
    bracket = services.load(tournament_id)
    g.league_zone = bracket.tournament.zone
    asked = page_view.read_asked(args, bracket)
    may = current_user.can("organizer") and bracket.tournament.archived_at is None
    look = Look(may, asked.team_id, utcnow(), live_games.now(tournament_id))
    return page_view.live(bracket, asked, look)


@bp.get("/tournaments/<int:tournament_id>/bracket/live")
@policy("anonymous")
def live(tournament_id: int) -> Response:
    """The bracket alone; nothing (204) while it is as the asker knows it."""
    tournament = tournaments.get(tournament_id)
    known = request.args.get("version"), request.args.get("playing", "")
    now = str(tournament.version), live_games.token(live_games.now(tournament_id))
    if known == now and tournament.state == "running":
        return make_response("", 204)
    shown = live_of(tournament_id, request.args)
    return page_or_fragment(
        "bracket/_live.html",
        "bracket/_live.html",
        live=shown,
        view=shown.view,
        tournament=shown.view.bracket.tournament,
        head=head_of(shown.view.bracket.tournament),
    )


@bp.post("/tournaments/<int:tournament_id>/bracket/generate")
@policy("organizer")
def generate(tournament_id: int) -> Response | WerkzeugResponse:
    """Make the bracket from the teams, or anew while nothing was played."""
    try:
        made = generate_bracket(tournament_id, request.form.get("seeding", ""))
    except BadInput as problem:
        db.session.rollback()
        return page_of(tournament_id, request.args, problem, status=400)
    records.of_bracket(made)
    told: Any = plural(len(made.series), "series", "series")
    db.session.commit()
    notify(f"The bracket is made: {told}.")
    return redirect(f"/tournaments/{tournament_id}", 303)
