"""Who played together, where a Steam team played, and whether somebody plays right now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request

from webapp.accounts.context import settings
from webapp.accounts.policy import policy
from webapp.bracket import live_asking
from webapp.bracket.live_games import playing
from webapp.core.db import reading
from webapp.core.render import page_or_fragment
from webapp.matches import browse, find
from webapp.matches.api import count_find
from webapp.matches.browse import Row, rows_of
from webapp.matches.find import Page
from webapp.matches.find_who import MOST_PLAYERS, Meant, players_meant, team_meant, words_of

bp = Blueprint("find", __name__)
PER_PAGE = 25


@bp.get("/find")
@policy("anonymous")
def index() -> Response:
    """Matches of all or any of some players, or of a Steam team; or who of them plays now."""
    words, team = words_of(request.args.get("players", "")), request.args.get("team", "").strip()
    wrong = _wrong(words)
    shown: dict[str, Any] = {
        "players": [],
        "team": None,
        "listed": None,
        "live": None,
        "problems": [],
    }
    if not wrong and (words or team):
        count_find()
        if words and request.args.get("now"):
            shown |= _now(words)
        else:
            shown |= _matches(words, team)
    return page_or_fragment(
        "matches/find.html",
        {},
        status=400 if wrong else 200,
        given={"players": ", ".join(words), "team": team},
        any_of=request.args.get("how") == "any",
        wrong=wrong,
        has_key=bool(settings().steam_api_key),
        **shown,
    )


def _wrong(words: Sequence[str]) -> dict[str, str]:
    if len(words) > MOST_PLAYERS:
        return {"players": f"at most {MOST_PLAYERS} players at once"}
    return {}


def _matches(words: Sequence[str], team: str) -> dict[str, Any]:
    players = players_meant(words)
    meant = team_meant(team) if team and not words else None
    page = _page(players, meant)
    return {
        "players": players,
        "team": meant,
        "listed": page,
        "rows": _rows(page) if page else [],
        "league_names": browse.league_names(page.matches) if page else {},
    }


def _page(players: Sequence[Meant], team: Meant | None) -> Page | None:
    """The matches, once everybody is known."""
    after = request.args.get("after", "")[:200] or None
    if team is not None:
        return (
            find.by_team(team.id, league_id=None, after=after, limit=PER_PAGE) if team.id else None
        )
    ids = [one.id for one in players if one.id]
    if len(ids) < len(players):
        return None
    every = request.args.get("how") != "any"
    return find.by_players(ids, require_all=every, league_id=None, after=after, limit=PER_PAGE)


def _rows(page: Page) -> list[Row]:
    """The rows of the table, with the heroes of the lines that came along."""
    heroes = {
        match_id: {
            "radiant": [line.hero_id for line in lines if line.hero_id and line.is_radiant],
            "dire": [line.hero_id for line in lines if line.hero_id and not line.is_radiant],
        }
        for match_id, lines in page.lines.items()
    }
    plain = rows_of(page.matches, with_heroes=False)
    return [Row(row.match, row.names, heroes.get(row.id, {})) for row in plain]


# ---- now ---------------------------------------------------------------------------------------


def _now(words: Sequence[str]) -> dict[str, Any]:
    """The live games in which any of them stands, of the leagues that are being played."""
    with reading():
        players = players_meant(words)
        leagues = live_asking.leagues_of_running() or [settings().default_league_id]
    if not settings().steam_api_key:
        return {"players": players, "live": []}
    told = live_asking.of_leagues(leagues)
    ids = [steam_id for one in players for steam_id in one.found]
    games = [{**game, "league": None} for one in told for game in playing(one.games, ids)]
    return {"players": players, "live": games, "problems": [one for one in told if one.problem]}
