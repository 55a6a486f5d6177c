"""The run that sets every link between lines and people afresh."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from webapp.core.db import db, reading
from webapp.core.queue import SHORT
from webapp.core.runs.kinds import Kind
from webapp.core.runs.slices import Batch, Outcome, Slice
from webapp.matches import linking
from webapp.matches.models import Match

RANGE = 500
"""Matches per transaction: each stays well under a second."""


def relink_step(held: Slice) -> Outcome:
    """Relink all or the chosen matches, range by range, and say how many lines changed."""
    outcome = Outcome.AGAIN
    while outcome is Outcome.AGAIN and not held.over():
        outcome = _one_range(held)
    return outcome


def _one_range(held: Slice) -> Outcome:
    only = _asked(held.params)
    with reading():
        ids = linking.next_range(int(held.params.get("after", 0)), RANGE, only)
        total = None if held.phase else _count(only)
    outcome = Outcome.AGAIN

    def work(batch: Batch) -> None:
        nonlocal outcome
        if total is not None:
            batch.progress(phase="relink", total=total)
        if _asked(batch.params) != only:
            batch.params = {**batch.params, "after": 0}
            batch.progress(done=0, total=None, phase=None)
        elif ids:
            changed = linking.relink(ids[0], ids[-1], only)
            batch.count(linked=changed.linked, unlinked=changed.unlinked)
            done = batch.done + len(ids)
            batch.progress(done=done, total=max(done, total or held.total or 0))
            batch.params = {**batch.params, "after": ids[-1]}
        else:
            batch.finish("succeeded", _in_words(batch.counts))
            outcome = Outcome.ENDED

    held.write(work)
    return outcome


def _asked(params: dict[str, Any]) -> list[int] | None:
    """The matches chosen, or None for all of them; a click that joins may have added some."""
    return None if params.get("all") else sorted(set(params.get("match_ids", ())))


def _count(only: list[int] | None) -> int:
    query = sa.select(sa.func.count()).select_from(Match)
    if only is not None:
        query = query.where(Match.id.in_(only))
    return db.session.scalar(query) or 0


def _in_words(counts: dict[str, int]) -> str:
    linked, unlinked = counts.get("linked", 0), counts.get("unlinked", 0)
    return f"{linked} lines linked to their owner, {unlinked} lines unlinked."


RELINK = Kind("relink", "Relink", SHORT, relink_step)
