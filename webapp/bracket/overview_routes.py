"""Standings, the list of links with its dry run, and withdrawing a team."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.context import person
from webapp.accounts.policy import current_user, policy
from webapp.bracket import (
    autolink,
    links,
    links_view,
    preview_view,
    records,
    services,
    withdrawals,
)
from webapp.bracket.bracket_view import Look, View
from webapp.bracket.panel_routes import read_pairs, told_of_undone
from webapp.bracket.preview_view import Effect
from webapp.bracket.series_link import refuse_others
from webapp.bracket.standings_view import places_of, stands_of, tables_of
from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.core.figures import plural
from webapp.core.render import notify, page_or_fragment
from webapp.core.time import utcnow
from webapp.tournaments import services as tournaments
from webapp.tournaments.head import head_of
from webapp.tournaments.models import Series
from webapp.tournaments.words import TIE_BREAKS

bp = Blueprint("overview", __name__)
UNDONE_AT_ONCE = 100


def _seen(tournament_id: int) -> View:
    bracket = services.load(tournament_id)
    g.league_zone = bracket.tournament.zone
    may = current_user.can("organizer") and bracket.tournament.archived_at is None
    return View(bracket, Look(may, None, utcnow()))


def _page(template: str, view: View, status: int = 200, **shown: Any) -> Response:
    tournament = view.bracket.tournament
    return page_or_fragment(
        template,
        {},
        status=status,
        tournament=tournament,
        head=head_of(tournament),
        view=view,
        **shown,
    )


@bp.get("/tournaments/<int:tournament_id>/standings")
@policy("anonymous")
def standings(tournament_id: int) -> Response:
    """The tables of the groups, and the places that are decided."""
    view = _seen(tournament_id)
    stands = stands_of(view.bracket)
    return _page(
        "bracket/standings.html",
        view,
        tables=tables_of(view.bracket, stands),
        places=places_of(view.bracket, stands),
        tie_breaks=[TIE_BREAKS[name] for name in view.bracket.tournament.tie_breaks],
    )


# ---- links -------------------------------------------------------------------------------------


@bp.get("/tournaments/<int:tournament_id>/links")
@policy("organizer")
def link_list(tournament_id: int) -> Response:
    """Every link, how it was made and on what; ``?dry=1`` tells which more would be sure."""
    view = _seen(tournament_id)
    made = request.args.get("made", "")
    made = made if made in links_view.MADE else ""
    planned = autolink.planned_links(tournament_id) if request.args.get("dry") == "1" else None
    return _page(
        "bracket/links.html",
        view,
        rows=links_view.links_of(view, made),
        made=made,
        planned=None if planned is None else links_view.planned_rows(view, planned),
    )


@bp.post("/tournaments/<int:tournament_id>/auto-link")
@policy("organizer")
def auto_link(tournament_id: int) -> WerkzeugResponse:
    """Make the links that are sure now, as the dry run told; one undo takes all of them back."""
    tournaments.get(tournament_id, lock=True)
    db.session.rollback()
    began, by = utcnow(), person().id
    number = autolink.auto_link(tournament_id, by=by)
    pairs = links_view.made_since(services.load(tournament_id), by, began)
    audit.record("auto-link", "tournament", tournament_id, None, {"linked": number})
    db.session.commit()
    named = ",".join(f"{game_id}-{match_id}" for game_id, match_id in pairs[:UNDONE_AT_ONCE])
    undo = f"/tournaments/{tournament_id}/undo-links?pairs={named}" if pairs else ""
    notify(f"{plural(number, 'game')} linked.", undo=undo)
    return redirect(f"/tournaments/{tournament_id}/links", 303)


@bp.post("/tournaments/<int:tournament_id>/undo-links")
@policy("organizer")
def undo_links(tournament_id: int) -> WerkzeugResponse:
    """Take links back that were made at once."""
    pairs = read_pairs(request.values.get("pairs", ""), UNDONE_AT_ONCE)
    refuse_others(pairs, Series.tournament_id == tournament_id)
    done = links.undo_links(pairs)
    gone = {records.game_name(one.game): one.before["match_id"] for one in done}
    undone = [one for each in done for one in each.undone]
    also = told_of_undone(undone)
    after = {"also_undone": services.labels(undone)}
    audit.record("undo links", "tournament", tournament_id, gone, after)
    db.session.commit()
    notify(f"{plural(len(done), 'game')} not linked any more.{also}")
    return redirect(f"/tournaments/{tournament_id}/links", 303)


# ---- withdrawing a team ------------------------------------------------------------------------


@bp.get("/tournaments/<int:tournament_id>/teams/<int:team_id>/withdraw")
@policy("organizer")
def withdraw_form(tournament_id: int, team_id: int) -> Response:
    """What withdrawing a team would do, before anything does."""
    return _withdraw_form(tournament_id, team_id)


def _withdraw_form(tournament_id: int, team_id: int, problem: BadInput | None = None) -> Response:
    withdrawals.team_of(tournament_id, team_id)
    view = _seen(tournament_id)
    ways = ("forfeit", "annul") if view.bracket.series else ("forfeit",)
    return _page(
        "bracket/withdraw.html",
        view,
        status=400 if problem else 200,
        team=view.bracket.teams[team_id],
        previews={how: _preview(view, team_id, how) for how in ways},
        back=_preview(view, team_id, None),
        problem=problem,
    )


def _preview(view: View, team_id: int, how: str | None) -> list[Effect]:
    withdrawn = {one: what for one, what in view.bracket.withdrawn.items() if one != team_id}
    if how:
        withdrawn[team_id] = how
    return preview_view.of_withdrawals(view, withdrawn)


@bp.post("/tournaments/<int:tournament_id>/teams/<int:team_id>/withdraw")
@policy("organizer")
def withdraw(tournament_id: int, team_id: int) -> Response | WerkzeugResponse:
    """Withdraw a team, or take it back (``how`` empty)."""
    before = withdrawals.team_of(tournament_id, team_id).withdrawn
    how = request.form.get("how", "") or None
    try:
        bracket, team, undone = withdrawals.withdraw(team_id, how)
    except BadInput as problem:
        db.session.rollback()
        return _withdraw_form(tournament_id, team_id, problem)
    records.of_withdrawal(bracket, team, before, undone)
    words = f"{team.name} {'has withdrawn' if how else 'plays on'}.{told_of_undone(undone)}"
    db.session.commit()
    notify(words)
    return redirect(f"/tournaments/{tournament_id}", 303)
