"""What organizers do to a game in its series' panel: link, unlink, swap, forfeit, and undo."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, request

from webapp.accounts import audit
from webapp.accounts.context import person
from webapp.accounts.policy import policy
from webapp.bracket import links, records, results, series_link
from webapp.bracket.links import Linked
from webapp.bracket.panel_answer import Answer, answer, in_panel
from webapp.bracket.series_link import following
from webapp.bracket.services import labels
from webapp.core.api import LARGEST
from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.core.figures import plural
from webapp.core.render import notify
from webapp.tournaments.models import Game, Series

bp = Blueprint("panel", __name__)
MOST_PAIRS = 5


@bp.post("/games/<int:game_id>/link")
@policy("organizer")
@in_panel
def link(game_id: int) -> Answer:
    """Link the game to a match; what it was suggested for is kept with the link."""
    match_id = _match_id()
    facts = series_link.facts_of_link(game_id, match_id)
    done = links.link(game_id, match_id, by=person().id, facts=facts)
    name = records.game_name(done.game)
    records.of_game("link", done)
    undo = f"/games/{game_id}/undo-link?match_id={match_id}" if done.changed else ""
    series_id, number = done.game.series_id, following(done.game.series, done.game).number
    words = f"{name} is linked to match {match_id}.{_moved(done)}{told_of_undone(done.undone)}"
    db.session.commit()
    notify(words, undo=undo)
    return answer(series_id, number)


@bp.post("/games/<int:game_id>/undo-link")
@policy("organizer")
@in_panel
def undo_link(game_id: int) -> Answer:
    """Take a link back as if it had not been made: the match may be suggested again."""
    done = links.undo_links([(game_id, _match_id())])
    return _changed("undo link", done[0], "is not linked any more")


@bp.post("/games/<int:game_id>/unlink")
@policy("organizer")
@in_panel
def unlink(game_id: int) -> Answer:
    """Unlink; it means that the match is not this game."""
    done = links.unlink(game_id, by=person().id)
    undo = f"/games/{game_id}/link?match_id={done.before['match_id']}"
    return _changed("unlink", done, "is not linked any more", undo=undo)


@bp.post("/games/<int:game_id>/swap")
@policy("organizer")
@in_panel
def swap(game_id: int) -> Answer:
    """Exchange the sides of a linked game; doing it again undoes it."""
    return _changed("swap sides", links.swap(game_id), "has its sides swapped", undo="swap")


@bp.post("/games/<int:game_id>/dismiss")
@policy("organizer")
@in_panel
def dismiss(game_id: int) -> Answer:
    """*Not this one*: do not suggest this match for this game."""
    match_id = _match_id()
    done = links.dismiss(game_id, match_id, by=person().id)
    undo = f"/games/{game_id}/undo-dismiss?match_id={match_id}"
    words = f"is not match {match_id}"
    return _changed("not this one", done, words, undo=undo, dismissed=match_id)


@bp.post("/games/<int:game_id>/undo-dismiss")
@policy("organizer")
@in_panel
def undo_dismiss(game_id: int) -> Answer:
    """Let the match be suggested again."""
    match_id = _match_id()
    done = links.take_back_dismissal(game_id, match_id)
    words = f"may be match {match_id} again"
    return _changed("undo not this one", done, words, dismissed=None, match=match_id)


@bp.post("/games/<int:game_id>/forfeit")
@policy("organizer")
@in_panel
def forfeit(game_id: int) -> Answer:
    """Give a single game to the other team: late, and game 1 is lost."""
    team_id = _number(request.form.get("team_id", ""), "team_id", "which team forfeited is needed")
    done = results.forfeit_game(game_id, team_id)
    game = _game(done.series, game_id)
    words = f"{records.game_name(game)} is forfeited by {done.bracket.name_of(team_id)}."
    records.of_result("forfeit game", done, game=game.number, forfeited_by=team_id)
    words += told_of_undone(done.undone)
    series_id, number = done.series.id, following(done.series, game).number
    db.session.commit()
    notify(words, undo=f"/games/{game_id}/undo-forfeit")
    return answer(series_id, number)


@bp.post("/games/<int:game_id>/undo-forfeit")
@policy("organizer")
@in_panel
def undo_forfeit(game_id: int) -> Answer:
    """Take a game's forfeit back."""
    done = results.take_back_forfeit(game_id)
    game = _game(done.series, game_id)
    records.of_result("undo forfeit", done, game=game.number, forfeited_by=None)
    words = f"{records.game_name(game)} is to be played.{told_of_undone(done.undone)}"
    series_id, number = done.series.id, game.number
    db.session.commit()
    notify(words)
    return answer(series_id, number)


@bp.post("/games/<int:game_id>/winner")
@policy("organizer")
@in_panel
def winner(game_id: int) -> Answer:
    """Who won a linked match that no source tells of."""
    team_id = _number(request.form.get("winner", ""), "winner", "who won is needed")
    done = series_link.enter_winner(game_id, team_id)
    name = done.bracket.name_of(team_id)
    return _changed("enter winner", done, f"was won by {name}")


# ---- the whole series --------------------------------------------------------------------------


@bp.post("/series/<int:series_id>/link")
@policy("organizer")
@in_panel
def link_all(series_id: int) -> Answer:
    """Link all games of a series in their order; one undo takes all of it back."""
    done = series_link.link_series(series_id, by=person().id)
    pairs = ",".join(f"{one.game.id}-{one.game.match_id}" for one in done)
    last = done[-1]
    made = {f"game {one.game.number}": one.game.match_id for one in done}
    label = last.game.series.label
    audit.record("link series", "series", series_id, None, {"series": label, **made})
    words = f"{plural(len(done), 'game')} of {label} linked.{_moved(last)}"
    number = following(last.game.series, last.game).number
    db.session.commit()
    notify(words, undo=f"/series/{series_id}/undo-links?pairs={pairs}")
    return answer(series_id, number)


@bp.post("/series/<int:series_id>/undo-links")
@policy("organizer")
@in_panel
def undo_links(series_id: int) -> Answer:
    """Take the links of one click back, all at once."""
    pairs = read_pairs(request.values.get("pairs", ""), MOST_PAIRS)
    series_link.refuse_others(pairs, Series.id == series_id)
    done = links.undo_links(pairs)
    gone = {f"game {one.game.number}": one.before["match_id"] for one in done}
    undone = [one for each in done for one in each.undone]
    label = done[-1].game.series.label
    after = {"series": label, "also_undone": labels(undone)}
    audit.record("undo links", "series", series_id, gone, after)
    words = f"{plural(len(done), 'game')} of {label} not linked any more."
    words += told_of_undone(undone)
    db.session.commit()
    notify(words)
    return answer(series_id)


def read_pairs(text: str, most: int) -> list[tuple[int, int]]:
    """``12-8604119871,13-8604120002``: games and the matches they were linked to."""
    found = re.findall(r"(?:^|,)([0-9]{1,18})-([0-9]{1,18})(?=,|$)", text)[:most]
    if not found:
        raise BadInput("Nothing was undone: the address names no links.")
    return [(int(game_id), int(match_id)) for game_id, match_id in found]


# ---- reading and telling -----------------------------------------------------------------------


def _match_id() -> int:
    return _number(request.values.get("match_id", ""), "match_id", "a match's id is a number")


def _number(text: str, field: str, why: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and int(text[:20]) <= LARGEST):
        raise BadInput("That cannot be used as it is.", fields={field: why})
    return int(text)


def _game(series: Series, game_id: int) -> Game:
    return next(game for game in series.games if game.id == game_id)


def _changed(action: str, done: Linked, words: str, *, undo: str = "", **more: Any) -> Answer:
    """One audit row, the commit, a notice, and the panel at this game."""
    game = done.game
    told = f"{records.game_name(game)} {words}.{_moved(done)}{told_of_undone(done.undone)}"
    series_id, number, game_id = game.series_id, game.number, game.id
    records.of_game(action, done, **more)
    db.session.commit()
    notify(told, undo=f"/games/{game_id}/swap" if undo == "swap" else undo)
    return answer(series_id, number)


def _moved(done: Linked) -> str:
    """What it did to the series, where it ended by it."""
    series = done.game.series
    if series.state != "done" or done.game.match_id is None:
        return ""
    return f" {series.label} is settled: {results.told(done.bracket, series)}."


def told_of_undone(undone: list[Series]) -> str:
    return f" Also undone: {', '.join(labels(undone))}." if undone else ""
