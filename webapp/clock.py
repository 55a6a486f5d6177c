"""The clock: takes the timetable's slots as they begin.

Any number of clocks may run; each slot is taken by one of them.
"""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from flask import Flask

from webapp.core import stopping, timetable
from webapp.core.db import is_busy
from webapp.core.time import utcnow
from webapp.dashboard.timetable import entries, run_entry

TICK = 0.5
DAY = 86400

log = structlog.get_logger()


def tick(app: Flask, seen: dict[str, int]) -> None:
    """Do every entry whose slot has begun and was not taken. ``seen`` spares the database."""
    now = utcnow()
    for entry in entries(app):
        if not entry.every or seen.get(entry.name) == entry.slot(now):
            continue
        if timetable.claim(entry, now):
            log.debug("timetable", entry=entry.name)
            run_entry(app, entry)
        seen[entry.name] = entry.slot(now)


def begin(app: Flask) -> None:
    """Where no clock ever ran, wait for the next night instead of making up for the last."""
    before = timetable.last_taken()
    for entry in entries(app):
        if entry.every >= DAY and entry.name not in before:
            timetable.claim(entry, utcnow())


def run(app: Flask) -> None:
    """Tick until this process is told to end."""
    seen: dict[str, int] = {}
    log.info("clock_started")
    begun = False
    while not stopping.wait(TICK):
        with app.app_context():
            try:
                if not begun:
                    begin(app)
                    begun = True
                tick(app, seen)
            except sa.exc.OperationalError as error:
                if not is_busy(error):
                    raise
                log.warning("clock_waits", error="the database does not answer")
