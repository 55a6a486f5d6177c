"""A stored bracket turned into what its page shows: cards, tables, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

from webapp.bracket import layout as pure
from webapp.bracket.live_games import LiveShort
from webapp.bracket.services import Bracket
from webapp.bracket.shape import Key, Stands
from webapp.bracket.standings_view import Table, stands_of, tables_of
from webapp.core.figures import DAYS, day
from webapp.core.render import zone_named
from webapp.tournaments.models import Game, Series
from webapp.tournaments.rounds import labels_of, round_name, slot_words

DAYS_BY_NAME = 6
SIDES: Final[tuple[Literal["a", "b"], ...]] = ("a", "b")


@dataclass(frozen=True, slots=True)
class Slot:
    """Who stands in a series, or a sentence about who will (``team_id`` None)."""

    team_id: int | None
    who: str
    seed: int | None
    score: int | None
    won: bool
    lit: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A series as the bracket shows it. ``tone``: "gold" a person is needed, "now" it is played."""

    series: Series
    slots: tuple[Slot, Slot]
    tone: str
    words: str
    moment: datetime | None
    name: str

    @property
    def lit(self) -> bool:
        return any(slot.lit for slot in self.slots)

    def when(self, zone: tzinfo, now: datetime) -> str:
        """Its start in a few letters: ``23:00`` today, ``Sat 23:00`` this week, ``21 Nov``."""
        assert self.moment is not None
        here, today = self.moment.astimezone(zone), now.astimezone(zone)
        away = abs((here.date() - today.date()).days)
        if away > DAYS_BY_NAME:
            return day(here, today, weekday=False)
        clock = f"{here:%H:%M}"
        return f"{DAYS[here.weekday()]} {clock}" if away else clock

    @property
    def teams(self) -> str:
        return f"{self.slots[0].who} vs {self.slots[1].who}"


@dataclass(frozen=True, slots=True)
class Column:
    """A round of the tree with its heading; a cell without a card is a gap."""

    shape: pure.Column
    name: str
    cells: tuple[tuple[Card | None, bool], ...]

    @property
    def classes(self) -> str:
        return " ".join((*self.shape.lines, f"c{self.shape.number}", f"r{self.shape.row}"))


@dataclass(frozen=True, slots=True)
class GroupView:
    table: Table
    rounds: tuple[tuple[str, tuple[Card, ...]], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    groups: tuple[GroupView, ...]
    columns: tuple[Column, ...]
    width: int
    riser: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at a bracket: the team whose path is lit, and what they may do."""

    organizer: bool = False
    team_id: int | None = None
    now: datetime | None = None
    live: Mapping[int, LiveShort] = field(default_factory=dict)
    """Games played right now, by series."""


class View:
    """The cards of a bracket, each made once."""

    def __init__(self, bracket: Bracket, look: Look) -> None:
        self.bracket, self.look = bracket, look
        self.names = {team.id: team.name for team in bracket.teams.values()}
        self.labels = labels_of(bracket.series)
        self.last: dict[str, int] = {}
        for series in bracket.series:
            self.last[series.bracket] = max(series.round, self.last.get(series.bracket, 0))

    def card(self, key: Key) -> Card:
        return self.card_of(self.bracket.by_key[key])

    def card_of(self, series: Series) -> Card:
        tone, words = _state(series, self.look)
        slots = (self._slot(series, "a"), self._slot(series, "b"))
        moment = None if words else series.scheduled_at
        return Card(series, slots, tone, words, moment, self.round_of(series))

    def round_of(self, series: Series) -> str:
        """What one series of a round is: ``Upper semifinal``; ``Group A, round 2``."""
        if series.bracket == "group":
            return f"Group {series.group}, round {series.round}"
        return round_name(series.bracket, series.round, self.last).replace("finals", "final")

    def _slot(self, series: Series, side: Literal["a", "b"]) -> Slot:
        team_id = series.team_a_id if side == "a" else series.team_b_id
        team = self.bracket.teams.get(team_id or 0)
        score = series.score_a if side == "a" else series.score_b
        began = series.state in {"live", "done"} and not series.skipped
        return Slot(
            team_id,
            slot_words(series, side, self.names, self.labels),
            team.seed if team else None,
            score if began and team else None,
            won=team_id is not None and series.winner_id == team_id,
            lit=team_id is not None and team_id == self.look.team_id,
        )

    def teams_of(self, series: Series) -> str:
        a, b = (slot_words(series, side, self.names, self.labels) for side in SIDES)
        return f"{a} vs {b}"


# ---- what stands at the right of a card --------------------------------------------------------


def _state(series: Series, look: Look) -> tuple[str, str]:
    flagged = next((game for game in series.games if game.flag), None)
    if flagged and look.organizer:
        return "gold", f"Look at game {flagged.number}"
    if series.state == "done":
        return "", _ended(series)
    return _open(series, look)


def _open(series: Series, look: Look) -> tuple[str, str]:
    if series.id in look.live:
        return "now", f"Live {look.live[series.id].words}"
    waiting = next((game for game in series.games if game.state == "linked"), None)
    if waiting:
        return "now", "Awaits result"
    if look.organizer and is_due(series, look.now):
        return "gold", f"Link game {next_game(series).number}"
    if series.state == "live":
        return "now", "Under way"
    return "", "If needed" if series.if_needed else ""


def _ended(series: Series) -> str:
    if series.skipped:
        return "Not needed"
    if series.vacant_a or series.vacant_b:
        return "Walkover"
    if series.forfeit == "both":
        return "Both forfeited"
    return "Forfeit" if series.forfeit else ""


def is_due(series: Series, now: datetime | None) -> bool:
    """Whether a person should look for its next game: it began, or its time has come."""
    if series.state == "live":
        return True
    return series.state == "ready" and bool(
        now and series.scheduled_at and series.scheduled_at <= now
    )


def next_game(series: Series) -> Game:
    """The first game without a match and a winner; the last where none is left."""
    wanted = [game for game in series.games if game.state in {"pending", "ready"}]
    return wanted[0] if wanted else series.games[-1]


# ---- the picture -------------------------------------------------------------------------------


def picture(view: View) -> Picture:
    bracket = view.bracket
    shape = pure.layout(bracket.plan)
    stands = stands_of(bracket) if shape.groups else {}
    tree = shape.tree
    return Picture(
        groups=_groups(view, shape, stands),
        columns=tuple(_column(view, column) for column in tree.columns) if tree else (),
        width=tree.width if tree else 0,
        riser=tree.riser if tree else None,
    )


def _column(view: View, column: pure.Column) -> Column:
    name = round_name(column.bracket, column.round, view.last)
    cells = tuple((view.card(cell.key) if cell.key else None, cell.fresh) for cell in column.cells)
    return Column(column, name, cells)


def _groups(view: View, shape: pure.Layout, stands: Stands) -> tuple[GroupView, ...]:
    tables = {table.name: table for table in tables_of(view.bracket, stands)}
    return tuple(
        GroupView(
            tables[group.name],
            tuple(
                (f"Round {number}", tuple(view.card(key) for key in keys))
                for number, keys in group.rounds
            ),
        )
        for group in shape.groups
    )


def zone_of(bracket: Bracket) -> ZoneInfo:
    return zone_named(bracket.tournament.zone) or ZoneInfo("UTC")


def by_label(series: Iterable[Series], text: str) -> Series | None:
    """The series a link names: by label (``U5``), in any case, or by id."""
    wanted = text.strip().casefold()
    found = [one for one in series if one.label.casefold() == wanted]
    return found[0] if found else next((one for one in series if str(one.id) == wanted), None)
