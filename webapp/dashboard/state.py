"""How the site itself stands: its services, its workers and its clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask

from webapp.core.figures import plural
from webapp.core.queue import LONG, QUEUES, Crew
from webapp.core.sources import Source
from webapp.core.time import utcnow
from webapp.dashboard.timetable import entries
from webapp.settings import Settings
from webapp.sync.limits_now import REASONS, resting

CLOCK_LATE = timedelta(seconds=60)
STEAM_SOURCES = ("history", "sequence", "details", "live", "profile")


@dataclass(frozen=True)
class Part:
    """One service or part. ``state`` and ``word`` are a badge's; ``until`` while it rests."""

    title: str
    detail: str
    state: str
    word: str
    until: datetime | None = None


def next_sync(app: Flask) -> datetime | None:
    """When the timetable syncs leagues again; None where it does not."""
    found = next((entry for entry in entries(app) if entry.name == "sync"), None)
    return found.next_at(utcnow()) if found else None


def clock_is_late(last: Mapping[str, datetime]) -> bool:
    """Whether no clock took a slot for a minute: the reaper's comes every 15 s."""
    taken = last.get("reap")
    return taken is None or utcnow() - taken > CLOCK_LATE


def services(
    settings: Settings,
    states: Mapping[str, Source],
    crew: Crew,
    last: Mapping[str, datetime],
) -> list[Part]:
    """What the services panel shows, top down."""
    return [
        _steam(settings, states),
        _source("OpenDota", [one for one in resting(states) if one.name == "opendota"]),
        _discord(settings),
        _workers(crew, last),
    ]


def _steam(settings: Settings, states: Mapping[str, Source]) -> Part:
    if not settings.steam_api_key:
        return Part("Steam", "Set STEAM_API_KEY and start again", "failed", "No key")
    return _source("Steam", [one for one in resting(states) if one.name in STEAM_SOURCES])


def _source(title: str, rests: list[Source]) -> Part:
    """The service as its worst source has it: a refused key before one that only rests."""
    if not rests:
        return Part(title, "", "ok", "Answering")
    worst = max(rests, key=lambda one: (one.reason == "auth", one.open_until or utcnow()))
    if worst.reason == "auth":
        return Part(title, "It refuses the key", "failed", "Key refused", worst.open_until)
    why = REASONS.get(worst.reason or "", "it does not answer")
    which = "" if worst.title == title else f"{worst.title}: "
    detail = f"{which}{plural(worst.outages, 'outage')} in a row, {why}"
    return Part(title, detail, "resting", "Resting", worst.open_until)


def _discord(settings: Settings) -> Part:
    if settings.discord_client_id:
        return Part("Discord", "Sign-in goes through it", "ok", "Set up")
    return Part("Discord", "Nobody can sign in without it", "waiting", "Not set up")


def _workers(crew: Crew, last: Mapping[str, datetime]) -> Part:
    if not crew.answers:
        return Part("Workers", "Redis does not answer; nothing is lost", "failed", "Redis away")
    clock = "the clock is late" if clock_is_late(last) else "clock on time"
    busy = sum(worker.state == "busy" for worker in crew.workers)
    detail = f"{len(crew.workers)} alive, {busy} busy, {clock}"
    missing = [name for name in QUEUES if not crew.on(name)]
    if missing:
        return Part("Workers", f"None for the {' and '.join(missing)} queue; {clock}", *_MISSING)
    if clock_is_late(last):
        return Part("Workers", detail, "stalled", "Clock late")
    return Part("Workers", detail, "ok", "Working")


_MISSING = ("stalled", "Missing")


# ---- what needs a person ---------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """One thing that waits for a person: how many, what, why, and where to go.

    ``main``: the first of these gets the one gold button of the page.
    """

    number: int
    title: str
    detail: str
    href: str
    verb: str


def needs_of_the_site(
    settings: Settings, states: Mapping[str, Source], crew: Crew, last: Mapping[str, datetime]
) -> list[Need]:
    """What stands in the way of everything: keys, Redis, workers, the clock."""
    needs = []
    if not settings.steam_api_key:
        needs.append(
            Need(
                1, "There is no Steam key", "Set STEAM_API_KEY and start again", "/queues/", "Look"
            )
        )
    if any(one.reason == "auth" for one in resting(states)):
        why = "A service refuses its key: set the right one, start again, then sync once more"
        needs.append(Need(1, "A key is refused", why, "/queues/", "Look"))
    if not crew.answers:
        why = "Background work waits; pages go on. It is taken up when Redis is back"
        needs.append(Need(1, "Redis does not answer", why, "/queues/", "Look"))
    elif not crew.on(LONG):
        why = "Syncs wait until one is: aegis worker, or aegis up for everything"
        needs.append(Need(1, "No worker for syncs is alive", why, "/queues/", "Look"))
    if clock_is_late(last):
        why = "Nothing is started by itself until it is: aegis clock, or aegis up for everything"
        needs.append(Need(1, "The clock is not running", why, "/queues/", "Look"))
    return needs
