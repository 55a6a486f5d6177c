"""Results by hand: a score, a forfeit, a single game given away; and taking them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.bracket.advance import games_needed
from webapp.bracket.services import (
    Bracket,
    derive,
    free,
    key_of,
    of_game,
    of_series,
    outcome_of,
    outcomes,
    settle,
)
from webapp.bracket.shape import Outcome, Side
from webapp.core.errors import BadInput, Conflict
from webapp.core.time import utcnow
from webapp.tournaments.models import FORFEITS, Game, Series

NOT_ENTERED = "The result was not entered."


@dataclass(frozen=True, slots=True)
class Entry:
    """A result as it was typed. ``forfeit``: who forfeited, or True for whoever did not win."""

    score_a: int | None = None
    score_b: int | None = None
    winner: int | None = None
    forfeit: str | bool | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a change would do to another series: its own results are undone, or it ends."""

    series: Series
    undone: bool


@dataclass(frozen=True, slots=True)
class Done:
    """A change of one series: what stood before, and the later ones that lost theirs by it."""

    bracket: Bracket
    series: Series
    before: dict[str, Any]
    undone: list[Series]


def standing(series: Series) -> dict[str, Any]:
    """What is told of how a series stands."""
    return {
        "score": f"{series.score_a}:{series.score_b}",
        "winner": series.winner_id,
        "forfeit": series.forfeit,
        "by_hand": series.has_hand_result,
    }


# ---- a series' result ------------------------------------------------------------------------


def enter(series_id: int, entry: Entry, *, by: int | None = None) -> Done:
    """Enter a series' result; what its games say stands behind it.

    Raises:
        BadInput: the scores, the winner and the forfeit do not go together; each is named.
        Conflict: its teams are not known yet, or another result stands already.
    """
    bracket, series = of_series(series_id, lock=True)
    refuse_without_teams(bracket, series)
    result, before = _read(series, entry), standing(series)
    if series.state == "done":
        if series.has_hand_result and outcome_of(series) == result:
            return Done(bracket, series, before, [])
        raise Conflict(
            f"{series.label} is settled already: {told(bracket, series)}. Undo it first."
        )
    series.hand_score_a, series.hand_score_b = result.score_a, result.score_b
    series.hand_winner = result.winner
    series.forfeit = _FORFEIT_COLUMN[result.forfeit] if result.forfeit else None
    series.hand_by = by
    for game in series.games:
        game.hands_off = True
    return Done(bracket, series, before, settle(bracket))


_FORFEIT_COLUMN = {"a": "team_a", "b": "team_b", "both": "both"}


def refuse_without_teams(bracket: Bracket, series: Series) -> None:
    if bracket.tournament.state == "draft" or not (series.team_a_id and series.team_b_id):
        raise Conflict(f"The teams of {series.label} are not known yet.")


def told(bracket: Bracket, series: Series) -> str:
    """How a series ended, in words: ``2:1 for Kelp Foxes``."""
    score = f"{series.score_a}:{series.score_b}"
    if series.winner_id is None:
        return f"{score}, nobody won"
    won = f"{series.score_a}:{series.score_b}"
    if series.winner_id == series.team_b_id:
        won = f"{series.score_b}:{series.score_a}"
    return f"{won} for {bracket.name_of(series.winner_id)}"


def _read(series: Series, entry: Entry) -> Outcome:
    side = _side_of(series, entry.winner)
    forfeit = _forfeit(entry.forfeit, side)
    needed = games_needed(series.best_of)
    if forfeit is None:
        return _by_score(series, entry, side, needed)
    if forfeit == "both":
        if side:
            raise BadInput(NOT_ENTERED, fields={"winner": "nobody wins where both forfeit"})
        a, b = entry.score_a or 0, entry.score_b or 0
        _check_forfeit_score(max(a, b) < needed and a + b <= series.best_of, needed)
        return Outcome(a, b, None, "both")
    won: Side = "b" if forfeit == "a" else "a"
    if side not in {None, won}:
        raise BadInput(NOT_ENTERED, fields={"winner": "the team that forfeits cannot win"})
    a = _forfeit_score(entry.score_a, won == "a", needed)
    b = _forfeit_score(entry.score_b, won == "b", needed)
    winners, losers = (a, b) if won == "a" else (b, a)
    _check_forfeit_score(losers < winners <= needed and a + b <= series.best_of, needed)
    return Outcome(a, b, won, forfeit)  # type: ignore[arg-type]  # _forfeit gives a, b or both


def _forfeit_score(given: int | None, won: bool, needed: int) -> int:
    return (needed if won else 0) if given is None else given


def _check_forfeit_score(fits: bool, needed: int) -> None:
    if not fits:
        why = f"not with this forfeit: the winner has the more games, and at most {needed}"
        raise BadInput(NOT_ENTERED, fields={"score_a": why})


def _by_score(series: Series, entry: Entry, side: str | None, needed: int) -> Outcome:
    a, b = entry.score_a, entry.score_b
    wrong = {
        name: "how many games were won is needed"
        for name, value in (("score_a", a), ("score_b", b))
        if value is None or value < 0
    }
    if wrong or a is None or b is None:
        raise BadInput(NOT_ENTERED, fields=wrong)
    if series.best_of == 2:
        if a + b != 2:
            raise BadInput(NOT_ENTERED, fields={"score_a": "a best of two ends 2:0, 1:1 or 0:2"})
    elif max(a, b) != needed or min(a, b) >= needed:
        fields = {
            "score_a": f"a best of {series.best_of} ends with {needed} won games for one team"
        }
        raise BadInput(NOT_ENTERED, fields=fields)
    leader = None if a == b else "a" if a > b else "b"
    if side and side != leader:
        raise BadInput(NOT_ENTERED, fields={"winner": "the score says otherwise"})
    return Outcome(a, b, leader)  # type: ignore[arg-type]


def _side_of(series: Series, winner: int | None) -> str | None:
    if winner is None:
        return None
    if winner not in {series.team_a_id, series.team_b_id}:
        raise BadInput(NOT_ENTERED, fields={"winner": "not a team of this series"})
    return "a" if winner == series.team_a_id else "b"


def _forfeit(given: str | bool | None, side: str | None) -> str | None:
    if not given:
        return None
    if given is True:
        if side is None:
            raise BadInput(NOT_ENTERED, fields={"winner": "who won by forfeit is needed"})
        return "b" if side == "a" else "a"
    if given not in FORFEITS:
        raise BadInput(NOT_ENTERED, fields={"forfeit": f"one of {', '.join(FORFEITS)}"})
    return {"team_a": "a", "team_b": "b", "both": "both"}[given]


def clear(series_id: int) -> Done:
    """Take a result by hand back: the teams leave the later series, and what hung on them goes.

    Raises:
        Conflict: none was entered.
    """
    bracket, series = of_series(series_id, lock=True)
    refuse_without_result(series)
    before = standing(series)
    series.hand_score_a = series.hand_score_b = series.hand_winner = None
    series.forfeit = series.hand_by = None
    return Done(bracket, series, before, settle(bracket))


def refuse_without_result(series: Series) -> None:
    if series.has_hand_result:
        return
    if series.state == "done" and any(game.winner_id for game in series.games):
        raise Conflict(f"{series.label} was decided by its games. Unlink one of them.")
    raise Conflict(f"No result of {series.label} was entered by hand.")


# ---- single games -----------------------------------------------------------------------------


def forfeit_game(game_id: int, team_id: int) -> Done:
    """Give a single game to the other team: whoever comes late loses game 1.

    Raises:
        BadInput: the team is not of this series.
        Conflict: the game has its match, or is not to be played.
    """
    bracket, game = of_game(game_id, lock=True)
    series = game.series
    refuse_without_teams(bracket, series)
    if team_id not in {series.team_a_id, series.team_b_id}:
        raise BadInput("The game was not forfeited.", fields={"team": "not a team of this series"})
    refuse_settled_game(bracket, game)
    before = standing(series)
    game.forfeit_by_id, game.hands_off = team_id, True
    a, b = series.team_a_id, series.team_b_id
    game.winner_id = b if team_id == a else a
    game.moved_at = utcnow()
    return Done(bracket, series, before, settle(bracket))


def refuse_settled_game(bracket: Bracket, game: Game) -> None:
    """Raises Conflict where a game has its match or its forfeit, or is not needed any more."""
    name = f"Game {game.number} of {game.series.label}"
    if game.match_id is not None:
        raise Conflict(f"{name} is linked to match {game.match_id} already. Unlink it first.")
    if game.forfeit_by_id is not None:
        raise Conflict(f"{name} was forfeited by {bracket.name_of(game.forfeit_by_id)}.")
    if game.state == "unneeded" and not game.series.has_hand_result:
        raise Conflict(f"{name} is not played: {told(bracket, game.series)}.")


def take_back_forfeit(game_id: int) -> Done:
    """
    Raises:
        Conflict: the game was not forfeited.
    """
    bracket, game = of_game(game_id, lock=True)
    if game.forfeit_by_id is None:
        raise Conflict(f"Game {game.number} of {game.series.label} was not forfeited.")
    before = standing(game.series)
    free(game)
    return Done(bracket, game.series, before, settle(bracket))


# ---- what a change would do ------------------------------------------------------------------


def preview(
    bracket: Bracket, *, without: Series | None = None, withdrawn: Mapping[int, str] | None = None
) -> list[Change]:
    """What would change in other series, before anything does.

    ``without`` is a series whose result would go, ``withdrawn`` teams would have withdrawn.
    """
    ended = outcomes(bracket)
    if without is not None:
        ended.pop(key_of(without), None)
    stands, gone = derive(bracket, ended, bracket.withdrawn if withdrawn is None else withdrawn)
    changes = []
    for key, series in bracket.by_key.items():
        if series is without:
            continue
        ends = (stands[key].state == "done") != (series.state == "done")
        if key in gone or ends or stands[key].winner != series.winner_id:
            changes.append(Change(series, key in gone))
    return changes
