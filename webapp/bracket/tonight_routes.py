"""Tonight: the organizer's page of the current game night, and a phone's first page."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.context import outside, person, settings
from webapp.accounts.policy import policy
from webapp.bracket import links, records, tonight
from webapp.bracket.discord_text import message
from webapp.bracket.facts import gather
from webapp.bracket.links import Linked
from webapp.bracket.results import told
from webapp.bracket.series_link import facts_of_link, is_good
from webapp.bracket.services import of_game
from webapp.bracket.suggest import rank
from webapp.bracket.tonight import Night
from webapp.bracket.tonight_show import Show
from webapp.bracket.tonight_view import Evening, evening
from webapp.core.db import db
from webapp.core.errors import Conflict
from webapp.core.render import notify, page_or_fragment
from webapp.core.time import utcnow

bp = Blueprint("tonight", __name__)


@bp.get("/tonight")
@policy("organizer")
def index() -> Response:
    """The series of tonight: what needs a hand, what is live, what comes, what is settled."""
    found = evening(outside().redis)
    night = tonight.night_of(found.shows, utcnow())
    g.league_zone = found.zone.key
    return page_or_fragment(
        "bracket/tonight.html",
        {"tonight": "bracket/_tonight.html"},
        evening=found,
        night=night,
        sections=tonight.SECTIONS,
        recap="" if night.open or not night.rows else recap(found, night),
        has_key=bool(settings().steam_api_key),
    )


def recap(found: Evening, night: Night) -> str:
    """The night's results as one text for Discord, tournament by tournament."""
    day = f"{found.night:%A} {found.night.day} {found.night:%B}"
    shows = [row.show for row in night.rows]
    return "\n\n".join(
        _recap(
            name, day, tournament_id, [one for one in shows if one.tournament_id == tournament_id]
        )
        for tournament_id, name in found.tournaments.items()
    )


def _recap(name: str, day: str, tournament_id: int, shows: Sequence[Show]) -> str:
    url = f"{settings().base_url}/tournaments/{tournament_id}"
    return message(name, day, tonight.told(shows), [], url)


@bp.post("/tonight/games/<int:game_id>/link")
@policy("organizer")
def link(game_id: int) -> WerkzeugResponse:
    """Link the game to the match that stands first for it, as the page said."""
    match_id = request.form.get("match_id", type=int) or 0
    ranked = rank(gather(game_id))
    if not ranked or ranked[0].match_id != match_id or not is_good(ranked[0]):
        return _look_first(game_id)
    done = links.link(game_id, match_id, by=person().id, facts=facts_of_link(game_id, match_id))
    records.of_game("link", done)
    words = f"{records.game_name(done.game)} is linked to match {match_id}.{_settled(done)}"
    db.session.commit()
    notify(words, undo=f"/games/{game_id}/undo-link?match_id={match_id}")
    return redirect("/tonight", 303)


def _settled(done: Linked) -> str:
    series = done.game.series
    if series.state != "done":
        return ""
    return f" {series.label} is settled: {told(done.bracket, series)}."


def _look_first(game_id: int) -> WerkzeugResponse:
    """Something changed since the page was made, or the panel knows better: a person looks."""
    bracket, game = of_game(game_id)
    if game.match_id is not None:
        raise Conflict(f"{records.game_name(game)} is linked already.")
    audit.record("link", "game", game_id, None, {"refused": "another match stands first"})
    db.session.commit()
    notify("Nothing was linked: have a look at what stands first now.", "error")
    at = f"/tournaments/{bracket.tournament.id}?series={game.series.label}&game={game.number}"
    return redirect(at, 303)
