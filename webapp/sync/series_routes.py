"""*Check again*: an organizer's small sync of the leagues a series is played in."""

from __future__ import annotations

from flask import Blueprint

from webapp.accounts import audit
from webapp.accounts.context import outside, person, settings
from webapp.accounts.policy import policy
from webapp.bracket import services as brackets
from webapp.bracket.panel_answer import Answer, answer, in_panel
from webapp.bracket.result_routes import game_number
from webapp.core.db import db
from webapp.core.errors import Conflict
from webapp.core.render import notify
from webapp.core.runs import services as runs
from webapp.settings import Rate
from webapp.sync import services

bp = Blueprint("sync_series", __name__)
CHECKS = Rate(20, 3600)
"""How often one person may ask Steam again for series; joining a run at work is free."""


@bp.post("/series/<int:series_id>/check")
@policy("organizer")
@in_panel
def check(series_id: int) -> Answer:
    """Start, or join, a sync of each of the tournament's leagues."""
    bracket, series = brackets.of_series(series_id)
    league_ids = bracket.tournament.league_ids
    if not league_ids:
        raise Conflict("This tournament has no league to look into.")
    begun = [services.start_sync(settings(), one, by=person().id) for one in league_ids]
    new = [started for started in begun if started.created]
    if new:
        outside().limits.check(f"check-again:{person().id}", CHECKS)
    ids = [started.run.id for started in begun]
    audit.record("check again", "series", series_id, None, {"series": series.label, "runs": ids})
    db.session.commit()
    for started in new:
        runs.enqueue(outside().redis, started.run)
    which = f"run {ids[0]}" if len(ids) == 1 else f"runs {', '.join(map(str, ids))}"
    notify(f"Steam is asked for new matches: {which}. Suggestions follow in a moment.")
    return answer(series_id, game_number())
