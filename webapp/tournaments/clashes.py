"""What in a schedule cannot be played as it stands: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Literal

GAME = timedelta(minutes=75)
"""How long a game may take, with draft and break; a series takes as many as it can have."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A series with its time: the teams known to be in it, and the series that feed it."""

    id: int
    start: datetime
    best_of: int
    teams: tuple[int, ...] = ()
    fed_by: tuple[int, ...] = ()

    @property
    def end(self) -> datetime:
        return self.start + self.best_of * GAME


@dataclass(frozen=True, slots=True)
class Clash:
    """``series`` cannot start while ``other`` may still be played: ``team`` is in both, or it is
    fed by the other (``team`` None)."""

    series: int
    other: int
    team: int | None
    kind: Literal["at_once", "too_close", "too_early"]


def clashes(planned: Iterable[Planned]) -> list[Clash]:
    """Every clash, each told of the later series, and of both where they start together."""
    known = {one.id: one for one in planned}
    return [*_of_teams(known.values()), *_of_feeders(known)]


def _of_teams(planned: Iterable[Planned]) -> Iterator[Clash]:
    by_team: dict[int, list[Planned]] = {}
    for one in sorted(planned, key=lambda one: (one.start, one.id)):
        for team in one.teams:
            by_team.setdefault(team, []).append(one)
    for team, theirs in by_team.items():
        for first, second in combinations(theirs, 2):
            if second.start == first.start:
                yield Clash(second.id, first.id, team, "at_once")
                yield Clash(first.id, second.id, team, "at_once")
            elif second.start < first.end:
                yield Clash(second.id, first.id, team, "too_close")


def _of_feeders(known: dict[int, Planned]) -> Iterator[Clash]:
    for one in known.values():
        for feeder in (known[other] for other in one.fed_by if other in known):
            if one.start < feeder.end:
                yield Clash(one.id, feeder.id, None, "too_early")
