"""When the games of the invented tournament are played: two evenings, one game now, the rest after.

Up to now series stand side by side; from now on there is one game at a time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

from webapp.sandbox.calendar import BREAK
from webapp.sandbox.cup_plan import PLAYED, TO_COME, UNDER_WAY, CupGame, CupSeries
from webapp.sandbox.match import PRE_GAME
from webapp.sandbox.spec import CupSpec, WorldSpec, chance

DAY, HOUR = 86_400, 3_600
EVENINGS = {
    **dict.fromkeys(("U1", "U2"), (2, 19 * HOUR)),
    **dict.fromkeys(("U3", "U4"), (2, 22 * HOUR)),
    **dict.fromkeys(("L1", "L2"), (1, 18 * HOUR)),
    "U6": (1, 20 * HOUR + HOUR // 2),
}
"""How many days ago a series was due, and at which second of the day (UTC); past midnight too."""

REMADE = ("U2", 1)
GIVEN_UP_AFTER = 240
SHORTEST, LONGEST = 640, 840
"""Seconds that a game to come lasts: a real one, and yet the next is soon there."""

UNTIL_NOW, ENDS_IN = 1_320, 240
"""How long the game under way has been going on, and when it ends."""

NEXT = 120
"""Seconds to the next game where games say that they were played before now."""


def all_games(series: Sequence[CupSeries], world: WorldSpec, spec: CupSpec) -> list[CupGame]:
    """Every game there is and will be, in the order they open; sets when each series is due."""
    rng = chance(world.seed, "cup", "times")
    by_label = {one.label: one for one in series}
    over = world.now + ENDS_IN
    later = _one_by_one(rng, by_label, over, NEXT if spec.length else spec.pause)
    if spec.length:
        ahead = later[-1].end - world.now
        over -= ahead
        for game in later:
            game.start -= ahead
    played = [game for label in PLAYED for game in _evening(rng, by_label[label], over)]
    first, live = _under_way(rng, by_label[UNDER_WAY], over)
    played = sorted([*played, first], key=lambda game: game.start)
    if spec.length:
        opens = world.now
        for game in (live, *later):
            game.opened, game.end = opens, opens + spec.length
            opens = game.end + spec.pause
    _make_due([first, *later])
    return [*played, live, *later]


def _evening(rng: random.Random, series: CupSeries, today: int) -> Iterator[CupGame]:
    """The games of a series of an evening before, the first one a few minutes late."""
    days, second = EVENINGS[series.label]
    series.scheduled_at = (today // DAY - days) * DAY + second
    start = series.scheduled_at + rng.randint(180, 840)
    for number in range(1, len(series.won) + 1):
        if (series.label, number) == REMADE:
            yield _game(series, number, start, GIVEN_UP_AFTER, remade=True)
            start += PRE_GAME + GIVEN_UP_AFTER + 480
        game = _game(series, number, start, rng.randint(1_500, 2_400))
        yield game
        start = game.end + BREAK + rng.randint(0, 300)


def _under_way(rng: random.Random, series: CupSeries, over: int) -> tuple[CupGame, CupGame]:
    """The first game of the series that is being played, and the second, which is live now."""
    length = UNTIL_NOW + ENDS_IN - PRE_GAME
    live = _game(series, 2, over - UNTIL_NOW - ENDS_IN, length)
    first = rng.randint(1_600, 2_200)
    return _game(series, 1, live.start - BREAK - first - PRE_GAME, first), live


def _one_by_one(
    rng: random.Random, by_label: Mapping[str, CupSeries], start: int, pause: int
) -> list[CupGame]:
    """What is still to come, each game so long after the end of the one before."""
    games = []
    for label in (UNDER_WAY, *TO_COME):
        series = by_label[label]
        for number in range(3 if label == UNDER_WAY else 1, len(series.won) + 1):
            game = _game(series, number, start + pause, rng.randint(SHORTEST, LONGEST))
            games.append(game)
            start = game.end
    return games


def _game(
    series: CupSeries, number: int, start: int, duration: int, *, remade: bool = False
) -> CupGame:
    end = start + PRE_GAME + duration
    return CupGame(series, number, start, duration, start, end, remade)


def _make_due(games: Sequence[CupGame]) -> None:
    """Series from now on are due on the five minutes before their first game."""
    for game in reversed(games):
        game.series.scheduled_at = (game.start - 60) // 300 * 300
