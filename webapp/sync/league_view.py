"""What a league's page shows, each part read once and only where it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from types import SimpleNamespace

import sqlalchemy as sa

from webapp.clients.outside import Outside
from webapp.core import queue
from webapp.core.db import db
from webapp.core.queue import Crew
from webapp.core.runs import services as runs
from webapp.core.runs.models import Run, RunEvent
from webapp.core.sources import Source, all_states
from webapp.leagues.models import League
from webapp.matches.models import Match
from webapp.settings import Settings
from webapp.sync import limits_now, progress, services, standing
from webapp.sync.limits_now import Budget, Limit
from webapp.sync.progress import Progress

LOG_LINES = 6


class LeagueView:
    """One league for one reader. ``signed_in``: who asked, the log and the limits are shown."""

    def __init__(
        self, league: League, settings: Settings, outside: Outside, *, signed_in: bool
    ) -> None:
        self.league = league
        self.signed_in = signed_in
        self._settings = settings
        self._outside = outside

    @property
    def live(self) -> str:
        """Where the parts of this page are asked for."""
        return f"/leagues/{self.league.id}/live"

    @property
    def has_key(self) -> bool:
        return bool(self._settings.steam_api_key)

    @property
    def every(self) -> int:
        """Seconds between the timetable's syncs; 0 where it makes none."""
        return self._settings.sync_every if self.has_key else 0

    @cached_property
    def crew(self) -> Crew:
        return queue.crew(self._outside.redis)

    @cached_property
    def run(self) -> Run | None:
        return services.latest_run(self.league.id)

    @property
    def active(self) -> bool:
        return self.run is not None and self.run.is_active

    @cached_property
    def progress(self) -> Progress | None:
        return progress.one(self.run, self.crew, names=self.signed_in) if self.run else None

    @cached_property
    def counts(self) -> SimpleNamespace:
        return standing.counts_of([self.league.id])[self.league.id]

    @cached_property
    def newest(self) -> datetime | None:
        """When the newest match began."""
        return db.session.scalar(
            sa.select(Match.start_time)
            .where(Match.league_id == self.league.id, Match.start_time.is_not(None))
            .order_by(Match.id.desc())
            .limit(1)
        )

    @cached_property
    def _sources(self) -> dict[str, Source]:
        return all_states()

    @cached_property
    def rests(self) -> list[Source]:
        """The sources that rest and that the run under way would ask."""
        if not self.active:
            return []
        asked = {"history", *self._settings.detail_sources}
        return [one for one in limits_now.resting(self._sources) if one.name in asked]

    @cached_property
    def log(self) -> Sequence[RunEvent]:
        return runs.events(self.run.id, LOG_LINES) if self.run else []

    @cached_property
    def limits(self) -> list[Limit]:
        return limits_now.limits_now(self._settings, self._outside, self._sources)

    @cached_property
    def budgets(self) -> list[Budget]:
        return limits_now.budgets(self._settings, self._outside)
