"""Tables of groups and placements as the pages and the API tell of them."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.bracket.advance import determine
from webapp.bracket.placements import Placement, placements
from webapp.bracket.services import Bracket, outcomes
from webapp.bracket.shape import Line, Stands
from webapp.bracket.standings import finished, of_group, table
from webapp.tournaments.models import Team
from webapp.tournaments.words import TIE_BREAKS


@dataclass(frozen=True, slots=True)
class Row:
    """A team's line of a table. ``decided_by``: what told it apart from teams level on points."""

    team: Team
    line: Line
    through: bool

    @property
    def decided_by(self) -> str:
        return TIE_BREAKS.get(self.line.decided_by, "")

    @property
    def difference(self) -> int:
        return self.line.games_won - self.line.games_lost


@dataclass(frozen=True, slots=True)
class Table:
    """A group. ``through``: how many of it go on; ``drawn``: a series of it may end in a draw."""

    name: str
    rows: tuple[Row, ...]
    through: int
    finished: bool
    drawn: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A place or a range of places, and who ends there."""

    words: str
    first: int
    teams: tuple[Team, ...]


def stands_of(bracket: Bracket) -> Stands:
    return determine(bracket.plan, outcomes(bracket), bracket.withdrawn, bracket.rules)


def tables_of(bracket: Bracket, stands: Stands) -> list[Table]:
    """The table of each group, in the order of their names."""
    names = {series.group for series in bracket.series if series.bracket == "group"}
    through = max((s.a_place or 0 for s in bracket.series if s.a_kind == "group"), default=0)
    through = max(
        through, max((s.b_place or 0 for s in bracket.series if s.b_kind == "group"), default=0)
    )
    return [
        _table(bracket, stands, name, through)
        for name in sorted(names, key=lambda name: (len(name), name))
    ]


def _table(bracket: Bracket, stands: Stands, name: str, through: int) -> Table:
    lines = table(bracket.plan, stands, name, bracket.rules, bracket.withdrawn)
    series = of_group(bracket.plan, name)
    rows = tuple(
        Row(bracket.teams[line.team], line, through=place <= through)
        for place, line in enumerate(lines, start=1)
    )
    drawn = any(planned.best_of == 2 for planned in series)
    return Table(name, rows, through, finished(series, stands), drawn)


def places_of(bracket: Bracket, stands: Stands) -> list[Place]:
    """The places that are decided, best first; teams that share a range stand together."""
    found = placements(bracket.plan, stands, bracket.rules, bracket.withdrawn)
    shared: dict[tuple[int, int], list[Placement]] = {}
    for one in found:
        shared.setdefault((one.first, one.last), []).append(one)
    return [
        Place(
            str(first) if first == last else f"{first}\u2013{last}",
            first,
            tuple(bracket.teams[one.team] for one in several),
        )
        for (first, last), several in sorted(shared.items())
    ]
