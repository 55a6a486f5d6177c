"""Phase two: every due match gets one round, and what the sources told is stored in batches.

A batch holds at most 25 answers or 5 s of them. Details, verdicts, what they make of each match,
and the run's progress are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from webapp.core.db import db, reading, upsert
from webapp.core.errors import AnswerClass
from webapp.core.runs.slices import BATCH_SECONDS, BATCH_SIZE, Batch, Outcome, Slice
from webapp.core.sources import NAMES, Breakers
from webapp.core.stopping import stopping
from webapp.core.time import monotonic, sleep, utcnow
from webapp.leagues.models import League
from webapp.matches import store
from webapp.matches.models import Match, RoundAnswer
from webapp.sync import due
from webapp.sync.care import Care
from webapp.sync.due import Stub
from webapp.sync.fetch import ASKS_PER_SLICE, Ask, Fetcher, Told
from webapp.sync.rounds import Standing, applicable, determine, put_off

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
        self.retry_delay = retry_delay

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
            settled = self._store_verdicts(batch, told, fetcher, now)
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

    def _store_verdicts(
        self, batch: Batch, told: Sequence[Told], fetcher: Fetcher, now: datetime
    ) -> int:
        """Store verdicts and what they make of their matches; returns how many rounds ended."""
        stubs = {t.stub.match_id: t.stub for t in told if t.error is not None}
        current = self._unchanged(stubs)
        verdicts = [t for t in told if t.error and not t.error.is_outage]
        self._store_answers([t for t in verdicts if t.stub.match_id in current], now)
        standings = {
            match_id: standing
            for match_id, stub in current.items()
            if (standing := self._standing(stub, fetcher, now)) is not None
        }
        if standings:
            self._update(standings, now)
            store.clear_answers(
                [i for i, s in standings.items() if _ended(current[i], s)], keep_definite=True
            )
        self._tell(batch, {i: s for i, s in standings.items() if not current[i].manual})
        return sum(1 for i, s in standings.items() if _ended(current[i], s))

    def _unchanged(self, stubs: dict[int, Stub]) -> dict[int, Stub]:
        """The matches that nobody reset since this slice planned them, locked.

        A retry by hand asks every source afresh, so what was told before it does not count.
        """
        if not stubs:
            return {}
        rows = db.session.execute(
            sa.select(Match.id, Match.state, Match.source, Match.next_attempt_at)
            .where(Match.id.in_(sorted(stubs)))
            .order_by(Match.id)
            .with_for_update()
        )
        return {
            row.id: stubs[row.id]
            for row in rows
            if row.next_attempt_at == stubs[row.id].due_at
            and (row.state == "stub" or row.source == "manual")
        }

    def _store_answers(self, told: Sequence[Told], now: datetime) -> None:
        rows = [
            {
                "match_id": t.stub.match_id,
                "source": t.source,
                "answer": t.error.answer.value,
                "detail": t.error.detail,
                "at": now,
            }
            for t in told
            if t.error is not None
        ]
        upsert(store.table(RoundAnswer), rows)
        bodies = [
            (t.stub.match_id, t.source, t.error.body, False)
            for t in told
            if t.error is not None and t.error.answer is AnswerClass.SCHEMA and t.error.body
        ]
        store.store_raw(bodies, now)

    def _standing(self, stub: Stub, fetcher: Fetcher, now: datetime) -> Standing | None:
        sources = applicable(self.sources, stub.match_seq_num)
        standing = determine(
            stub.answers,
            sources,
            stub.retry_count,
            stub.unanswered,
            now=now,
            retry_delay=self.retry_delay,
        )
        if standing is not None:
            return standing
        silent = [name for name in sources if name not in stub.answers]
        if any(
            self.breakers.is_resting(name) or fetcher.asked[stub.match_id, name] < ASKS_PER_SLICE
            for name in silent
        ):
            return None
        others = any(
            fetcher.answered[name] or self.breakers.answered_since(name, stub.asked_at)
            for name in silent
        )
        return put_off(
            silent,
            others,
            stub.retry_count,
            stub.unanswered,
            now=now,
            retry_delay=self.retry_delay,
        )

    def _update(self, standings: dict[int, Standing], now: datetime) -> None:
        match = store.table(Match)
        binds = {
            name: sa.bindparam(f"b_{name}", type_=match.c[name].type)
            for name in ("state", "retry_count", "unanswered", "next_attempt_at", "fetch_error")
        }
        manual = match.c.source == "manual"
        values = {
            name: sa.case((manual, match.c[name]), else_=bind) for name, bind in binds.items()
        }
        values["next_attempt_at"] = sa.case((manual, None), else_=binds["next_attempt_at"])
        db.session.connection().execute(
            sa.update(match)
            .where(match.c.id == sa.bindparam("b_id"))
            .values(**values, last_fetch_attempt=now),
            [
                {
                    "b_id": match_id,
                    "b_state": standing.state,
                    "b_retry_count": standing.retry_count,
                    "b_unanswered": standing.unanswered,
                    "b_next_attempt_at": standing.next_attempt_at,
                    "b_fetch_error": standing.reason,
                }
                for match_id, standing in sorted(standings.items())
            ],
        )

    def _tell(self, batch: Batch, standings: dict[int, Standing]) -> None:
        for state in ("failed", "withheld"):
            ids = [i for i, standing in standings.items() if standing.state == state]
            if not ids:
                continue
            batch.count(**{state: len(ids)})
            shown = ", ".join(str(i) for i in sorted(ids)[:5]) + (" …" if len(ids) > 5 else "")
            reason = standings[ids[0]].reason
            batch.log(f"{len(ids)} {state}", f"{shown}: {reason}")

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


def _ended(stub: Stub, standing: Standing) -> bool:
    """Whether the round ended: it counted, or the match is given up."""
    return standing.retry_count > stub.retry_count or standing.state != "stub"


def _resting(name: str, reason: str, until: datetime) -> str:
    return f"{NAMES[name]} rests until {until:%H:%M:%S} UTC after outages ({reason})"
