"""The table of a group: points, and what tells apart those who have equally many. Pure.

Equal on points, the tie-breaks are applied in their order to the whole tied set. The first one
that tells anybody apart splits it, and whoever is still equal starts again with the first
tie-break, now among themselves only: so three who are level may become one and two, of which the
meeting of the two decides. Whom no tie-break tells apart share the place; they are listed, and go
on to a knock-out, in the order of their seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from webapp.bracket import robin
from webapp.bracket.shape import Line, Plan, Planned, Rules, Stand, Stands

Withdrawn = Mapping[int, str]
"""The teams that left, by id: ``forfeit`` or ``annul``."""


@dataclass(slots=True)
class _Tally:
    """What a team did in its group; ``against`` has per opponent met the points won there."""

    seed: int
    played: int = 0
    won: int = 0
    drawn: int = 0
    lost: int = 0
    games_won: int = 0
    games_lost: int = 0
    points: int = 0
    forfeits: int = 0
    against: dict[int, int] = field(default_factory=dict)


Tallies = Mapping[int, _Tally]
TieBreak = Callable[[int, frozenset[int], Tallies], int]
"""The value of a team within a tied set; more is better."""

TIE_BREAKS: dict[str, TieBreak] = {
    "head_to_head": lambda team, tied, of: sum(
        points for opponent, points in of[team].against.items() if opponent in tied
    ),
    "game_difference": lambda team, tied, of: of[team].games_won - of[team].games_lost,
    "games_won": lambda team, tied, of: of[team].games_won,
    "series_won": lambda team, tied, of: of[team].won,
    "fewest_forfeits": lambda team, tied, of: -of[team].forfeits,
    "opponents_points": lambda team, tied, of: sum(of[o].points for o in of[team].against),
    "seed": lambda team, tied, of: -of[team].seed,
}


def table(plan: Plan, stands: Stands, group: str, rules: Rules, withdrawn: Withdrawn) -> list[Line]:
    """A group's lines, best first, finished or not.

    A team whose series were annulled is last, and they count for nobody.
    """
    series = of_group(plan, group)
    tallies = {team: _Tally(seed) for seed, team in enumerate(robin.members(series, group))}
    for planned in series:
        _count(planned, stands[planned.key], tallies, rules)
    here = [team for team in tallies if withdrawn.get(team) != "annul"]
    gone = [team for team in tallies if withdrawn.get(team) == "annul"]
    lines: list[Line] = []
    for teams, decided_by in _on_points(here, tallies, rules) + _on_points(gone, tallies, rules):
        place = len(lines) + 1
        lines += [_line(team, place, tallies[team], decided_by) for team in teams]
    return lines


def of_group(plan: Plan, group: str) -> list[Planned]:
    """The group's series."""
    return [p for p in plan if p.key.bracket == "group" and p.key.group == group]


def by_group(plan: Plan) -> dict[str, list[Planned]]:
    """The series of each group."""
    found: dict[str, list[Planned]] = {}
    for planned in plan:
        if planned.key.bracket == "group":
            found.setdefault(planned.key.group, []).append(planned)
    return found


def finished(series: Iterable[Planned], stands: Stands) -> bool:
    """Whether all of the series are done."""
    return all(stands[planned.key].state == "done" for planned in series)


Block = tuple[list[int], str]
"""Teams that share a place, and what told them apart from those they were level with."""


def _on_points(teams: list[int], tallies: Tallies, rules: Rules) -> list[Block]:
    return [
        block
        for level in _parted(teams, lambda team: tallies[team].points)
        for block in _untied(level, "", tallies, rules)
    ]


def _untied(tied: list[int], decided_by: str, tallies: Tallies, rules: Rules) -> list[Block]:
    if len(tied) == 1:
        return [(tied, decided_by)]
    among = frozenset(tied)
    for name in rules.tie_breaks:
        values = {team: TIE_BREAKS[name](team, among, tallies) for team in tied}
        parts = _parted(tied, values.__getitem__)
        if len(parts) > 1:
            return [block for part in parts for block in _untied(part, name, tallies, rules)]
    return [(tied, "seed")]


def _parted(teams: list[int], value: Callable[[int], int]) -> list[list[int]]:
    """The teams by value, highest first; those of one value in the order they came in."""
    by_value: dict[int, list[int]] = {}
    for team in teams:
        by_value.setdefault(value(team), []).append(team)
    return [by_value[key] for key in sorted(by_value, reverse=True)]


def _count(planned: Planned, stand: Stand, tallies: Tallies, rules: Rules) -> None:
    """Add a series that ended to the tallies of both teams."""
    outcome = stand.outcome
    if stand.state != "done" or outcome is None or not stand.team_a or not stand.team_b:
        return
    a, b = tallies[stand.team_a], tallies[stand.team_b]
    for own, side, opponent in ((a, "a", stand.team_b), (b, "b", stand.team_a)):
        own.played += 1
        drawn = outcome.winner is None and outcome.forfeit is None
        own.drawn += drawn
        own.won += outcome.winner == side
        own.lost += outcome.winner != side and not drawn
        own.forfeits += outcome.forfeit in {side, "both"}
        points = _points(planned.best_of, outcome.winner == side, drawn, rules)
        own.points += points
        own.against[opponent] = own.against.get(opponent, 0) + points
    a.games_won += outcome.score_a
    a.games_lost += outcome.score_b
    b.games_won += outcome.score_b
    b.games_lost += outcome.score_a


def _points(best_of: int, won: bool, drawn: bool, rules: Rules) -> int:
    if best_of == 2:
        return rules.points[0 if won else 1 if drawn else 2]
    return rules.win_points if won else 0


def _line(team: int, place: int, tally: _Tally, decided_by: str) -> Line:
    return Line(
        team,
        place,
        tally.played,
        tally.won,
        tally.drawn,
        tally.lost,
        tally.games_won,
        tally.games_lost,
        tally.points,
        decided_by,
    )
