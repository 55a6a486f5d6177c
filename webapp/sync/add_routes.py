"""Adding matches to a league by id or link: looked up first, then counted in it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.context import outside, person, settings
from webapp.accounts.policy import policy
from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.core.figures import plural
from webapp.core.render import notify, page_or_fragment
from webapp.core.runs import services as runs
from webapp.leagues import services as leagues
from webapp.leagues.models import League
from webapp.matches import add
from webapp.sync import services

bp = Blueprint("adding", __name__)


def _asker() -> add.Asker:
    return add.Asker(outside(), bool(settings().steam_api_key), settings().breaker_delay)


@bp.get("/leagues/<int:league_id>/add-matches")
@policy("admin")
def page(league_id: int) -> Response:
    """The field, and with ``?ids=`` what was found under each: nothing is saved."""
    text = request.args.get("ids", "").strip()
    problem: BadInput | None = None
    found: list[add.Found] = []
    if text:
        try:
            # Services are asked before the first query, so that no transaction is open meanwhile.
            found = _asker().look_up(add.read_refs(text))
        except BadInput as wrong:
            problem = wrong
    return _page(league_id, text, found, problem)


def _page(
    league_id: int, text: str, found: list[add.Found], problem: BadInput | None = None
) -> Response:
    league = leagues.get(league_id)
    g.league_zone = league.zone
    here = add.known([one.match_id for one in found])
    return page_or_fragment(
        "sync/add.html",
        {"found": "sync/_add_found.html"},
        status=400 if problem else 200,
        league=league,
        text=text,
        found=found,
        here=here,
        names=_names_of_leagues(found, here),
        nowhere=add.NO_PUBLIC_SOURCE,
        problem=problem,
    )


def _names_of_leagues(found: list[add.Found], here: Any) -> dict[int, str]:
    ids = {one.steam_league_id for one in found} | {one.league_id for one in here.values()}
    rows = db.session.execute(
        sa.select(League.id, League.name).where(League.id.in_([one for one in ids if one]))
    )
    return {row.id: row.name for row in rows}


@bp.post("/leagues/<int:league_id>/add-matches")
@policy("admin")
def count_in(league_id: int) -> Response | WerkzeugResponse:
    """Count the chosen matches in this league, and get the details of the new ones."""
    try:
        ids = add.read_refs(" ".join(request.form.getlist("match")))
    except BadInput as problem:
        return _page(league_id, "", [], problem)
    of_steam = (
        add.read_refs(" ".join(request.form.getlist("steam"))) if "steam" in request.form else []
    )
    # What only Steam lists needs its sequence number, asked for outside of any transaction.
    listed = _asker().listed([match_id for match_id in of_steam if match_id in ids])
    league = leagues.get(league_id)
    new = add.count_in(league_id, ids, listed)
    after: dict[str, Any] = {"match_ids": ids, "new": len(new)}
    started = services.retry(league_id, new, by=person().id)[0] if new else None
    audit.record("add matches", "league", league_id, None, after)
    db.session.commit()
    if started and started.created:
        runs.enqueue(outside().redis, started.run)
    notify(f"{plural(len(ids), 'match counts', 'matches count')} in {league.name} now.")
    return redirect(f"/leagues/{league_id}", 303)


@bp.post("/leagues/<int:league_id>/add-matches/by-hand")
@policy("admin")
def by_hand(league_id: int) -> WerkzeugResponse:
    """Make the row of a match no public source has, and go on to enter it."""
    match_id = add.read_refs(request.form.get("match", ""))[0]
    leagues.get(league_id)
    add.make_unlisted(league_id, match_id)
    audit.record("add match by hand", "match", match_id, None, {"league_id": league_id})
    db.session.commit()
    return redirect(f"/matches/{match_id}/by-hand", 303)
