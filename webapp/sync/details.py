"""Phase two: every due match gets one round, and what the sources told is stored in batches.

A batch holds at most 25 answers or 5 s of them. Details, verdicts, what they make of each match,
and the run's progress are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from webapp.core.db import db, reading
from webapp.core.runs.slices import BATCH_SECONDS, BATCH_SIZE, Batch, Outcome, Slice
from webapp.core.sources import NAMES, Breakers
from webapp.core.stopping import stopping
from webapp.core.time import monotonic, sleep, utcnow
from webapp.leagues.models import League
from webapp.matches import store
from webapp.sync import due
from webapp.sync.care import Care
from webapp.sync.due import Stub
from webapp.sync.fetch import ASKS_PER_SLICE, Ask, Fetcher, Told
from webapp.sync.rounds import applicable
from webapp.sync.verdicts import Judge

STUBS_PER_SLICE = 500


class Detailer:
    """Gives one league's due matches their round within one slice.

    ``ways`` holds the sources that can be asked, ``sources`` all that count in a round.
    """

    def __init__(
        self,
        held: Slice,
        ways: dict[str, Ask],
        breakers: Breakers,
        sources: tuple[str, ...],
        retry_delay: float,
    ) -> None:
        assert held.league_id is not None
        self.held = held
        self.league_id = held.league_id
        self.ways = ways
        self.breakers = breakers
        self.sources = sources
        self.judge = Judge(breakers, sources, retry_delay)

    def work(self) -> Outcome:
        self.breakers.refresh()
        if "cutoff" not in self.held.params or self.held.phase != "details":
            self._begin()
        stubs = self._plan()
        if not stubs:
            return self._end()
        chosen, one_at_a_time = self._care(stubs).choose(list(stubs))
        if one_at_a_time:
            return self.held.later(self._one_at_a_time([stubs[one] for one in chosen]))
        return self.held.later(self._round([stubs[one] for one in chosen]))

    def _round(self, stubs: list[Stub]) -> float:
        """Ask about these side by side; the seconds until a source may be asked again."""
        fetcher = self._fetcher(stubs)
        try:
            self._fetch(fetcher)
        finally:
            fetcher.close()
        return fetcher.pause() or 0

    def _begin(self) -> None:
        done = self.held.done if self.held.phase == "details" else 0
        self.held.write(
            lambda batch: due.begin_details(batch, self.league_id, self.sources, done=done)
        )

    def _cutoff(self) -> datetime:
        return datetime.fromisoformat(self.held.params["cutoff"])

    def _plan(self) -> dict[int, Stub]:
        """The matches of this slice by id, in the order in which they are asked about."""
        awake = [name for name in self.ways if not self.breakers.is_resting(name)]
        last = Care.of(self.held.params).set_aside
        with reading():
            stubs = due.load(self.league_id, self._cutoff(), awake, STUBS_PER_SLICE, last)
        return {stub.match_id: stub for stub in stubs}

    def _fetcher(self, stubs: list[Stub]) -> Fetcher:
        return Fetcher(
            self.ways,
            tuple(name for name in self.sources if name in self.ways),
            stubs,
            self.breakers,
            until=self.held.ends_at,
            over=self.held.over,
        )

    # ---- after crashes -----------------------------------------------------------------------

    def _care(self, planned: Iterable[int]) -> Care:
        """What is known of matches that may kill a worker, with what the last crash told."""
        before = Care.of(self.held.params)
        crashed_in = before.in_hand
        if not self.held.crashes and crashed_in is None:
            return before
        after = before.after_crash(self.held.crashes, planned)
        said = f"Match {crashed_in} was in hand when a worker died; all others come first"
        self._keep_care(after, said if crashed_in is not None else None)
        return after

    def _keep_care(self, care: Care, said: str | None = None) -> None:
        def work(batch: Batch) -> None:
            batch.params = care.added_to(batch.params)
            if said:
                batch.log("set aside", said)

        self.held.write(work)

    def _one_at_a_time(self, stubs: list[Stub]) -> float:
        """Ask about one match after the other, each written down before."""
        care, wait = Care.of(self.held.params), 0.0
        for stub in stubs:
            self._keep_care(replace(care, in_hand=stub.match_id))
            wait = self._round([stub])
            if wait or self.held.over():
                break
        self._keep_care(care)
        return wait

    # ---- fetching ----------------------------------------------------------------------------

    def _fetch(self, fetcher: Fetcher) -> None:
        batch: list[Told] = []
        began = monotonic()
        while True:
            for told in fetcher.told(0.5):
                batch.append(told)
                self._keep_open(fetcher, told)
            full = len(batch) >= BATCH_SIZE or monotonic() - began >= BATCH_SECONDS
            if batch and (full or not fetcher.busy() or stopping()):
                self._store(batch[:BATCH_SIZE], fetcher)
                batch, began = batch[BATCH_SIZE:], monotonic()
                self.breakers.refresh()
            self.held.beat()
            if stopping() or (not fetcher.busy() and not batch and not self._wait(fetcher)):
                return

    def _keep_open(self, fetcher: Fetcher, told: Told) -> None:
        """A match with sources left to ask goes back into the plan."""
        stub = told.stub
        if told.answer is not None:
            return
        if told.error is not None and not told.error.is_outage:
            stub.answers[told.source] = (told.error.answer.value, told.error.detail)
        left = [
            name
            for name in applicable(self.sources, stub.match_seq_num)
            if name not in stub.answers and fetcher.asked[stub.match_id, name] < ASKS_PER_SLICE
        ]
        if left:
            fetcher.put_back(stub)

    def _wait(self, fetcher: Fetcher) -> bool:
        """Whether to go on: wait for a source that is left alone for a moment."""
        if self.held.over():
            return False
        seconds = fetcher.pause()
        if seconds is None or monotonic() + seconds > self.held.ends_at:
            return False
        sleep(min(seconds, 0.5))
        return True

    # ---- storing -----------------------------------------------------------------------------

    def _store(self, told: Sequence[Told], fetcher: Fetcher) -> None:
        def work(batch: Batch) -> None:
            now = utcnow()
            details = [
                store.Fetched(t.stub.match_id, t.source, t.answer.details, t.answer.body)
                for t in told
                if t.answer is not None
            ]
            store.store_details(details, now, self.held.run_id)
            answered = [t.stub.match_id for t in told if t.answer is not None and t.stub.answers]
            if answered:
                store.clear_answers(answered)
            settled = self.judge.store(batch, told, fetcher, now)
            batch.count(detailed=len(details))
            self._advance(batch, len(details) + settled)
            for rest in fetcher.opened:
                batch.log("breaker", _resting(rest.name, rest.reason, rest.until))
            fetcher.opened.clear()

        self.held.write(work)

    def _advance(self, batch: Batch, number: int) -> None:
        """Progress never passes its total: a match that became due meanwhile adds to both."""
        if number:
            done = batch.done + number
            batch.progress(done=done, total=max(done, self.held.total or 0))

    # ---- the end -----------------------------------------------------------------------------

    def _end(self) -> Outcome:
        """End the run, unless a click that joined it asked for more."""
        outcome = Outcome.AGAIN

        def work(batch: Batch) -> None:
            nonlocal outcome
            outcome = Outcome.AGAIN
            params = batch.params
            if params.get("collect") or params.get("full"):
                return
            if params.get("retry"):
                due.begin_details(batch, self.league_id, self.sources, done=batch.done)
                return
            left = due.count(self.league_id, self._cutoff(), self.sources)
            incomplete = params.get("incomplete")
            state = "degraded" if left or incomplete else "succeeded"
            batch.finish(state, self._note(batch, left, incomplete))
            if "listed" in params and not incomplete:
                league = db.session.get_one(League, self.league_id, populate_existing=True)
                league.last_sync_at = utcnow()
            outcome = Outcome.ENDED

        self.held.write(work)
        return outcome

    def _note(self, batch: Batch, left: int, incomplete: str | None) -> str:
        counts = batch.counts
        said = [
            f"{counts[name]} {name}"
            for name in ("new", "detailed", "failed", "withheld")
            if counts.get(name)
        ]
        parts = [", ".join(said).capitalize() or "Nothing new"]
        if incomplete:
            parts.append(f"The list may lack ids: {incomplete}")
        if left:
            wait = "match waits" if left == 1 else "matches wait"
            resting = ", ".join(
                NAMES[name] for name in self.sources if self.breakers.is_resting(name)
            )
            parts.append(f"{left} {wait} for {resting or 'a source'}; none loses a try")
        return ". ".join(parts) + "."


def _resting(name: str, reason: str, until: datetime) -> str:
    return f"{NAMES[name]} rests until {until:%H:%M:%S} UTC after outages ({reason})"
