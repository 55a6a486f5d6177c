"""Which games of a series may be linked to their matches without a person.

A wrong link is worse than none, so a match is sure only where nothing else is left: both rosters
stood on opposite sides with enough of their players, its result is there, it is the first of their
meetings after the game before, these are no more than there are games, and neither the clock nor
another series of the same players says that it may belong elsewhere. The figures were found by
measuring: see bench/README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from webapp.bracket.claims import PAUSE, claimed, too_many
from webapp.bracket.evening import Place, decided_by, winner
from webapp.bracket.known import (
    Candidate,
    Facts,
    GameFacts,
    SeriesFacts,
    Side,
    doubt,
)
from webapp.bracket.seats import Reading, read, teams_agree
from webapp.bracket.suggest import Suggestion, suggestion

KNOWN = 6
KNOWN_A_SIDE = 2
"""Players who must have been seen, in all and of either team."""

POSSIBLE = 3
"""Players seen from which a match may be a game of the series, so that it stands in the way."""

HARDLY_BEGUN = 5 * 60
"""Seconds below which a match was surely no game; up to ``known.SHORT`` it may have been one."""

EARLY, LATE = timedelta(minutes=15), timedelta(hours=3)
"""How long before and after its scheduled start a series is believed to begin. What is played
well before it may be practice."""

AT_ONCE = timedelta(minutes=45)
"""The longest pause between two games that Steam gives different series or none."""


@dataclass(frozen=True, slots=True)
class Sure:
    """A game, its match beyond doubt, and why."""

    game: GameFacts
    suggestion: Suggestion


@dataclass(slots=True)
class _Course:
    """How far the series has come: who won its games, and when the last one ended."""

    wins: list[Side | None]
    after: datetime | None
    steam_series: int | None = None
    matches: int = 0

    def go_on(self, game: GameFacts) -> None:
        self.wins.append(game.winner)
        self.after = game.end or game.start or self.after
        self.steam_series = game.steam_series or self.steam_series
        self.matches += 1


def sure_links(series: SeriesFacts) -> list[Sure]:
    """The games that may be linked, in their order; the first that is not sure ends the list."""
    if series.settled or series.not_before is None:
        return []
    meetings = _possible(series, series.not_before)
    course = _Course([], series.begins)
    links: list[Sure] = []
    for game in sorted(series.games, key=lambda game: game.number):
        if decided_by(course.wins, series.best_of):
            break
        if not game.open:
            if not _passed(game, course):
                break
            continue
        found = None if _is_kept(game, series) else _next(series, course, meetings)
        if found is None:
            break
        links.append(Sure(game, _suggested(series, game, found, course.matches + 1)))
        series = _with(series, game, found)
        course.go_on(next(one for one in series.games if one.number == game.number))
    return links


def _passed(game: GameFacts, course: _Course) -> bool:
    """Go past a game that is settled; False: what came after it cannot be told yet."""
    if game.match_id is not None:
        course.go_on(game)
        return game.winner is not None
    if game.forfeited_at is None:
        return False
    course.wins.append(game.winner)
    course.after = max(filter(None, (course.after, game.forfeited_at)))
    return True


def _is_kept(game: GameFacts, series: SeriesFacts) -> bool:
    """Whether a person holds it, or is ahead of us: what they left out may be this game's."""
    return game.hands_off or any(
        other.number > game.number and not other.open for other in series.games
    )


def _with(series: SeriesFacts, game: GameFacts, found: Reading) -> SeriesFacts:
    """The series as it stands once the game is linked."""
    match = found.match
    linked = replace(
        game,
        match_id=match.match_id,
        start=match.start_time,
        end=match.end,
        steam_series=match.series_id,
        winner=winner(found),
    )
    games = (linked if one.number == game.number else one for one in series.games)
    return replace(series, games=tuple(games))


def _suggested(series: SeriesFacts, game: GameFacts, found: Reading, order: int) -> Suggestion:
    place = Place(fits=True, own=True, steps=0, order=order)
    return suggestion(Facts(series, game.number), found, place)


# ---- what stands in the way --------------------------------------------------------------------


def _possible(series: SeriesFacts, not_before: datetime) -> list[Reading]:
    """The matches that may be games of these two teams, in the order of their start."""
    readings = [
        read(match, series.a, series.b)
        for match in series.candidates
        if match.start_time is not None and match.start_time >= not_before and not _no_game(match)
    ]
    sure = {one.match.series_id for one in readings if _is_strong(one)} - {None}
    nowhere = _dismissed(series)
    found = [
        one for one in readings if one.match.match_id not in nowhere and _may_be(one, series, sure)
    ]
    return sorted(found, key=lambda one: (one.match.start_time, one.match.match_id))


def _dismissed(series: SeriesFacts) -> frozenset[int]:
    """What a person dismissed for every game that is open. Dismissed for one, it may be another."""
    still_open = [game.dismissed for game in series.games if game.open]
    return frozenset.intersection(*still_open) if still_open else frozenset()


def _no_game(match: Candidate) -> bool:
    """Whether it was surely cut short; what may have been a short game is not."""
    if doubt(match) is None:
        return False
    if match.mark is not None or (match.radiant_score == 0 and match.dire_score == 0):
        return True
    return match.duration is not None and match.duration < HARDLY_BEGUN


def _may_be(one: Reading, series: SeriesFacts, sure: set[int | None]) -> bool:
    if one.match.series_id in sure:
        return True
    agree = teams_agree(one.match, series.a, series.b, swapped=one.sides_swapped)
    seen = one.opposite and one.seen >= POSSIBLE and not one.foreign
    return seen or (agree is True and one.seen > 0)


def _is_strong(one: Reading) -> bool:
    """Both rosters stood pure on opposite sides, and enough of their players are known."""
    return (
        one.opposite
        and one.seen >= KNOWN
        and min(one.a.seen, one.b.seen) >= KNOWN_A_SIDE
        and one.others < one.seen
    )


def _next(series: SeriesFacts, course: _Course, meetings: Sequence[Reading]) -> Reading | None:
    """The meeting that is beyond doubt the next game; None: none, or more than one might be."""
    taken = {game.match_id for game in series.games}
    free = [one for one in meetings if one.match.linked is None]
    free = [one for one in free if one.match.match_id not in taken]
    left = [one for one in free if course.after is None or _start(one) >= course.after]
    if not course.matches and series.scheduled_at is not None:
        left = [one for one in left if _on_time(one, series.scheduled_at)]
    if not left:
        return None
    first, *later = left
    believed = _is_strong(first) and _has_result(first.match) and not _is_dismissed(series, first)
    alone = all(_start(other) >= _end(first) for other in later)
    fits = believed and alone and _in_its_place(series, course, first, free)
    return first if fits else None


def _is_dismissed(series: SeriesFacts, one: Reading) -> bool:
    return any(one.match.match_id in game.dismissed for game in series.games)


def _in_its_place(
    series: SeriesFacts, course: _Course, first: Reading, free: Sequence[Reading]
) -> bool:
    """Whether nothing says that it may be no game, an earlier game's rest or another series'."""
    following = [one for one in free if _start(one) >= _start(first)]
    if too_many(series, following, series.best_of - len(course.wins)):
        return False
    if course.matches and first.match.series_id and first.match.series_id == course.steam_series:
        return True
    if course.matches and not _continues(first, course):
        return False
    if not course.matches and any(_just_before(other, first) for other in free):
        return False
    return not claimed(series, first)


def _start(one: Reading) -> datetime:
    assert one.match.start_time is not None
    return one.match.start_time


def _end(one: Reading) -> datetime:
    return one.match.end or _start(one)


def _has_result(match: Candidate) -> bool:
    known = match.state == "detailed" and match.radiant_win is not None
    return known and match.duration is not None and doubt(match) is None


def _on_time(one: Reading, scheduled_at: datetime) -> bool:
    return scheduled_at - EARLY <= _start(one) <= scheduled_at + LATE


def _continues(one: Reading, course: _Course) -> bool:
    """Whether it follows the game before closely enough, or at once where Steam numbers anew."""
    assert course.after is not None
    numbered_anew = (one.match.series_id or 0) != (course.steam_series or 0)
    pause = AT_ONCE if numbered_anew else PAUSE
    return _start(one) - course.after <= pause


def _just_before(other: Reading, one: Reading) -> bool:
    """Whether an earlier meeting, which the clock ruled out, may have been the first game."""
    return _start(other) < _start(one) <= _end(other) + PAUSE
