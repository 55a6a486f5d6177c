"""What admins do to one match: enter it by hand, take that back, read its raw answers."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.policy import policy
from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.core.render import notify, zone_named
from webapp.core.time import utcnow
from webapp.leagues.models import League
from webapp.matches import by_hand, one_match, reread, services
from webapp.matches.models import Match, RawPayload
from webapp.matches.names import SIDES, side_name, team_names
from webapp.matches.reasons import SOURCE_WORDS

bp = Blueprint("match_admin", __name__)
SHOWN_CHARACTERS = 400_000
"""Of a longer raw answer the page shows the beginning; the download has all of it."""


@bp.get("/matches/<int:match_id>/by-hand")
@policy("admin")
def by_hand_form(match_id: int) -> Response:
    """The form for a match that no source gave."""
    match = services.get(match_id)
    by_hand.check_can_be_entered(match)
    return _form(match)


@bp.post("/matches/<int:match_id>/by-hand")
@policy("admin")
def enter_by_hand(match_id: int) -> Response | WerkzeugResponse:
    """Make the match detailed with what a person knows."""
    match = services.get(match_id)
    by_hand.check_can_be_entered(match)
    try:
        values = by_hand.read_entry(request.form, _zone(match), utcnow())
    except BadInput as problem:
        return _form(match, problem)
    before = services.enter_by_hand(match, values)
    after = {name: _plain(value) for name, value in values.items() if value is not None}
    audit.record(one_match.MANUAL_ACTION, "match", match_id, before, after)
    db.session.commit()
    notify(f"Match {match_id} was entered by hand.", undo=f"/matches/{match_id}/undo-by-hand")
    return redirect(f"/matches/{match_id}", 303)


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _zone(match: Match) -> ZoneInfo:
    league = db.session.get_one(League, match.league_id)
    return zone_named(league.zone) or ZoneInfo("UTC")


def _form(match: Match, problem: BadInput | None = None) -> Response:
    zone, teams = _zone(match), team_names([match])
    start = match.start_time.astimezone(zone) if match.start_time else None
    known = {
        "radiant_score": match.radiant_score,
        "dire_score": match.dire_score,
        "start": f"{start:%Y-%m-%dT%H:%M}" if start else "",
    }
    g.league_zone = zone.key
    page = render_template(
        "matches/by_hand.html",
        match=match,
        league=db.session.get_one(League, match.league_id),
        zone=zone,
        names={side: side_name(match, side, teams) for side in SIDES},
        given=request.form if problem else known,
        wrong=problem.fields if problem else {},
    )
    return make_response(page, 400 if problem else 200)


@bp.post("/matches/<int:match_id>/undo-by-hand")
@policy("admin")
def undo_by_hand(match_id: int) -> WerkzeugResponse:
    """Put back what stood before a match was entered by hand."""
    match = services.get(match_id)
    entered = {name: _plain(getattr(match, name)) for name in services.MANUAL_COLUMNS}
    services.undo_by_hand(match)
    audit.record("undo entry by hand", "match", match_id, entered, {"state": match.state})
    db.session.commit()
    notify(f"Match {match_id} is {match.state} again, as before it was entered by hand.")
    return redirect(f"/matches/{match_id}", 303)


@bp.post("/matches/<int:match_id>/use-offered")
@policy("admin")
def use_offered(match_id: int) -> WerkzeugResponse:
    """Take up the true details that came after the match was entered by hand."""
    match = services.get(match_id)
    entered = {name: _plain(getattr(match, name)) for name in services.MANUAL_COLUMNS}
    source = reread.use_offered(match)
    audit.record("use offered details", "match", match_id, entered, {"source": source})
    db.session.commit()
    notify(f"Match {match_id} has the details from {SOURCE_WORDS[source]}.")
    return redirect(f"/matches/{match_id}", 303)


# ---- raw answers -------------------------------------------------------------------------------


@bp.get("/matches/<int:match_id>/raw/<source>")
@policy("admin")
def raw(match_id: int, source: str) -> Response:
    """A raw answer as it came: on a page, or with ``?download=1`` byte for byte."""
    payload = reread.payload_of(match_id, source)
    body = reread.body_of(payload)
    if request.args.get("download"):
        return _download(payload, body)
    text = _pretty(body)
    page = render_template(
        "matches/raw.html",
        payload=payload,
        source_word=SOURCE_WORDS.get(source, source),
        text=text[:SHOWN_CHARACTERS],
        shortened=len(text) > SHOWN_CHARACTERS,
    )
    return make_response(page)


def _download(payload: RawPayload, body: bytes) -> Response:
    response = make_response(body)
    response.headers["Content-Type"] = "application/octet-stream"
    name = f"match-{payload.match_id}-{payload.source}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _pretty(body: bytes) -> str:
    """JSON with indents; what is no JSON stands as it came."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body.decode("utf-8", "replace")


@bp.post("/matches/<int:match_id>/raw/<source>/reread")
@policy("admin")
def read_again(match_id: int, source: str) -> WerkzeugResponse:
    """Read a kept raw answer with today's parser; nobody is asked."""
    match = services.get(match_id)
    before = {"state": match.state, "source": match.source}
    reread.reread(match, source)
    after = {"state": match.state, "source": match.source}
    audit.record("read raw answer again", "match", match_id, before, after)
    db.session.commit()
    notify(f"Match {match_id} was read again from the answer of {SOURCE_WORDS[source]}.")
    return redirect(f"/matches/{match_id}", 303)
