"""The timetable: what the clock does by itself, and how often. One line each, at the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
import structlog
from flask import Flask
from redis.exceptions import RedisError

from webapp.accounts.context import outside, settings
from webapp.bracket import live_asking
from webapp.bracket.follow import follow
from webapp.core import timetable
from webapp.core.db import db, is_busy, reading
from webapp.core.errors import AegisError
from webapp.core.runs import services as runs
from webapp.core.runs.models import Run, RunEvent
from webapp.core.runs.reaper import reap
from webapp.core.runs.services import Started
from webapp.core.sources import resting
from webapp.core.time import utcnow
from webapp.core.timetable import Entry
from webapp.leagues import services as leagues
from webapp.matches import naming
from webapp.matches import services as matches
from webapp.sync import due
from webapp.sync import services as sync

NIGHTLY_AGE = timedelta(days=7)
QUIET_KEPT = timedelta(days=1)
TIDIED_AT_ONCE = 5000

log = structlog.get_logger()


def reap_runs(_app: Flask) -> None:
    reap(outside().redis)


def sync_leagues(_app: Flask) -> None:
    """Start a sync for every league on the timetable that a person did not stop."""
    if not settings().steam_api_key:
        return
    with reading():
        if any(rest.name == "history" for rest in resting()):
            return
        wanted = [
            league.id
            for league in leagues.all_leagues()
            if league.on_timetable
            and sync.active_run(league.id) is None
            and not sync.left_alone(league.id)
        ]
    _each(wanted, sync.start_by_timetable)


def ask_due(_app: Flask) -> None:
    """Start the same run without collecting where matches are due and a source is awake."""
    with reading():
        asleep = {rest.name for rest in resting()}
        awake = [name for name in sync.usable_sources(settings()) if name not in asleep]
        archived = {league.id for league in leagues.all_leagues(archived=True)}
        wanted = [
            league_id
            for league_id in due.leagues_with_work(awake)
            if league_id not in archived
            and sync.active_run(league_id) is None
            and not sync.left_alone(league_id)
        ]
    _each(wanted, sync.start_due)


def move_brackets(_app: Flask) -> None:
    """Count results that came otherwise than by a sync, and make the links that are sure."""
    follow()


def ask_live_games(_app: Flask) -> None:
    """Know what is live where series are due, before anybody visits."""
    live_asking.refresh()


def nightly(_app: Flask) -> None:
    """Walk every league's whole list, and ask again for what is younger than a week."""
    if not settings().steam_api_key:
        return
    with reading():
        wanted = [league.id for league in leagues.all_leagues() if league.on_timetable]

    def start(league_id: int) -> Started:
        matches.retry_younger_than(league_id, NIGHTLY_AGE)
        return sync.start_nightly(league_id)

    _each(wanted, start)


def name_players(_app: Flask) -> None:
    """Ask Steam for names where players without one are here."""
    with reading():
        rests = any(rest.name == "profile" for rest in resting())
        wanted = not rests and bool(naming.unnamed(1))
    if wanted:
        _each([0], lambda _: runs.start(naming.NAMES.name, naming.NAMES.name))


def tidy(app: Flask) -> None:
    """Forget old slots, and runs of the timetable that changed nothing after a day."""
    timetable.prune(entry.name for entry in entries(app) if 0 < entry.every < 3600)
    with reading():
        old = db.session.execute(
            sa.select(Run.id, Run.counts)
            .where(Run.requested_by.is_(None), Run.finished_at < utcnow() - QUIET_KEPT)
            .order_by(Run.id)
            .limit(TIDIED_AT_ONCE)
        )
        quiet = [run_id for run_id, counts in old if not any(counts.values())]
    for model, column in ((RunEvent, RunEvent.run_id), (Run, Run.id)):
        db.session.execute(
            sa.delete(model).where(column.in_(quiet)).execution_options(synchronize_session=False)
        )
    db.session.commit()


def _each(league_ids: list[int], start: Callable[[int], Started]) -> None:
    """Start a run for each of these; one that cannot be started does not keep the others."""
    for league_id in league_ids:
        try:
            started = start(league_id)
            db.session.commit()
        except AegisError as error:
            db.session.rollback()
            log.warning("timetable_failed", league=league_id, error=error.message)
            continue
        if started.created:
            runs.enqueue(outside().redis, started.run)


def run_entry(app: Flask, entry: Entry) -> None:
    """Do one entry now, whatever its slot; what goes wrong is logged and tried at the next."""
    try:
        entry.what(app)
    except (AegisError, RedisError) as error:
        log.warning("timetable_failed", entry=entry.name, error=type(error).__name__)
    except sa.exc.OperationalError as error:
        if not is_busy(error):
            raise
        log.warning("timetable_busy", entry=entry.name)
    finally:
        db.session.rollback()


def entries(app: Flask) -> list[Entry]:
    """The timetable."""
    every = app.extensions["settings"].sync_every
    with_key = bool(app.extensions["settings"].steam_api_key)
    return [
        Entry("reap", 15, "Take up abandoned runs", reap_runs),
        Entry("sync", every if with_key else 0, "Sync the leagues on the timetable", sync_leagues),
        Entry("due", 5, "Ask again for matches that are due", ask_due),
        Entry("follow", 15, "Move brackets by what their matches say", move_brackets),
        Entry("live", 15 if with_key else 0, "Ask for live games of series due", ask_live_games),
        Entry("names", 60 if with_key else 0, "Read the names of new players", name_players),
        Entry("nightly", 86400 if with_key else 0, "Walk whole lists", nightly, offset=4 * 3600),
        Entry("tidy", 3600, "Forget what nobody looks at any more", tidy),
    ]
