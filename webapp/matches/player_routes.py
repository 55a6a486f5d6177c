"""Players: one's history, one's own, and finding somebody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts.context import person
from webapp.accounts.policy import policy
from webapp.accounts.steam_accounts import steam_accounts_of
from webapp.accounts.steam_ids import account_id, read_steam_ref
from webapp.core.errors import BadInput, NotFound
from webapp.core.render import page_or_fragment
from webapp.matches import history
from webapp.matches.filters import LONGEST, exact_steam_id
from webapp.matches.names import players_named

bp = Blueprint("players", __name__)


@bp.get("/players/")
@policy("anonymous")
def search() -> Response | WerkzeugResponse:
    """Find a player by name; an id or an address leads straight to them."""
    text = request.args.get("q", "").replace("\0", "").strip()
    steam_id = exact_steam_id(text) if text else None
    if steam_id is not None:
        return redirect(f"/players/{steam_id}", 302)
    too_long = len(text) > LONGEST
    found = history.find_players(text) if text and not too_long else []
    return page_or_fragment(
        "players/search.html",
        {},
        status=400 if too_long else 200,
        q=text,
        found=found,
        too_long=too_long,
        at_most=history.FOUND_AT_MOST,
    )


@bp.get("/players/<int:steam_id>")
@policy("anonymous")
def show(steam_id: int) -> Response | WerkzeugResponse:
    """Anybody's matches; an account id leads to its steamid."""
    try:
        known = read_steam_ref(str(steam_id)).steam_id or 0
    except BadInput:
        raise NotFound("No Steam account has this id.") from None
    if known != steam_id:
        return redirect(f"/players/{known}", 302)
    player = players_named([steam_id])[steam_id]
    return _history([steam_id], player=player, account_id=account_id(steam_id), mine=None)


@bp.get("/me/matches")
@bp.get("/players/me")
@policy("player")
def mine() -> Response:
    """The matches of all my Steam accounts together."""
    accounts = steam_accounts_of(person().id)
    return _history(
        [account.steam_id for account in accounts], player=None, account_id=None, mine=accounts
    )


def _history(steam_ids: Sequence[int], **who: Any) -> Response:
    page = history.history_page(
        steam_ids, after=request.args.get("after", ""), before=request.args.get("before", "")
    )
    return page_or_fragment(
        "players/history.html",
        {},
        listed=page,
        totals=history.totals_of(steam_ids),
        heroes=history.favourite_heroes(steam_ids),
        several=len(steam_ids) > 1,
        **who,
    )
