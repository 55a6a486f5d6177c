"""The schedule of a tournament for people's calendars: pure but for what it is given.

Each series is an event whose id stays, so that a moved series moves in every calendar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from webapp.tournaments.clashes import GAME
from webapp.tournaments.models import Series, Tournament
from webapp.tournaments.rounds import labels_of, slot_words

REFRESH = timedelta(minutes=15)
SIDES: Final[tuple[Literal["a", "b"], ...]] = ("a", "b")


def feed(
    tournament: Tournament,
    series: Sequence[Series],
    teams: Mapping[int, str],
    *,
    base_url: str,
    now: datetime,
) -> bytes:
    """The series that have a time, as a calendar; ``base_url`` is where our pages are."""
    calendar = Calendar()
    calendar.add("prodid", "-//Aegis//Tournaments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", tournament.name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    labels = labels_of(series)
    for one in series:
        if one.scheduled_at is not None and not one.skipped:
            a, b = (slot_words(one, side, teams, labels) for side in SIDES)
            event = _event(one, one.scheduled_at, f"{a} vs {b}", now)
            address = f"{base_url}/tournaments/{tournament.id}?series={one.label}"
            event.add("uid", f"series-{one.id}@{urlsplit(base_url).hostname}")
            event.add("sequence", tournament.version)
            event.add("url", address)
            event.add("description", f"{tournament.name}\n{_result(one)}{address}")
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(series: Series, starts: datetime, teams: str, now: datetime) -> Event:
    event = Event()
    event.add("dtstamp", now)
    event.add("dtstart", starts)
    event.add("dtend", starts + series.best_of * GAME)
    event.add("summary", f"{teams} ({series.label}, best of {series.best_of})")
    return event


def _result(series: Series) -> str:
    return f"{series.score_a} : {series.score_b}\n" if series.state == "done" else ""
