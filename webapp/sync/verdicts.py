"""What sources' verdicts make of their matches, stored with the batch that brought them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from webapp.core.db import db, upsert
from webapp.core.errors import AnswerClass
from webapp.core.runs.slices import Batch
from webapp.core.sources import Breakers
from webapp.matches import store
from webapp.matches.models import Match, RoundAnswer
from webapp.matches.rows import table
from webapp.sync.due import Stub
from webapp.sync.fetch import ASKS_PER_SLICE, Fetcher, Told
from webapp.sync.rounds import Standing, applicable, determine, put_off


class Judge:
    """Applies the retry rule to a batch: see ``rounds``."""

    def __init__(self, breakers: Breakers, sources: tuple[str, ...], retry_delay: float) -> None:
        self.breakers = breakers
        self.sources = sources
        self.retry_delay = retry_delay

    def store(self, batch: Batch, told: Sequence[Told], fetcher: Fetcher, now: datetime) -> int:
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
        upsert(table(RoundAnswer), rows)
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
        match = table(Match)
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


def _ended(stub: Stub, standing: Standing) -> bool:
    """Whether the round ended: it counted, or the match is given up."""
    return standing.retry_count > stub.retry_count or standing.state != "stub"
