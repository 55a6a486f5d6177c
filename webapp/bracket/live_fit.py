"""Which open series a live game is: by the players who sit there. Pure.

A live game is of a series where enough of its rosters' players sit on opposite sides, and none on
the other's. Who is unsure says nothing: a game without its series is only a game without a link.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ENOUGH = 5
"""Players of the two rosters who must be seen; at least ``EACH`` of each team."""

EACH = 2


@dataclass(frozen=True, slots=True)
class Sides:
    """Who is known to sit on the two sides of a live game, and how the series stands on Steam."""

    match_id: int
    radiant: frozenset[int]
    dire: frozenset[int]
    played: int | None = None
    """Games of the series that are over, by Steam's count."""


@dataclass(frozen=True, slots=True)
class OpenSeries:
    """A series that is to be played. ``a`` and ``b``: who may play for its teams."""

    series_id: int
    a: frozenset[int]
    b: frozenset[int]
    waiting: tuple[int, ...]
    """Numbers of the games that have no match yet."""

    began: bool = False
    scheduled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """The series of a live game, and which of its games. ``swapped``: team a is Dire."""

    series_id: int
    number: int
    swapped: bool
    seen: int


def fits(games: Sequence[Sides], series: Sequence[OpenSeries], now: datetime) -> dict[int, Fit]:
    """Each live game's series by its match id; of two games for one series the better one."""
    found = {game.match_id: fit for game in games if (fit := _best(game, series, now))}
    best: dict[int, int] = {}
    for match_id, fit in found.items():
        other = best.get(fit.series_id)
        if other is None or (fit.seen, match_id) > (found[other].seen, other):
            best[fit.series_id] = match_id
    return {match_id: found[match_id] for match_id in best.values()}


def _best(game: Sides, series: Sequence[OpenSeries], now: datetime) -> Fit | None:
    rated = [
        (_rank(fit, one, now), fit) for one in series if one.waiting and (fit := _fit(game, one))
    ]
    rated.sort(key=lambda pair: pair[0])
    if not rated or (len(rated) > 1 and rated[0][0] == rated[1][0]):
        return None
    return rated[0][1]


def _fit(game: Sides, one: OpenSeries) -> Fit | None:
    a, b = one.a - one.b, one.b - one.a
    for swapped, first, second in ((False, a, b), (True, b, a)):
        seen = (len(game.radiant & first), len(game.dire & second))
        wrong = game.radiant & second or game.dire & first
        if min(seen) >= EACH and sum(seen) >= ENOUGH and not wrong:
            return Fit(one.series_id, _number(game, one.waiting), swapped, sum(seen))
    return None


def _number(game: Sides, waiting: Collection[int]) -> int:
    """The next game without a match, or a later one where Steam counts more as over."""
    told = (game.played or 0) + 1
    return told if told in waiting else min(waiting)


def _rank(fit: Fit, one: OpenSeries, now: datetime) -> tuple[int, bool, timedelta]:
    away = abs(one.scheduled_at - now) if one.scheduled_at else timedelta.max
    return -fit.seen, not one.began, away
