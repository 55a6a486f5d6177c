"""The run that brings a league in: phase one collects ids, phase two gets their details."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa
import structlog
from flask import current_app

from webapp.bracket.follow import follow
from webapp.clients.outside import Outside
from webapp.core.db import db, is_busy
from webapp.core.errors import AegisError
from webapp.core.queue import LONG
from webapp.core.runs.kinds import Kind
from webapp.core.runs.models import Run
from webapp.core.runs.slices import Outcome, Slice
from webapp.core.sources import Breakers
from webapp.matches import services as matches
from webapp.settings import Settings
from webapp.sync.care import Care
from webapp.sync.collect import Collector
from webapp.sync.details import Detailer
from webapp.sync.fetch import asks
from webapp.sync.services import KIND, usable_sources

log = structlog.get_logger()


def sync_step(held: Slice) -> Outcome:
    """One slice of a sync; then the brackets follow what it brought."""
    outcome = _work(held)
    if held.league_id is not None:
        _move_brackets(held.league_id)
    return outcome


def _move_brackets(league_id: int) -> None:
    """What cannot be moved now is moved by the timetable; the run goes on."""
    try:
        follow(league_id)
    except AegisError as error:
        log.warning("follow_failed", league=league_id, error=error.message)
    except sa.exc.OperationalError as error:
        if not is_busy(error):
            raise
        log.warning("follow_busy", league=league_id)
    finally:
        db.session.rollback()


def _work(held: Slice) -> Outcome:
    """Collecting while that is asked for, else details."""
    settings = cast(Settings, current_app.extensions["settings"])
    outside = cast(Outside, current_app.extensions["outside"])
    breakers = Breakers(settings.breaker_delay)
    sources = settings.detail_sources
    if any(held.params.get(name) for name in ("walk", "collect", "full")):
        collector = Collector(held, outside.steam, outside.opendota, breakers, sources)
        outcome = collector.work()
        if outcome is not Outcome.AGAIN or held.over() or held.params.get("walk"):
            return outcome
    usable = usable_sources(settings)
    ways = {
        name: way for name, way in asks(outside.steam, outside.opendota).items() if name in usable
    }
    detailer = Detailer(held, ways, breakers, sources, settings.retry_delay)
    return detailer.work()


def give_up(run: Run) -> str:
    """Leave the match that was in hand to a person, so that the next run passes it by."""
    match_id = Care.of(run.params).in_hand
    if match_id is None:
        return ""
    matches.give_up(match_id, "Each worker that read its answers died")
    return f"Match {match_id} was in hand; it is not asked about again until somebody retries it."


SYNC = Kind(KIND, "Sync", LONG, sync_step, give_up)
