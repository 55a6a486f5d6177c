"""The public pages of matches: the lists, and one match."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, cast

from flask import Blueprint, Flask, Response, g, redirect, request
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts.policy import current_user, policy
from webapp.core import figures
from webapp.core.errors import BadInput
from webapp.core.render import page_or_fragment, reader_zone, url_with
from webapp.core.time import utcnow
from webapp.leagues import services as leagues
from webapp.leagues.models import League
from webapp.matches import browse, dota, one_match, reread, services
from webapp.matches.filters import Filters, conditions, read_filters
from webapp.matches.models import STATES, Match
from webapp.matches.reasons import SOURCE_WORDS

bp = Blueprint("matches", __name__)


@bp.record_once
def _add_names(state: BlueprintSetupState) -> None:
    """What the templates of matches look names up with."""
    dota.init_app(cast(Flask, state.app))
    state.app.jinja_env.globals["source_word"] = lambda name: SOURCE_WORDS.get(name, name)


@bp.get("/matches/")
@policy("anonymous")
def everywhere() -> Response | WerkzeugResponse:
    """The matches of all leagues, newest first."""
    return _list(None)


@bp.get("/leagues/<int:league_id>/matches")
@policy("anonymous")
def of_league(league_id: int) -> Response | WerkzeugResponse:
    """The matches of one league, newest first."""
    league = leagues.get(league_id)
    g.league_zone = league.zone
    return _list(league)


def _list(league: League | None) -> Response | WerkzeugResponse:
    if "" in request.args.values():
        # A form sends its empty fields too; an address that is passed on names what it filters.
        return redirect(url_with(**{name: request.args[name] for name in request.args}), 302)
    filters, wrong = read_filters(request.args)
    league_id = league.id if league else None
    counts = services.counts(league.id) if league else None
    shown: dict[str, Any] = {"listed": None, "rows": [], "total": 0, "league_names": {}}
    if not wrong:
        met = conditions(filters, league_id, reader_zone())
        page = browse.matches_page(
            met, after=request.args.get("after", ""), before=request.args.get("before", "")
        )
        total = counts["total"] if counts and not filters.given else browse.count(met)
        shown = {
            "listed": page,
            "rows": browse.rows_of(page.matches),
            "total": total,
            "league_names": {} if league else browse.league_names(page.matches),
        }
    return page_or_fragment(
        "matches/list.html",
        {"matches": "matches/_list.html"},
        status=400 if wrong else 200,
        league=league,
        counts=counts,
        filters=filters,
        wrong=wrong,
        chips=_chips(filters, wrong),
        states=[("", "Any state"), *((state, state.capitalize()) for state in STATES)],
        teams=browse.teams_to_suggest(league_id),
        counted_to=browse.COUNTED_TO,
        **shown,
    )


def _chips(filters: Filters, wrong: dict[str, str]) -> list[tuple[str, str]]:
    """The active filters in words, each with the address without it."""
    words = {
        "q": f"Search: {filters.q}",
        "state": filters.state.capitalize(),
        "team": f"Team: {filters.team}",
        "player": f"Player: {filters.player}",
        "hero": dota.hero_of(filters.hero_id).name,
        "from": f"Since {_day(filters.first_day)}",
        "to": f"Until {_day(filters.last_day)}",
    }
    return [(words[name], url_with(**{name: None})) for name in filters.given if name not in wrong]


def _day(day: date | None) -> str:
    now = utcnow().astimezone(reader_zone())
    return figures.day(datetime.combine(day, time(12)), now, weekday=False) if day else ""


@bp.get("/matches/<int:match_id>")
@policy("anonymous")
def show(match_id: int) -> Response:
    """One match, or why there is nothing to show of it."""
    return page_of(services.get(match_id))


def page_of(match: Match, refused: BadInput | None = None) -> Response:
    """A match's page; ``refused`` is why it was not marked."""
    found = one_match.one_match(match)
    g.league_zone = found.league.zone
    is_admin = current_user.can("admin")
    detailed = match.state == "detailed"
    answers = [] if detailed else one_match.answers_of(match.id)
    return page_or_fragment(
        "matches/match.html",
        {},
        status=400 if refused else 200,
        found=found,
        match=match,
        league=found.league,
        standing=one_match.standing_of(match, found.league, answers),
        answers=answers if is_admin else [],
        payloads=reread.payloads_of(match.id) if is_admin else [],
        entered=one_match.entered_by(match) if is_admin and match.source == "manual" else None,
        is_admin=is_admin,
        is_organizer=current_user.can("organizer"),
        given=request.form,
        wrong=refused.fields if refused else {},
    )
