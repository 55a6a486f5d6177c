"""The run that asks Steam for the names and pictures of players whose lines are here.

Match answers carry no names; people are asked for a hundred at a time, and again after a week.
"""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import sqlalchemy as sa
from flask import current_app

from webapp.accounts import profiles
from webapp.accounts.models import SteamProfile
from webapp.clients.outside import Outside
from webapp.clients.shapes import PlayerSummary
from webapp.core.db import db, reading, upsert
from webapp.core.errors import Busy, UpstreamError
from webapp.core.http import Patience
from webapp.core.limits import NotNow
from webapp.core.queue import SHORT
from webapp.core.runs.kinds import Kind
from webapp.core.runs.slices import Batch, Outcome, Slice
from webapp.core.sources import ask
from webapp.core.time import utcnow
from webapp.matches.models import PlayerMatchStats
from webapp.matches.rows import table

AT_ONCE = 100
FRESH_FOR = timedelta(days=7)


def unnamed(limit: int = AT_ONCE) -> list[int]:
    """Steamids of lines whose name was not asked for within a week."""
    fresh = sa.exists().where(
        SteamProfile.steam_id == PlayerMatchStats.steam_id,
        SteamProfile.checked_at > utcnow() - FRESH_FOR,
    )
    query = sa.select(PlayerMatchStats.steam_id).distinct()
    found = db.session.scalars(
        query.where(PlayerMatchStats.steam_id.is_not(None), ~fresh)
        .order_by(PlayerMatchStats.steam_id)
        .limit(limit)
    )
    return [steam_id for steam_id in found if steam_id is not None]


def naming_step(held: Slice) -> Outcome:
    """Ask for names until none is missing, or the source rests: the timetable comes again."""
    outside = cast(Outside, current_app.extensions["outside"])
    breaker_delay = current_app.extensions["settings"].breaker_delay
    while not held.over():
        with reading():
            steam_ids = unnamed()
        if not steam_ids:
            return _end(held, "succeeded", f"{held.done} names read.")
        patience = Patience(until=held.ends_at)
        try:
            found = ask(
                "profile",
                breaker_delay,
                lambda: outside.steam.player_summaries(steam_ids, patience),  # noqa: B023 - at once
            )
        except NotNow as not_now:
            return held.later(not_now.wait)
        except Busy as error:
            return _end(held, "degraded", error.message)
        except UpstreamError as error:
            return _end(held, "degraded", f"Steam did not give names: {error.detail}.")
        _store(held, steam_ids, found)
    return Outcome.AGAIN


def _store(held: Slice, steam_ids: list[int], found: tuple[PlayerSummary, ...]) -> None:
    unknown = sorted(set(steam_ids) - {one.steam_id for one in found})
    now = utcnow()

    def work(batch: Batch) -> None:
        profiles.remember(found)
        # Asked for, and Steam knows none: not asked again before a week has passed.
        upsert(
            table(SteamProfile),
            [
                {"steam_id": steam_id, "persona": "", "avatar_url": "", "checked_at": now}
                for steam_id in unknown
            ],
            update=("checked_at",),
        )
        batch.progress(phase="names")
        batch.advance(len(steam_ids))

    held.write(work)


def _end(held: Slice, state: str, note: str) -> Outcome:
    held.write(lambda batch: batch.finish(state, note))
    return Outcome.ENDED


NAMES = Kind("names", "Players' names", SHORT, naming_step)
