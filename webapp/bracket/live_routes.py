"""What is played now: the page of live games, and the banner around every page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from webapp.accounts.context import settings
from webapp.accounts.policy import current_user, policy
from webapp.bracket import banner, live_asking
from webapp.bracket.live_asking import Told
from webapp.core.db import reading
from webapp.core.render import is_htmx, page_or_fragment
from webapp.core.time import utcnow
from webapp.tournaments.services import league_names

bp = Blueprint("live", __name__)


@bp.get("/live")
@policy("anonymous")
def index() -> Response:
    """The games played now in the leagues of running tournaments and in the default league."""
    told = live_asking.of_leagues(_leagues()) if settings().steam_api_key else []
    names = league_names([one.league_id for one in told])
    return page_or_fragment(
        "bracket/live.html",
        {"live-games": "bracket/_live_games.html"},
        games=_games(told, names),
        problems=[(names.get(one.league_id), one.problem) for one in told if one.problem],
        has_key=bool(settings().steam_api_key),
        fetched_at=min((one.body["fetched_at"] for one in told if one.body), default=None),
        league_count=len(told),
        asked_at=utcnow(),
    )


def _leagues() -> list[int]:
    with reading():
        running = live_asking.leagues_of_running()
        asked = request.args.get("league_id", type=int)
    if asked is not None:
        return [asked] if asked in {*running, settings().default_league_id} else []
    return running or [settings().default_league_id]


def _games(told: list[Told], names: dict[int, str]) -> list[dict[str, Any]]:
    """The games with their league's name, those of brackets first, then the longest played."""
    found = [{**game, "league": names.get(one.league_id)} for one in told for game in one.games]
    return sorted(found, key=lambda game: (game["game"] is None, -(game["duration"] or 0)))


# ---- around every page -------------------------------------------------------------------------


@bp.app_context_processor
def around_every_page() -> dict[str, Any]:
    """What is live in the tournaments of whoever is signed in."""
    if is_htmx() or not current_user.can("player"):
        return {}
    return {"live_banner": banner.of(current_user)}


@bp.get("/live/banner")
@policy("player")
def banner_now() -> Response:
    """The banner alone, as it is asked for again and again."""
    shown = banner.of(current_user)
    return make_response(render_template("bracket/_banner.html", live_banner=shown))
