"""The games of a series as its panel tells of them, and the match that one is linked to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.bracket.bracket_view import View, next_game
from webapp.core.figures import game_clock
from webapp.matches.models import Match
from webapp.tournaments.models import Game


@dataclass(frozen=True, slots=True)
class Tab:
    """A game in the row of games; ``state`` is a badge's."""

    game: Game
    state: str
    words: str
    current: bool


@dataclass(frozen=True, slots=True)
class LinkedGame:
    """The match a game is linked to. ``asks``: nobody will tell who won, so a person is asked."""

    match: Match
    by: str
    reasons: Sequence[str]
    asks: bool
    waits: bool


def tab_of(view: View, game: Game, matches: Mapping[int, Match], *, current: bool) -> Tab:
    state, words = _told(view, game, matches.get(game.match_id or 0))
    return Tab(game, state, words, current)


def _told(view: View, game: Game, match: Match | None) -> tuple[str, str]:
    """The badge of a game and its word."""
    if game.flag:
        return "failed", "Look again"
    winner = view.bracket.teams.get(game.winner_id or 0)
    if winner:
        length = f" {game_clock(match.duration)}" if match and match.duration else ""
        words = (winner.tag or winner.name) + (" by forfeit" if game.forfeit_by_id else length)
        return "manual" if game.forfeit_by_id else "detailed", words
    if game.state == "linked":
        asks = view.look.organizer and match is not None and is_silent(match)
        return ("failed", "Who won?") if asks else ("running", "Awaits result")
    return _open(game, organizer=view.look.organizer)


def _open(game: Game, *, organizer: bool) -> tuple[str, str]:
    series = game.series
    if game.state == "unneeded":
        return "waiting", "No match" if series.has_hand_result else "Not played"
    if series.state == "pending":
        return "waiting", "Teams not known"
    if game.number > next_game(series).number:
        needed = game.number > series.best_of // 2 + 1 and series.best_of != 2
        return "waiting", "If needed" if needed else "To come"
    return ("unlinked", "To link") if organizer else ("waiting", "To come")


def is_silent(match: Match) -> bool:
    """Whether no source tells who won, so that a person is asked."""
    return match.state in {"failed", "withheld"}


def linked_game(game: Game, match: Match, people: Mapping[int, str]) -> LinkedGame:
    facts = game.facts or {}
    known = match.state == "detailed" and match.radiant_win is not None
    return LinkedGame(
        match,
        "Aegis" if game.origin == "auto" else people.get(game.linked_by or 0, "hand"),
        list(facts.get("reasons") or []),
        asks=is_silent(match),
        waits=not known,
    )
