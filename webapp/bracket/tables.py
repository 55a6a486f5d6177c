"""The standings of a stored bracket: the table of each group, and the places decided so far."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.bracket.placements import Placement, placements
from webapp.bracket.services import Bracket, derive, outcomes
from webapp.bracket.shape import Line
from webapp.bracket.standings import table


@dataclass(frozen=True, slots=True)
class Tables:
    """Lines by group, best first, and placements, best first."""

    groups: dict[str, list[Line]]
    placements: list[Placement]


def tables(bracket: Bracket) -> Tables:
    stands, _ = derive(bracket, outcomes(bracket), bracket.withdrawn)
    names = sorted(
        {planned.key.group for planned in bracket.plan if planned.key.bracket == "group"}
    )
    rest = (bracket.rules, bracket.withdrawn)
    return Tables(
        {name: table(bracket.plan, stands, name, *rest) for name in names},
        placements(bracket.plan, stands, *rest),
    )
