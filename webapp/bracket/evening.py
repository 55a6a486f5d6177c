"""Which of the meetings of two rosters belong together, and which of them are one series'.

Two teams may meet twice on a day. Their meetings fall into *sittings*: games of one Steam series,
or games that follow each other closely. A sitting goes to the series it fits best by the clock,
earlier ones to earlier series.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.bracket.known import Facts, SeriesFacts, Side
from webapp.bracket.seats import Reading

GAP = timedelta(hours=2, minutes=30)
"""The longest pause between two games of one sitting."""

LATE, EARLY = 1.0, 3.0
"""What an hour after the scheduled start costs, and an hour before it."""

BEFORE_TIME, LATEST = timedelta(minutes=20), timedelta(hours=3)
"""How long before its scheduled start a series may begin, and how late it is expected."""

UNSCHEDULED = 4.0
NO_SERIES = 12.0
NO_SITTING = 6.0

NEAREST, WAYS = 7, 64
"""How many series are weighed for a sitting, and how many ways are kept from one to the next: so
that many series of the same teams cost no more than a few."""

Sitting = list[Reading]


@dataclass(frozen=True, slots=True)
class Contender:
    """A series of the two rosters: ``mine`` is the one that is asked about."""

    mine: bool
    scheduled_at: datetime | None
    begins: datetime | None
    start: datetime | None
    end: datetime | None
    order: tuple[int, ...]


def sittings(meetings: Sequence[Reading], best_of: int | None) -> list[Sitting]:
    """Meetings in the order of their start, cut where a sitting ends.

    With ``best_of``, a sitting also ends with the game that decides such a series: another series
    of the same teams may follow at once.
    """
    found: list[Sitting] = []
    for one in sorted(meetings, key=_when):
        if found and _follows(found[-1], one, best_of):
            found[-1].append(one)
        else:
            found.append([one])
    return found


def _when(one: Reading) -> tuple[datetime, int]:
    assert one.match.start_time is not None
    return one.match.start_time, one.match.match_id


def _follows(sitting: Sitting, one: Reading, best_of: int | None) -> bool:
    last = sitting[-1].match
    ids = last.series_id, one.match.series_id
    if all(ids):
        return ids[0] == ids[1]
    if best_of is not None and decided(sitting, best_of):
        return False
    assert last.end is not None and one.match.start_time is not None
    return one.match.start_time - last.end <= GAP


def without_practice(series: SeriesFacts, meetings: Sequence[Reading]) -> list[Reading]:
    """The meetings but for those that were over before the two teams' time, which they then kept.

    Where one series has no time, nobody can tell.
    """
    known = [series.scheduled_at, *(one.scheduled_at for one in series.rivals)]
    times = sorted(one for one in known if one is not None)
    if len(times) < len(known):
        return list(meetings)
    starts = [_when(one)[0] for one in meetings]
    return [
        one
        for one in meetings
        if one.match.linked is not None or not _is_practice(one, times, starts)
    ]


def _is_practice(one: Reading, times: Sequence[datetime], starts: Sequence[datetime]) -> bool:
    start, end = _when(one)[0], one.match.end
    assert end is not None
    due = [time for time in times if time >= start - LATEST - GAP]
    if not due or start >= due[0] - BEFORE_TIME or end > due[0]:
        return False
    return any(due[0] - BEFORE_TIME <= other <= due[0] + LATEST for other in starts)


def winner(one: Reading) -> Side | None:
    if one.match.radiant_win is None:
        return None
    return "a" if one.match.radiant_win != one.sides_swapped else "b"


def decided(games: Sequence[Reading], best_of: int) -> bool:
    """Whether no game of the series follows these: somebody won it, or all were played."""
    return decided_by([winner(one) for one in games], best_of)


def decided_by(wins: Sequence[Side | None], best_of: int) -> bool:
    needed = best_of // 2 + 1
    return len(wins) >= best_of or max(wins.count("a"), wins.count("b")) >= needed


def own_sittings(series: SeriesFacts, found: Sequence[Sitting]) -> list[Sitting]:
    """Those of the sittings that are this series', as far as the clock tells."""
    contenders = _contenders(series)
    return [
        sitting
        for sitting, chosen in zip(found, _assign(found, contenders), strict=True)
        if chosen is not None and contenders[chosen].mine
    ]


def _contenders(series: SeriesFacts) -> list[Contender]:
    linked = [game for game in series.games if game.start is not None]
    start = min((game.start for game in linked if game.start), default=None)
    end = max((game.end for game in linked if game.end), default=None)
    mine = Contender(
        True, series.scheduled_at, series.begins or series.since, start, end, series.order
    )
    others = [
        Contender(False, one.scheduled_at, one.begins, one.start, one.end, one.order)
        for one in series.rivals
    ]
    return sorted([mine, *others], key=lambda one: one.order)


Chosen = tuple[int | None, ...]
Ways = dict[int, tuple[float, Chosen]]
"""By the contenders that have a sitting (those alone that may come by another): the cheapest way to
give out the sittings up to now."""


def _assign(found: Sequence[Sitting], contenders: Sequence[Contender]) -> Chosen:
    """For each sitting the index of its contender, all in all as cheaply as can be."""
    costs = [[_cost(sitting, one) for one in contenders] for sitting in found]
    near = [_near(row, contenders) for row in costs]
    ways: Ways = {0: (0.0, ())}
    for at, row in enumerate(costs):
        later = sum(1 << index for index in set().union(*near[at + 1 :]))
        following: Ways = {}
        for used, (cost, chosen) in ways.items():
            for index, more in _choices(row, near[at], used):
                kept = (used | 1 << index if index is not None else used) & later
                if kept not in following or cost + more < following[kept][0]:
                    following[kept] = cost + more, (*chosen, index)
        ways = dict(sorted(following.items(), key=lambda way: way[1][0])[:WAYS])
    return min(ways.values(), key=lambda way: way[0])[1]


def _near(costs: Sequence[float], contenders: Sequence[Contender]) -> list[int]:
    """The contenders that a sitting may be given to: ours, and those it fits best."""
    found = [at for at, cost in enumerate(costs) if cost < NO_SERIES + NO_SITTING]
    found.sort(key=lambda at: (not contenders[at].mine, costs[at]))
    return sorted(found[:NEAREST])


def _choices(
    costs: Sequence[float], near: Sequence[int], used: int
) -> Iterator[tuple[int | None, float]]:
    """Whom a sitting can be given to, and what that adds: a first sitting is one less missing."""
    yield None, NO_SERIES
    for index in near:
        again = used >> index & 1
        yield index, costs[index] + (NO_SITTING if again else -NO_SITTING)


def _cost(sitting: Sitting, one: Contender) -> float:
    """What it costs to call a sitting this contender's: about an hour for an hour away.

    A little more than in proportion, so that of two sittings the earlier one is cheaper for the
    earlier series.
    """
    start, last = sitting[0].match.start_time, sitting[-1].match.end
    assert start is not None and last is not None
    if one.start and one.end:
        away = max(start - one.end, one.start - last, timedelta(0))
        return away / _HOUR
    if one.scheduled_at is not None:
        hours = (start - one.scheduled_at) / _HOUR
        return float((hours * LATE if hours >= 0 else -hours * EARLY) ** 1.1)
    if one.begins is None:
        return UNSCHEDULED
    hours = (start - one.begins) / _HOUR
    return UNSCHEDULED + hours**1.1 / 1000 if hours >= 0 else NO_SERIES - hours


_HOUR = timedelta(hours=1)


# ---- the place of a match among a series' games -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a match stands for one game: the lower, the better it fits by order."""

    fits: bool
    own: bool
    steps: int
    order: int | None


NOWHERE = Place(False, False, 9, None)


def places(facts: Facts, meetings: Sequence[Reading]) -> dict[int, Place]:
    """For each meeting, by match id, how it fits the order of the games of the series."""
    series = facts.series
    meetings = without_practice(series, meetings)
    found = sittings(meetings, series.best_of if series.rivals else None)
    own = {id(sitting) for sitting in own_sittings(series, found)}
    after, before, steps = _neighbours(facts)
    placed: dict[int, Place] = {}
    waiting = {True: 0, False: 0}
    for sitting in found:
        mine = id(sitting) in own
        if not mine:
            waiting[False] = 0
        for order, one in enumerate(sitting, 1):
            fits = _between(one, after, before)
            waiting[mine] += fits
            away = abs(waiting[mine] - steps) if fits else 9
            placed[one.match.match_id] = Place(fits, mine, away, order)
    return placed


def _neighbours(facts: Facts) -> tuple[datetime | None, datetime | None, int]:
    """When the game before ended and the one after began, and the how manieth between it is."""
    games = [game for game in facts.series.games if game.start is not None]
    earlier = [game for game in games if game.number < facts.number]
    later = [game for game in games if game.number > facts.number]
    after = max((game.end for game in earlier if game.end), default=facts.series.begins)
    before = min((game.start for game in later if game.start), default=None)
    return after, before, facts.number - max((game.number for game in earlier), default=0)


def _between(one: Reading, after: datetime | None, before: datetime | None) -> bool:
    start, end = one.match.start_time, one.match.end
    assert start is not None and end is not None
    return not (after and start < after) and not (before and end > before)
