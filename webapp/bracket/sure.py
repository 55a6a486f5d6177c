"""Which games of a series may be linked to their matches without a person.

A wrong link is worse than none, so a match is sure only where nothing else is left: both rosters
stood on opposite sides with enough of their players, its result is there, it is the first of their
meetings after the game before, and neither the clock nor another series of the same players says
that it may belong elsewhere. The figures were found by measuring: see bench/README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.bracket.evening import decided_by, places, winner
from webapp.bracket.known import (
    Candidate,
    Facts,
    GameFacts,
    Rival,
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

EARLY, LATE = timedelta(hours=1), timedelta(hours=3)
"""How long before and after its scheduled start a series is believed to begin."""

REACH = timedelta(hours=12)
"""How long after its scheduled start another series may still claim a match."""

PAUSE = timedelta(hours=3)
AT_ONCE = timedelta(minutes=45)
"""The longest pause between two games of a series that a machine believes in, and between two that
Steam gives different series or none."""


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
    begun: bool = False


def sure_links(series: SeriesFacts) -> list[Sure]:
    """The games that may be linked, in their order; the first that is not sure ends the list."""
    if series.settled:
        return []
    meetings = _possible(series)
    course = _Course([], series.begins)
    links: list[Sure] = []
    for game in sorted(series.games, key=lambda game: game.number):
        if decided_by(course.wins, series.best_of):
            break
        if game.match_id is not None:
            if game.winner is None:
                break  # its result is awaited: whether another game follows is not known yet
            _go_on(course, game.start, game.end, game.steam_series, game.winner)
        elif game.state == "done":
            course.wins.append(game.winner)  # forfeited
        elif game.hands_off:
            break
        else:
            found = _next(series, course, [one for one in meetings if _allowed(one, game, series)])
            if found is None:
                break
            match = found.match
            links.append(Sure(game, _suggested(series, game, found)))
            _go_on(course, match.start_time, match.end, match.series_id, winner(found))
    return links


def _go_on(
    course: _Course,
    start: datetime | None,
    end: datetime | None,
    steam_series: int | None,
    won: Side | None,
) -> None:
    course.wins.append(won)
    course.after = end or start or course.after
    course.steam_series = steam_series or course.steam_series
    course.begun = course.begun or start is not None


def _suggested(series: SeriesFacts, game: GameFacts, found: Reading) -> Suggestion:
    facts = Facts(series, game.number)
    return suggestion(facts, found, places(facts, [found])[found.match.match_id])


# ---- what stands in the way --------------------------------------------------------------------


def _possible(series: SeriesFacts) -> list[Reading]:
    """The matches that may be games of these two teams, in the order of their start."""
    readings = [
        read(match, series.a, series.b)
        for match in series.candidates
        if match.start_time is not None and not _no_game(match)
    ]
    sure = {one.match.series_id for one in readings if _is_strong(one)} - {None}
    found = [one for one in readings if _may_be(one, series, sure)]
    return sorted(found, key=lambda one: (one.match.start_time, one.match.match_id))


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


def _allowed(one: Reading, game: GameFacts, series: SeriesFacts) -> bool:
    """Neither linked to a game nor dismissed by a person for one of this series."""
    dismissed: set[int] = set().union(*(other.dismissed for other in series.games))
    return one.match.linked is None and one.match.match_id not in dismissed


def _next(series: SeriesFacts, course: _Course, meetings: Sequence[Reading]) -> Reading | None:
    """The meeting that is beyond doubt the next game; None: none, or more than one might be."""
    left = [one for one in meetings if course.after is None or _start(one) >= course.after]
    if not course.begun and series.scheduled_at is not None:
        left = [one for one in left if _on_time(one, series.scheduled_at, LATE)]
    if not left:
        return None
    first, *later = left
    believed = _is_strong(first) and _has_result(first.match)
    alone = all(_start(other) >= _end(first) for other in later)
    fits = believed and alone and _in_its_place(series, course, first, meetings)
    return first if fits else None


def _in_its_place(
    series: SeriesFacts, course: _Course, first: Reading, meetings: Sequence[Reading]
) -> bool:
    """Whether nothing says that it may be an earlier game's rest or another series' game."""
    if course.begun and first.match.series_id and first.match.series_id == course.steam_series:
        return True
    if course.begun and not _continues(first, course):
        return False
    if not course.begun and any(_just_before(other, first) for other in meetings):
        return False
    return not any(_could_be(rival, first) for rival in series.rivals)


def _start(one: Reading) -> datetime:
    assert one.match.start_time is not None
    return one.match.start_time


def _end(one: Reading) -> datetime:
    return one.match.end or _start(one)


def _has_result(match: Candidate) -> bool:
    known = match.state == "detailed" and match.radiant_win is not None
    return known and match.duration is not None and doubt(match) is None


def _on_time(one: Reading, scheduled_at: datetime, late: timedelta) -> bool:
    return scheduled_at - EARLY <= _start(one) <= scheduled_at + late


def _continues(one: Reading, course: _Course) -> bool:
    """Whether it follows the game before closely enough, or at once where Steam numbers anew."""
    assert course.after is not None
    numbered_anew = (one.match.series_id or 0) != (course.steam_series or 0)
    pause = AT_ONCE if numbered_anew else PAUSE
    return _start(one) - course.after <= pause


def _just_before(other: Reading, one: Reading) -> bool:
    """Whether an earlier meeting, which the clock ruled out, may have been the first game."""
    return _start(other) < _start(one) <= _end(other) + PAUSE


def _could_be(rival: Rival, one: Reading) -> bool:
    """Whether the match may be a game of this other series instead."""
    start = _start(one)
    if not rival.open or (rival.begins is not None and start < rival.begins):
        return False
    if rival.start is not None and rival.end is not None:
        return rival.end <= start <= rival.end + PAUSE
    return rival.scheduled_at is None or _on_time(one, rival.scheduled_at, REACH)
