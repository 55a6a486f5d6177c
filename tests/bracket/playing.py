"""Brackets played through with invented results, for the tests of the rules."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from webapp.bracket.advance import determine, games_needed
from webapp.bracket.generate import Options, generate
from webapp.bracket.placements import Placement
from webapp.bracket.shape import (
    Entrant,
    Key,
    LoserOf,
    Outcome,
    Placed,
    Plan,
    Planned,
    Rules,
    Source,
    Stands,
    WinnerOf,
)
from webapp.tournaments.rules import DEFAULT_TIE_BREAKS

RULES = Rules(tie_breaks=DEFAULT_TIE_BREAKS)
EVERY_N = range(2, 129)
GRAND_FINALS = ("none", "simple", "reset")

A_WINS = Outcome(2, 0, "a")
B_WINS = Outcome(0, 2, "b")
BOTH_FORFEIT = Outcome(0, 0, None, "both")


@dataclass(frozen=True)
class Chances:
    """How likely a series is won by side b, forfeited by one, forfeited by both, or drawn."""

    upset: float = 0.4
    forfeit: float = 0.05
    both: float = 0.0
    draw: float = 0.3


@dataclass(frozen=True)
class Moment:
    """What was entered so far, and what follows from it."""

    outcomes: dict[Key, Outcome]
    stands: Stands


def play(
    plan: Plan,
    seed: int = 0,
    chances: Chances = Chances(),
    withdrawn: Mapping[int, str] | None = None,
) -> list[Moment]:
    """Play every series that is ready, again and again: each moment, from the first to the end."""
    dice = random.Random(seed)
    outcomes: dict[Key, Outcome] = {}
    moments = []
    while True:
        stands = determine(plan, outcomes, withdrawn or {}, RULES)
        moments.append(Moment(dict(outcomes), stands))
        ready = [planned for planned in plan if stands[planned.key].state == "ready"]
        if not ready:
            return moments
        outcomes |= {planned.key: result(planned, dice, chances) for planned in ready}


def result(planned: Planned, dice: random.Random, chances: Chances) -> Outcome:
    """A result that a person could enter for this series."""
    won = games_needed(planned.best_of)
    if dice.random() < chances.both:
        return BOTH_FORFEIT
    if planned.best_of == 2 and dice.random() < chances.draw:
        return Outcome(1, 1, None)
    lost = 0 if planned.best_of == 2 else dice.randrange(won)
    forfeited = dice.random() < chances.forfeit
    if dice.random() < chances.upset:
        return Outcome(lost, won, "b", "a" if forfeited else None)
    return Outcome(won, lost, "a", "b" if forfeited else None)


def slots(plan: Plan) -> Iterator[Source]:
    return (source for planned in plan for source in (planned.a, planned.b))


def fed(plan: Plan) -> Counter[Source]:
    """How many slots each source feeds."""
    return Counter(slots(plan))


def by_bracket(plan: Plan) -> Counter[str]:
    return Counter(planned.key.bracket for planned in plan)


def teams_of(plan: Plan) -> set[int]:
    return {source.ref for source in slots(plan) if isinstance(source, Entrant)}


def assert_fed_once(plan: Plan) -> None:
    """Nothing feeds two slots of a knock-out, and every series comes after all that feed it."""
    played: set[Key] = set()
    groups = {planned.key.group for planned in plan if planned.key.bracket == "group"}
    for planned in plan:
        assert planned.key not in played
        for source in (planned.a, planned.b):
            match source:
                case WinnerOf(key) | LoserOf(key):
                    assert key in played
                case Placed(group, _):
                    assert group in groups
        played.add(planned.key)
    knockout = [planned for planned in plan if planned.key.bracket != "group"]
    assert set(fed(knockout).values()) <= {1}


def assert_everybody_placed(plan: Plan, placed: list[Placement], *, champion: bool = True) -> None:
    """Each team has one place, and the ranges fill 1 to n without a gap."""
    assert {one.team for one in placed} == teams_of(plan)
    assert len(placed) == len(teams_of(plan))
    shared = Counter((one.first, one.last) for one in placed)
    reached = 0
    for (first, last), teams in sorted(shared.items()):
        assert (first, last) == (reached + 1, reached + teams)
        reached = last
    if champion:
        assert shared[1, 1] == 1


def elimination(format: str, n: int, **options: object) -> list[Planned]:
    return generate(format, n, Options(**options))  # type: ignore[arg-type]
