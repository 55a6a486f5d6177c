"""Linking all games of a series at once, and a person's word on who won a linked match."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from webapp.bracket.facts import gather
from webapp.bracket.links import Linked, count_result, link, standing
from webapp.bracket.services import of_game, of_series, settle
from webapp.bracket.suggest import Suggestion, rank
from webapp.bracket.sure_links import facts_of
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict
from webapp.matches import services as matches
from webapp.tournaments.models import Game, Series


def facts_of_link(game_id: int, match_id: int) -> dict[str, Any] | None:
    """What speaks for this match being the game, to be kept with the link."""
    ranked = rank(gather(game_id), dismissed=True)
    return next((facts_of(one) for one in ranked if one.match_id == match_id), None)


def link_series(series_id: int, *, by: int | None = None) -> list[Linked]:
    """Link a series' games in their order to what is suggested first, until it is decided.

    A game whose match has no details yet does not stop it while Steam says that the next match is
    of the same series. The first game for which nothing good is suggested ends it.

    Raises:
        NotFound: there is no such series.
        Conflict: nothing was linked.
    """
    _, series = of_series(series_id, lock=True)
    done: list[Linked] = []
    waits = False
    for number in [game.number for game in series.games]:
        game = next(one for one in series.games if one.number == number)
        if game.state not in {"pending", "ready"} or series.state == "done":
            continue
        found = _best(game)
        if found is None or (waits and not found.same_series):
            break
        made = link(game.id, found.match_id, by=by, facts=facts_of(found))
        done.append(made)
        series = made.game.series
        waits = waits or made.game.winner_id is None
    if not done:
        raise Conflict(f"Nothing good enough is suggested for {series.label}. Link game by game.")
    return done


def _best(game: Game) -> Suggestion | None:
    """The first suggestion, where a person would take it without a second look."""
    ranked = [one for one in rank(gather(game.id)) if one.taken is None]
    return ranked[0] if ranked and is_good(ranked[0]) else None


def is_good(one: Suggestion) -> bool:
    """The teams faced each other with more than half of those expected, and it was a game."""
    return one.opposite and one.doubt is None and 2 * one.overlap > one.expected


def enter_winner(game_id: int, team_id: int) -> Linked:
    """Enter by hand who won the match of a linked game, and count it.

    Raises:
        BadInput: the team did not play it.
        Conflict: the game is not linked, or its match has details or still waits for them.
    """
    bracket, game = of_game(game_id, lock=True)
    if game.match_id is None:
        raise Conflict(f"Game {game.number} of {game.series.label} is not linked.")
    if team_id not in {game.radiant_team_id, game.dire_team_id}:
        raise BadInput("The winner was not entered.", fields={"winner": "not a team of this game"})
    before = standing(game)
    match = matches.get(game.match_id)
    matches.enter_by_hand(match, {"radiant_win": team_id == game.radiant_team_id})
    count_result(game, match)
    game.hands_off = True
    return Linked(bracket, game, before, undone=settle(bracket))


def following(series: Series, game: Game) -> Game:
    """The game to look at next: the first without a match; the same one where none is left."""
    left = [one for one in series.games if one.state in {"pending", "ready"}]
    return left[0] if left else game


def refuse_others(pairs: Sequence[tuple[int, int]], here: sa.ColumnElement[bool]) -> None:
    """Raises Conflict where a game is not among those of ``here``, a condition on its series."""
    ids = {game_id for game_id, _ in pairs}
    found = db.session.scalar(
        sa.select(sa.func.count(Game.id)).join(Game.series).where(Game.id.in_(ids), here)
    )
    if found != len(ids):
        raise Conflict("These links are gone already.")
