"""How a change in a series' panel is answered: the panel anew, or the page that has it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.bracket.routes import page_of
from webapp.core.db import db
from webapp.core.errors import AegisError, BadInput, Conflict, NotFound, TooMany
from webapp.core.render import is_htmx
from webapp.tournaments.models import Game, Series

Answer = Response | WerkzeugResponse
View = Callable[..., Answer]
STATUS = {BadInput: 400, Conflict: 409, TooMany: 429}


def answer(series_id: int, game: int | None = None, problem: AegisError | None = None) -> Answer:
    """The panel after a change; a problem is told in it, calmly, with its status.

    Raises:
        NotFound: the series is gone.
    """
    row = db.session.execute(
        sa.select(Series.tournament_id, Series.label).where(Series.id == series_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no series {series_id}.")
    if problem is None and request.form.get("back") == "links":
        return redirect(f"/tournaments/{row.tournament_id}/links", 303)
    args = {"series": row.label} | ({"game": str(game)} if game else {})
    args |= {name: request.form[name] for name in ("team", "night") if request.form.get(name)}
    if problem is None and not is_htmx():
        return redirect(f"/tournaments/{row.tournament_id}?{urlencode(args)}", 303)
    status = next((STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS), 200)
    response = page_of(row.tournament_id, args, problem, status=status)
    if problem is None:
        response.headers["HX-Trigger"] = json.dumps({"bracket-changed": True})
    return response


def in_panel(view: View) -> View:
    """What a view of a series (``series_id``) or a game (``game_id``) refuses is told in place."""

    @wraps(view)
    def told(**values: Any) -> Answer:
        try:
            return view(**values)
        except (BadInput, Conflict, TooMany) as problem:
            db.session.rollback()
            return answer(*_place(values), problem)

    return told


def _place(values: dict[str, Any]) -> tuple[int, int | None]:
    if "series_id" in values:
        return values["series_id"], None
    row = db.session.execute(
        sa.select(Game.series_id, Game.number).where(Game.id == values["game_id"])
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no game {values['game_id']}.")
    return row.series_id, row.number
