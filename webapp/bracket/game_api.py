"""Games for scripts: linked to their match, unlinked, swapped, dismissed, forfeited."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from webapp.accounts.context import person
from webapp.accounts.policy import policy
from webapp.bracket import links, records, results, services
from webapp.bracket.bodies import GameBody, game_body
from webapp.core.api import SIGNED_IN, Body, Id, api_blueprint
from webapp.core.db import db

api = api_blueprint("games", __name__)


class GamePath(BaseModel):
    game_id: Id


class MatchIdBody(Body):
    match_id: Id


class ForfeitBody(Body):
    team_id: Id


@api.get("/games/<int:game_id>", responses={200: GameBody}, summary="One game")
@policy("anonymous")
def one_game(path: GamePath) -> dict[str, Any]:
    return game_body(services.of_game(path.game_id)[1])


@api.put(
    "/games/<int:game_id>/match",
    responses={200: GameBody},
    security=SIGNED_IN,
    summary="Link a game to its match",
)
@policy("organizer")
def link(path: GamePath, body: MatchIdBody) -> dict[str, Any]:
    done = links.link(path.game_id, body.match_id, by=person().id)
    return _changed("link", done)


@api.delete(
    "/games/<int:game_id>/match",
    responses={200: GameBody},
    security=SIGNED_IN,
    summary="Unlink a game; the match is not suggested for it again",
)
@policy("organizer")
def unlink(path: GamePath) -> dict[str, Any]:
    return _changed("unlink", links.unlink(path.game_id, by=person().id))


@api.post(
    "/games/<int:game_id>/swap",
    responses={200: GameBody},
    security=SIGNED_IN,
    summary="Exchange a linked game's sides",
)
@policy("organizer")
def swap(path: GamePath) -> dict[str, Any]:
    return _changed("swap sides", links.swap(path.game_id))


@api.post(
    "/games/<int:game_id>/dismiss",
    responses={200: GameBody},
    security=SIGNED_IN,
    summary="Not this one: do not suggest this match for this game",
)
@policy("organizer")
def dismiss(path: GamePath, body: MatchIdBody) -> dict[str, Any]:
    done = links.dismiss(path.game_id, body.match_id, by=person().id)
    return _changed("not this one", done, dismissed=body.match_id)


@api.post(
    "/games/<int:game_id>/forfeit",
    responses={200: GameBody},
    security=SIGNED_IN,
    summary="Give a single game to the other team",
)
@policy("organizer")
def forfeit(path: GamePath, body: ForfeitBody) -> dict[str, Any]:
    done = results.forfeit_game(path.game_id, body.team_id)
    return _forfeited("forfeit game", path.game_id, done)


@api.delete(
    "/games/<int:game_id>/forfeit",
    responses={200: GameBody},
    security=SIGNED_IN,
    summary="Take a game's forfeit back",
)
@policy("organizer")
def take_back_forfeit(path: GamePath) -> dict[str, Any]:
    return _forfeited("undo forfeit", path.game_id, results.take_back_forfeit(path.game_id))


def _changed(action: str, done: links.Linked, **more: int) -> dict[str, Any]:
    records.of_game(action, done, **more)
    db.session.commit()
    return game_body(done.game)


def _forfeited(action: str, game_id: int, done: results.Done) -> dict[str, Any]:
    game = next(game for game in done.series.games if game.id == game_id)
    records.of_result(action, done, game=game.number, forfeited_by=game.forfeit_by_id)
    db.session.commit()
    return game_body(game)
