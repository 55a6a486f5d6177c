"""Marking a match void or a remake, and taking the mark off: from its page, and for scripts."""

from __future__ import annotations

from typing import Any, Literal

from flask import Blueprint, Response, redirect, request
from pydantic import BaseModel, Field
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.context import person
from webapp.accounts.policy import current_user, policy
from webapp.bracket import links, marks, records
from webapp.bracket.links import Linked
from webapp.bracket.services import of_game
from webapp.core.api import SIGNED_IN, Body, Id, api_blueprint
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict
from webapp.core.render import notify
from webapp.matches import services as matches
from webapp.matches.match_view import Match, match_body
from webapp.matches.routes import page_of

bp = Blueprint("marks", __name__)
api = api_blueprint("marks", __name__)


class MatchPath(BaseModel):
    match_id: Id


class MarkBody(Body):
    mark: Literal["void", "remake"]
    reason: str = Field(min_length=1, max_length=500, description="Everybody reads it")


def _mark(match_id: int, how: str | None, reason: str = "", **more: str) -> Linked | None:
    """Mark a match, or take its mark off; one audit row. The game that it frees."""
    match = matches.get(match_id)
    before = {"mark": match.mark, "reason": match.mark_reason}
    if how is None and match.mark is None:
        raise Conflict(f"Match {match_id} is not marked.")
    match, freed = marks.mark(match_id, how, reason)
    after: dict[str, Any] = {"mark": match.mark, "reason": match.mark_reason, **more}
    if freed:
        after["freed"] = records.game_name(freed.game)
    audit.record("mark match" if how else "take mark off", "match", match_id, before, after)
    return freed


# ---- the match's page --------------------------------------------------------------------------


@bp.post("/matches/<int:match_id>/mark")
@policy("organizer")
def mark(match_id: int) -> Response | WerkzeugResponse:
    """Void or remake, with a reason; the game it was linked to is free again."""
    how = request.form.get("mark", "")
    try:
        freed = _mark(match_id, how, request.form.get("reason", ""))
    except BadInput as refused:
        db.session.rollback()
        return page_of(matches.get(match_id), refused)
    undo = f"/matches/{match_id}/unmark"
    words = f"Match {match_id} is marked as {how}."
    if freed:
        undo += f"?game={freed.game.id}"
        words += f" {records.game_name(freed.game)} is free again."
    db.session.commit()
    notify(words, undo=undo)
    return redirect(f"/matches/{match_id}", 303)


@bp.post("/matches/<int:match_id>/unmark")
@policy("organizer")
def unmark(match_id: int) -> WerkzeugResponse:
    """Take the mark off; with ``?game=`` link it to the game again that the mark had freed."""
    game_id = request.args.get("game", type=int)
    if game_id:  # every change takes the tournament before the match
        _, game = of_game(game_id, lock=True)
        _mark(match_id, None, linked_to=records.game_name(game))
    else:
        _mark(match_id, None)
    if game_id:
        links.link(game_id, match_id, by=person().id)
    db.session.commit()
    notify(f"Match {match_id} counts again.")
    return redirect(f"/matches/{match_id}", 303)


# ---- for scripts -------------------------------------------------------------------------------


@api.post(
    "/matches/<int:match_id>/mark",
    responses={200: Match},
    security=SIGNED_IN,
    summary="Mark a match void or a remake; it counts nowhere and frees its game",
)
@policy("organizer")
def mark_match(path: MatchPath, body: MarkBody) -> dict[str, Any]:
    _mark(path.match_id, body.mark, body.reason)
    return _told(path.match_id)


@api.delete(
    "/matches/<int:match_id>/mark",
    responses={200: Match},
    security=SIGNED_IN,
    summary="Take a match's mark off; a game it had freed stays free",
)
@policy("organizer")
def unmark_match(path: MatchPath) -> dict[str, Any]:
    _mark(path.match_id, None)
    return _told(path.match_id)


def _told(match_id: int) -> dict[str, Any]:
    db.session.commit()
    lines = matches.lines_of([match_id])[match_id]
    return match_body(matches.get(match_id), lines, admin=bool(current_user.can("admin")))
