"""*Failed and withheld*: what no source gave, why, and when it is asked for again."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from webapp.accounts.policy import policy
from webapp.core.render import page_or_fragment
from webapp.leagues import services as leagues
from webapp.matches import failed
from webapp.matches.reasons import REASONS

bp = Blueprint("failed", __name__)


@bp.get("/failed")
@policy("admin")
def everywhere() -> Response:
    """Those of all leagues."""
    return failed_list(None)


@bp.get("/leagues/<int:league_id>/failed")
@policy("admin")
def of_league(league_id: int) -> Response:
    """Those of one league."""
    return failed_list(league_id)


def failed_list(league_id: int | None, kept: Sequence[int] = ()) -> Response:
    """The page; the filters are those of the request's address.

    ``kept`` are matches just retried, which keep their places. Raises as ``read_wanted``.
    """
    league = leagues.get(league_id) if league_id is not None else None
    if league:
        g.league_zone = league.zone
    wanted = failed.read_wanted(request.args, league_id)
    after = request.args.get("after", "")
    page = failed.failed_page(wanted, after=after, kept=kept)
    return page_or_fragment(
        "matches/failed.html",
        {},
        league=league,
        wanted=wanted,
        listed=page,
        waiting=sum(page.by_reason.values()),
        reasons=REASONS,
        kept=kept,
        after=after,
        at=failed_address(league_id),
        link=lambda **query: failed_address(league_id, **query),
        retry_to=failed_address(
            league_id, "/retry", state=wanted.state, reason=wanted.reason, after=after
        ),
    )


def failed_address(league_id: int | None, below: str = "", **query: str) -> str:
    """The address of the list, or of something below it, with what of the query is set."""
    at = f"/leagues/{league_id}/failed{below}" if league_id is not None else f"/failed{below}"
    text = urlencode({name: value for name, value in query.items() if value})
    return f"{at}?{text}" if text else at
