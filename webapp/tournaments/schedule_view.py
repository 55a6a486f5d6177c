"""The schedule as its page shows it: night by night, and what has no time yet round by round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from webapp.core.figures import DAYS, MONTHS
from webapp.tournaments.clashes import Clash, clashes
from webapp.tournaments.local_time import to_field
from webapp.tournaments.models import Series, Tournament
from webapp.tournaments.nights import by_night
from webapp.tournaments.rounds import Round, labels_of, rounds_of, slot_words
from webapp.tournaments.schedule import planned


@dataclass(frozen=True, slots=True)
class Row:
    """A series of the schedule: who meets, and why it cannot be played as it stands."""

    series: Series
    a: str
    b: str
    round: str
    field: str
    flags: tuple[str, ...] = ()


@dataclass(slots=True)
class Part:
    """A night, or a round of what has no time yet."""

    title: str
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Schedule:
    nights: list[Part]
    unscheduled: list[Part]
    rounds: list[Round]

    @property
    def flagged(self) -> int:
        return sum(bool(row.flags) for night in self.nights for row in night.rows)


def schedule(
    tournament: Tournament, series: Sequence[Series], teams: Mapping[int, str], zone: ZoneInfo
) -> Schedule:
    """All series; nights are those of ``zone``, where they end at the tournament's hour."""
    rounds = rounds_of(series)
    names = {one.id: each.name for each in rounds for one in each.series}
    rows = _rows(series, teams, names, zone)
    with_time = [rows[one.id] for one in series if one.scheduled_at is not None]
    nights = by_night(
        with_time,
        lambda row: row.series.scheduled_at or tournament.created_at,
        zone,
        tournament.night_ends,
    )
    return Schedule(
        [Part(night_words(night), found) for night, found in nights],
        [part for each in rounds if (part := _unscheduled(each, rows)).rows],
        rounds,
    )


def _rows(
    series: Sequence[Series], teams: Mapping[int, str], names: Mapping[int, str], zone: ZoneInfo
) -> dict[int, Row]:
    labels = labels_of(series)
    flags: dict[int, list[str]] = {}
    for clash in clashes(planned(series)):
        flags.setdefault(clash.series, []).append(_words(clash, teams, labels))
    return {
        one.id: Row(
            one,
            slot_words(one, "a", teams, labels),
            slot_words(one, "b", teams, labels),
            names[one.id],
            to_field(one.scheduled_at, zone),
            tuple(flags.get(one.id, ())),
        )
        for one in series
    }


def _unscheduled(each: Round, rows: Mapping[int, Row]) -> Part:
    waiting = [one for one in each.series if one.scheduled_at is None and one.state != "done"]
    return Part(each.name, [rows[one.id] for one in waiting])


def _words(clash: Clash, teams: Mapping[int, str], labels: Mapping[int, str]) -> str:
    other = labels[clash.other]
    if clash.team is None:
        return f"{other}, which feeds it, may not be over"
    name = teams.get(clash.team, "A team")
    if clash.kind == "at_once":
        return f"{name} plays {other} at the same time"
    return f"{name} may still be playing {other}"


def night_words(night: date) -> str:
    """``Sat 21 Nov 2026``."""
    return f"{DAYS[night.weekday()]} {night.day} {MONTHS[night.month - 1]} {night.year}"
