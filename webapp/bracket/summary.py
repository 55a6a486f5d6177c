"""What of a bracket comes next, on which game nights, and how it stands in a few words."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from webapp.bracket.bracket_view import View, zone_of
from webapp.bracket.placements import champion, placements
from webapp.bracket.services import Bracket
from webapp.bracket.standings_view import stands_of
from webapp.core.figures import plural
from webapp.tournaments import nights
from webapp.tournaments.models import Series

# ---- game nights -------------------------------------------------------------------------------


def nights_of(bracket: Bracket) -> list[date]:
    """The game nights that have series."""
    return [night for night, _ in _by_night(bracket)]


def of_night(bracket: Bracket, night: date) -> list[Series]:
    """The series of one night by their start."""
    return next((found for day, found in _by_night(bracket) if day == night), [])


def _by_night(bracket: Bracket) -> list[tuple[date, list[Series]]]:
    timed = [series for series in bracket.series if series.scheduled_at and not series.skipped]
    zone, ends = zone_of(bracket), bracket.tournament.night_ends
    return nights.by_night(timed, _start, zone, ends)


def _start(series: Series) -> datetime:
    assert series.scheduled_at is not None
    return series.scheduled_at


# ---- in a few words ----------------------------------------------------------------------------


def is_played(series: Series) -> bool:
    """Whether it counts among the series of the tournament at all."""
    return not series.skipped and not (series.if_needed and series.state == "pending")


def next_up(bracket: Bracket) -> list[Series]:
    """What comes next: under way, then by time, then ready."""
    wanted = [series for series in bracket.series if series.state in {"live", "ready"}]
    far = datetime.max.replace(tzinfo=ZoneInfo("UTC"))
    return sorted(wanted, key=lambda one: (one.state != "live", one.scheduled_at or far, one.id))


def summary(view: View) -> str:
    """``7 of 14 series settled; next: Foxglove vs Saltmarsh (U5)``."""
    series = [one for one in view.bracket.series if is_played(one)]
    if not series:
        return f"{plural(len(view.bracket.teams), 'team')}, no bracket yet"
    settled = sum(one.state == "done" for one in series)
    words = f"{settled} of {len(series)} series settled"
    upcoming = next_up(view.bracket)
    if upcoming:
        return f"{words}; next: {view.teams_of(upcoming[0])} ({upcoming[0].label})"
    champion = champion_of(view.bracket)
    return f"{words}; won by {champion}" if champion else words


def champion_of(bracket: Bracket) -> str:
    """Who came first, alone; empty while that is open."""
    if bracket.tournament.state != "finished":
        return ""
    placed = placements(bracket.plan, stands_of(bracket), bracket.rules, bracket.withdrawn)
    first = champion(placed)
    return bracket.name_of(first) if first else ""
