"""A tournament's series, generated from its number of entrants and its options. Pure.

A format is a function in ``FORMATS``. A Swiss tournament will be one more: its plan would hold
the rounds drawn so far, and grow by a round whenever one is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from webapp.bracket import groups as grouping
from webapp.bracket.double import GrandFinal, double_elimination
from webapp.bracket.robin import round_robin
from webapp.bracket.shape import Entrant, Key, Planned, Source
from webapp.bracket.single import single_elimination
from webapp.core.errors import BadInput

FEWEST, MOST = 2, 128

Knockout = Literal["single_elimination", "double_elimination"]


@dataclass(frozen=True, slots=True)
class Options:
    """How a bracket is made; what a format has no use for is left alone.

    ``final_best_of`` is that of the grand final, or of the final of single elimination. A best of
    two may have no winner, so it is for groups only: the knock-out after them plays best of three.
    """

    best_of: int = 3
    final_best_of: int | None = None
    grand_final: GrandFinal = "simple"
    third_place: bool = False
    groups: int = 1
    advancing: int = 2
    legs: int = 1
    knockout: Knockout = "single_elimination"


def generate(format: str, entrants: int, options: Options) -> list[Planned]:
    """Every series in playing order, with seeds (1 is the best) as ``Entrant``s.

    Raises BadInput naming the option that does not fit.
    """
    _check(format, entrants, options)
    return sorted(
        FORMATS[format](entrants, options), key=lambda planned: playing_order(planned.key)
    )


def playing_order(key: Key) -> tuple[int, int, int, str, int]:
    """Sorts keys so that each series comes after all that feed it: groups first, then the rounds
    of the upper and the lower bracket as they fall due, the third place and the finals last."""
    stage, due = {
        "group": (0, key.round),
        "winners": (1, 2 * key.round),
        "losers": (1, key.round + 3),
        "third_place": (2, 0),
        "final": (2, key.round),
    }[key.bracket]
    return stage, due, key.bracket == "losers", key.group, key.position


def _single(entrants: Sequence[Source], options: Options) -> list[Planned]:
    best_of, final = _knockout_best_of(options)
    return single_elimination(entrants, best_of, final, third_place=options.third_place)


def _double(entrants: Sequence[Source], options: Options) -> list[Planned]:
    return double_elimination(entrants, *_knockout_best_of(options), options.grand_final)


def _knockout_best_of(options: Options) -> tuple[int, int]:
    best_of = 3 if options.best_of == 2 else options.best_of
    return best_of, options.final_best_of or best_of


KNOCKOUTS: dict[str, Callable[[Sequence[Source], Options], list[Planned]]] = {
    "single_elimination": _single,
    "double_elimination": _double,
}


def _seeds(entrants: int) -> list[Source]:
    return [Entrant(seed) for seed in range(1, entrants + 1)]


def _in_groups(entrants: int, options: Options) -> list[Planned]:
    return [
        planned
        for name, seeds in grouping.draw(entrants, options.groups).items()
        for planned in round_robin(seeds, options.best_of, legs=options.legs, group=name)
    ]


def _groups_knockout(entrants: int, options: Options) -> list[Planned]:
    through = grouping.qualified(options.groups, options.advancing)
    return _in_groups(entrants, options) + KNOCKOUTS[options.knockout](through, options)


FORMATS: dict[str, Callable[[int, Options], list[Planned]]] = {
    "single_elimination": lambda entrants, options: _single(_seeds(entrants), options),
    "double_elimination": lambda entrants, options: _double(_seeds(entrants), options),
    "round_robin": _in_groups,
    "groups_knockout": _groups_knockout,
}


def _check(format: str, entrants: int, options: Options) -> None:
    wrong = _wrong_in_general(format, entrants, options)
    if not wrong and format in {"round_robin", "groups_knockout"}:
        wrong = _wrong_in_groups(format, entrants, options)
    if wrong:
        raise BadInput(" ".join(wrong.values()), fields=wrong)


def _wrong_in_general(format: str, entrants: int, options: Options) -> dict[str, str]:
    wrong = {}
    if format not in FORMATS:
        wrong["format"] = f"There is no format {format}."
    if not FEWEST <= entrants <= MOST:
        wrong["teams"] = f"A bracket takes {FEWEST} to {MOST} teams; there are {entrants}."
    if options.best_of not in {1, 2, 3, 5}:
        wrong["best_of"] = "A series is a best of 1, 2, 3 or 5."
    elif options.best_of == 2 and format in KNOCKOUTS:
        wrong["best_of"] = "A best of two may have no winner, so it is for groups only."
    if options.final_best_of not in {None, 1, 3, 5}:
        wrong["final_best_of"] = "The final is a best of 1, 3 or 5."
    if options.grand_final not in {"none", "simple", "reset"}:
        wrong["grand_final"] = "The grand final is none, simple or reset."
    return wrong


def _wrong_in_groups(format: str, entrants: int, options: Options) -> dict[str, str]:
    wrong = {}
    smallest = entrants // options.groups if options.groups > 0 else 0
    if options.groups < 1:
        wrong["groups"] = "There is at least one group."
    elif smallest < 2:
        wrong["groups"] = (
            f"A group has at least two teams: {entrants} teams make at most {entrants // 2} groups."
        )
    if options.legs not in {1, 2}:
        wrong["legs"] = "Everybody meets once or twice."
    if format == "groups_knockout" and not wrong:
        wrong |= _wrong_in_knockout(smallest, options)
    return wrong


def _wrong_in_knockout(smallest: int, options: Options) -> dict[str, str]:
    wrong = {}
    if options.knockout not in KNOCKOUTS:
        wrong["knockout"] = f"There is no knock-out {options.knockout}."
    if not 1 <= options.advancing <= smallest:
        wrong["advancing"] = f"From the smallest group 1 to {smallest} teams can go on."
    elif options.groups * options.advancing < 2:
        wrong["advancing"] = "At least two teams go on to the knock-out."
    return wrong
