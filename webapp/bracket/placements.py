"""The places that teams of a tournament end in. Pure.

In a knock-out a place is how far a team got: those who went out in the same round share a range
(5 to 8), and of a double forfeit both went out. While a tournament runs, the teams that are out
already have their places; only a double forfeit still to come could move them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.bracket.shape import (
    NOBODY,
    Entrant,
    Key,
    LoserOf,
    Placed,
    Plan,
    Rules,
    Stand,
    Stands,
    WinnerOf,
)
from webapp.bracket.standings import Withdrawn, by_group, finished, table


@dataclass(frozen=True, slots=True)
class Placement:
    """A team's place, or the first and last of the range that it shares."""

    first: int
    last: int
    team: int


def placements(plan: Plan, stands: Stands, rules: Rules, withdrawn: Withdrawn) -> list[Placement]:
    """The places decided so far, best first; once all is done every team has one.

    Groups give theirs when they are done. Teams in the same place of several groups share a
    range, below all who went on to the knock-out.
    """
    knockout = [planned for planned in plan if planned.key.bracket != "group"]
    found = _in_knockout(knockout, stands) + _in_groups(plan, stands, rules, withdrawn)
    return sorted(found, key=lambda placement: placement.first)


# ---- groups ----------------------------------------------------------------------------------


def _in_groups(plan: Plan, stands: Stands, rules: Rules, withdrawn: Withdrawn) -> list[Placement]:
    """Those who do not go on."""
    series = by_group(plan)
    tables = {
        name: table(own, stands, name, rules, withdrawn)
        for name, own in series.items()
        if finished(own, stands)
    }
    through = _through(plan)
    if len(series) == 1 and not through:
        shared = Counter(line.place for lines in tables.values() for line in lines)
        return [
            Placement(line.place, line.place + shared[line.place] - 1, line.team)
            for lines in tables.values()
            for line in lines
        ]
    sizes = [len(_entrants(own)) for own in series.values()]
    return [
        Placement(1 + _within(sizes, place - 1), _within(sizes, place), line.team)
        for lines in tables.values()
        for place, line in enumerate(lines, start=1)
        if place > through
    ]


def _through(plan: Plan) -> int:
    """How many of each group go on to a knock-out."""
    sources = [source for planned in plan for source in (planned.a, planned.b)]
    return max((source.place for source in sources if isinstance(source, Placed)), default=0)


def _within(sizes: list[int], place: int) -> int:
    """How many teams of groups of these sizes stand in this place or a better one."""
    return sum(min(size, place) for size in sizes)


# ---- knock-out -------------------------------------------------------------------------------

Reach = tuple[int, int]
"""How far a team got: the round, and what sets it apart from the others who went out there."""

FINAL = 1 << 16


def _in_knockout(knockout: Plan, stands: Stands) -> list[Placement]:
    out: dict[Reach, list[int]] = {}
    awaited: Counter[Reach] = Counter()
    for reach, team in _exits(knockout, stands):
        awaited[reach] += 1
        if team is not None:
            out.setdefault(reach, []).append(team)
    found: list[Placement] = []
    last = awaited.total()
    for reach in sorted(awaited):
        first = last - awaited[reach] + 1
        found += [Placement(first, last, team) for team in out.get(reach, [])]
        last = first - 1
    return found


def _exits(knockout: Plan, stands: Stands) -> Iterator[tuple[Reach, int | None]]:
    """Every way out of the bracket, once per team that takes it; None while nobody has yet."""
    needed = [planned for planned in knockout if not stands[planned.key].skipped]
    feeds = {source for planned in needed for source in (planned.a, planned.b)}
    is_double = any(planned.key.bracket in {"losers", "final"} for planned in knockout)
    height = max((p.key.round for p in knockout if p.key.bracket == "winners"), default=0)
    for planned in needed:
        key, stand = planned.key, stands[planned.key]
        if stand.outcome is not None and stand.outcome.winner is None:
            for team in (stand.team_a, stand.team_b):
                if team:
                    yield _reach_of_loser(key, height, is_double=is_double), team
            continue
        if LoserOf(key) not in feeds and not _is_alone(stand):
            yield _reach_of_loser(key, height, is_double=is_double), stand.loser
        if WinnerOf(key) not in feeds:
            yield _reach_of_winner(key, height), stand.winner


def _is_alone(stand: Stand) -> bool:
    """Nobody can lose here: a slot stays empty."""
    return NOBODY in (stand.team_a, stand.team_b)


def _reach_of_loser(key: Key, height: int, *, is_double: bool) -> Reach:
    """In double elimination a loser above is out only of a double forfeit: with those of the lower
    round into which it would have dropped."""
    match key.bracket:
        case "final":
            return FINAL, 0
        case "third_place":
            return height - 1, 1
        case "winners" if is_double:
            return max(2 * key.round - 2, 1), 0
        case _:
            return key.round, 0


def _reach_of_winner(key: Key, height: int) -> Reach:
    match key.bracket:
        case "third_place":
            return height - 1, 2
        case "losers":
            return key.round, 1
        case _:
            return FINAL, 1


def _entrants(series: Plan) -> set[int]:
    sources = [source for planned in series for source in (planned.a, planned.b)]
    return {source.ref for source in sources if isinstance(source, Entrant)}


def champion(placed: list[Placement]) -> int | None:
    """The team that came first, alone."""
    return next((one.team for one in placed if one.first == one.last == 1), None)
