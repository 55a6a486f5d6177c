"""Phase one: collect the ids of every match of a league.

One page is one call outside any transaction, then one batch: the page's rows, where the walk
stands, and the progress are stored together, so that a kill at any moment repeats one call at most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from webapp.clients.opendota import OpenDotaClient
from webapp.clients.steam import SteamClient
from webapp.core.db import db, reading
from webapp.core.errors import AnswerClass, Busy, UpstreamError
from webapp.core.figures import plural
from webapp.core.http import Patience
from webapp.core.limits import NotNow
from webapp.core.runs.slices import Batch, Outcome, Slice
from webapp.core.sources import NAMES, Breakers, pause_of
from webapp.core.time import monotonic, sleep, utcnow
from webapp.leagues import services as leagues
from webapp.leagues.models import League
from webapp.matches import listed as lists
from webapp.sync.due import begin_details
from webapp.sync.fetch import LONG_WAIT
from webapp.sync.walk import Walk, advance

TOKEN_LOOKS = 4.0
REDIS_AWAY = 2.0

T = TypeVar("T")


class _Unreachable(Exception):
    """A list cannot be read now; the message says why."""


class Collector:
    """Walks one league's lists within one slice."""

    def __init__(
        self,
        held: Slice,
        steam: SteamClient,
        opendota: OpenDotaClient,
        breakers: Breakers,
        sources: tuple[str, ...],
    ) -> None:
        assert held.league_id is not None
        self.held = held
        self.league_id = held.league_id
        self.steam = steam
        self.opendota = opendota
        self.breakers = breakers
        self.sources = sources

    def work(self) -> Outcome:
        """Walk until the slice is over or the lists are read; the run goes on either way."""
        self.breakers.refresh()
        walk = self._under_way() or self._begin()
        while walk.step != "end":
            if self.held.over():
                return Outcome.AGAIN
            try:
                walk = self._history(walk) if walk.step == "history" else self._opendota(walk)
            except Busy:
                return self.held.later(REDIS_AWAY)
            except NotNow as not_now:
                if not_now.wait <= LONG_WAIT:
                    return self.held.later(not_now.wait)
                rest = self.breakers.rest(walk.step, not_now.wait)
                walk = self._without(
                    walk, f"{NAMES[walk.step]} asks to wait until {rest.until:%H:%M} UTC"
                )
            except _Unreachable as reason:
                walk = self._without(walk, str(reason))
            except UpstreamError as error:
                if error.answer is AnswerClass.AUTH and walk.step == "history":
                    return self._refused(error)
                wait = self._outage(walk.step, error)
                if wait is None:
                    name = NAMES[walk.step]
                    walk = self._without(walk, f"{name} {error.detail or error.answer}")
                elif not self._pause(wait):
                    return self.held.later(wait)
        self._end(walk)
        return Outcome.AGAIN

    # ---- steps -------------------------------------------------------------------------------

    def _under_way(self) -> Walk | None:
        kept = self.held.params.get("walk")
        return Walk.from_params(kept) if kept else None

    def _begin(self) -> Walk:
        """Take what was asked so far; what is asked from now on is another walk."""
        began: list[Walk] = []

        def work(batch: Batch) -> None:
            league = db.session.get_one(League, self.league_id, populate_existing=True)
            full = bool(batch.params.get("full")) or league.walked_at is None
            expects = league.walk_open or league.walked_at is not None
            past_known = full or league.walk_open
            walk = Walk(full, past_known, utcnow().isoformat(), expects=expects)
            began[:] = [walk]
            taken = {"collect", "full", "incomplete"}
            kept = {name: value for name, value in batch.params.items() if name not in taken}
            rounds = batch.done if self.held.phase == "details" else 0
            batch.params = {**kept, "walk": walk.as_params(), "rounds": rounds}
            batch.progress(phase="collect", done=0, total=None)
            how_far = "the whole list" if walk.past_known else "down to known matches"
            batch.log("phase 1", f"Collecting match ids, {how_far}")

        self.held.write(work)
        return began[0]

    def _history(self, walk: Walk) -> Walk:
        page = self._ask(
            "history",
            lambda patience: self.steam.league_history(self.league_id, walk.start_at, patience),
        )
        ids = [row.match_id for row in page.matches]
        started = datetime.fromisoformat(walk.started_at) if walk.full else None
        after: list[Walk] = []

        def work(batch: Batch) -> None:
            listed = lists.store_listed(
                self.league_id, page.matches, utcnow(), walk_started=started
            )
            walked = advance(walk, ids, page.results_remaining, wholly_known=listed.known)
            after[:] = [walked]
            if listed.new:
                db.session.get_one(League, self.league_id).walk_open = True
            batch.count(new=len(listed.new), updated=len(listed.updated))
            batch.advance(walked.listed - walk.listed)
            batch.params = {**batch.params, "walk": walked.as_params()}

        self.held.write(work)
        return after[0]

    def _opendota(self, walk: Walk) -> Walk:
        name = self._name()
        ids = self._ask(
            "opendota", lambda patience: self.opendota.league_match_ids(self.league_id, patience)
        )
        after = replace(walk, step="end")

        def work(batch: Batch) -> None:
            if name:
                leagues.rename_unnamed(self.league_id, name)
            new = lists.store_ids(self.league_id, ids, utcnow())
            batch.count(new=len(new))
            batch.advance(len(new))
            batch.params = {**batch.params, "walk": after.as_params()}
            if new:
                added = plural(len(new), "id")
                batch.log("list", f"OpenDota's list adds {added} that Steam's does not give")

        self.held.write(work)
        return after

    def _name(self) -> str | None:
        """The league's name, where it was made by its id alone."""
        with reading():
            if not leagues.is_unnamed(leagues.get(self.league_id)):
                return None
        found = self._ask(
            "opendota", lambda patience: self.opendota.league(self.league_id, patience)
        )
        return found.name if found else None

    def _end(self, walk: Walk) -> None:
        def work(batch: Batch) -> None:
            now = utcnow()
            league = db.session.get_one(League, self.league_id, populate_existing=True)
            if walk.reached_end:
                league.walk_open = False
                league.walked_at = now
                league.full_walk_at = now if walk.full else league.full_walk_at
            if walk.reached_end and walk.full and walk.low and walk.high:
                started = datetime.fromisoformat(walk.started_at)
                gone = lists.mark_unlisted(self.league_id, walk.low, walk.high, started)
                if gone:
                    batch.log("unlisted", f"{gone} known matches are no longer in Steam's list")
            kept = {name: value for name, value in batch.params.items() if name != "walk"}
            batch.params = {**kept, "incomplete": walk.incomplete, "listed": batch.done}
            pages = "1 page" if walk.pages == 1 else f"{walk.pages} pages"
            batch.log("list", f"{batch.done} ids listed, {pages} of Steam's list")
            rounds = int(batch.params.get("rounds", 0))
            begin_details(batch, self.league_id, self.sources, done=rounds)

        self.held.write(work)

    # ---- calls and their failures ------------------------------------------------------------

    def _ask(self, source: str, call: Callable[[Patience], T]) -> T:
        if not self.breakers.allowed(source, 1) or not self.breakers.claim_probe(source):
            raise _Unreachable(f"{NAMES[source]}: resting after outages")
        try:
            answer = self._with_token(call)
        except (NotNow, Busy):
            self.breakers.release_probe(source)
            raise
        self.breakers.answered(source)
        return answer

    def _with_token(self, call: Callable[[Patience], T]) -> T:
        """Make the call as soon as its token comes, looking in between whether to stop."""
        while True:
            self.held.beat()
            try:
                return call(Patience(until=min(self.held.ends_at, monotonic() + TOKEN_LOOKS)))
            except NotNow as not_now:
                if self.held.over() or monotonic() + not_now.wait > self.held.ends_at:
                    raise

    def _outage(self, step: str, error: UpstreamError) -> float | None:
        """Count the outage; the seconds to wait, or None when the source now rests.

        In a list every wrong answer is an outage: there is no match to hold it against.
        """
        source = "history" if step == "history" else "opendota"
        if self.breakers.failed(source, error) is not None:
            return None
        outages = self.breakers.outages(source)
        return pause_of(outages, self.breakers.breaker_delay, error.retry_after)

    def _pause(self, seconds: float) -> bool:
        """Wait within the slice; False when it would end first."""
        until = monotonic() + seconds
        if until > self.held.ends_at:
            return False
        while monotonic() < until and not self.held.over():
            sleep(min(0.25, max(0.0, until - monotonic())))
            self.held.beat()
        return True

    def _without(self, walk: Walk, reason: str) -> Walk:
        after = walk.without(reason)

        def work(batch: Batch) -> None:
            batch.params = {**batch.params, "walk": after.as_params()}
            batch.log("breaker", f"The list is incomplete. {reason}")

        self.held.write(work)
        return after

    def _refused(self, error: UpstreamError) -> Outcome:
        self.breakers.failed("history", error)

        def work(batch: Batch) -> None:
            note = "Steam refuses the key. Check STEAM_API_KEY, start again, and sync once more."
            batch.log("key", note)
            batch.finish("failed", note)

        self.held.write(work)
        return Outcome.ENDED
