"""A run as the pages show it: its state, its phases and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.core.db import db
from webapp.core.figures import ago, plural, span, thin
from webapp.core.queue import Crew
from webapp.core.runs import services as runs
from webapp.core.runs.kinds import kind_of
from webapp.core.runs.models import Run, RunEvent
from webapp.core.time import utcnow
from webapp.sync import pace
from webapp.sync.services import KIND

MARKS = ("phase 1", "phase 2", "list")
"""The log's words that tell when a phase began and what the list came to."""

ASKED_TO_COLLECT = ("walk", "collect", "full")


@dataclass(frozen=True)
class Row:
    """One phase. ``state``: done, now, next or stopped, as the component draws it."""

    number: int
    word: str
    state: str
    figure: str = ""
    done: int = 0
    total: int | None = None
    line: str = ""


@dataclass(frozen=True)
class Progress:
    """One run. ``state`` is a badge's: that of the row, or stalled, stopping or waiting."""

    run: Run
    title: str
    queue: str
    state: str
    rows: tuple[Row, ...]
    by: str | None = None

    @property
    def active(self) -> bool:
        return self.run.is_active

    @property
    def mark(self) -> str:
        """Changes when somebody who only listens should be told."""
        return f"{self.run.id}-{self.state}-{self.run.phase or 'queued'}"

    @property
    def took(self) -> float | None:
        """Seconds from the start to the end, or until now."""
        if self.run.started_at is None:
            return None
        return ((self.run.finished_at or utcnow()) - self.run.started_at).total_seconds()

    @property
    def now_doing(self) -> Row | None:
        """The phase at work, for places with room for one."""
        return next((row for row in self.rows if row.state == "now"), None)

    @property
    def spoken(self) -> str:
        """One sentence for readers of the screen, said at changes only."""
        if not self.active:
            return f"{self.title} {STATE_WORDS[self.state].lower()}."
        doing = self.now_doing
        if self.state == "running" and doing:
            return f"{self.title}: {doing.word} {doing.figure}".rstrip() + "."
        return f"{self.title}: {STATE_WORDS[self.state].lower()}."


STATE_WORDS = {
    "queued": "Queued",
    "running": "Running",
    "waiting": "Waiting",
    "stalled": "Stalled",
    "stopping": "Stopping",
    "succeeded": "Succeeded",
    "degraded": "Degraded",
    "failed": "Failed",
    "cancelled": "Cancelled",
}


def of(found: Sequence[Run], crew: Crew, *, names: bool = True) -> list[Progress]:
    """How these runs stand, in three statements at most, whatever their number."""
    marks = _marks([run.id for run in found])
    who = names_of(run.requested_by for run in found) if names else {}
    return [
        _progress(run, crew, marks.get(run.id, []), who.get(run.requested_by or 0)) for run in found
    ]


def one(run: Run, crew: Crew, *, names: bool = True) -> Progress:
    return of([run], crew, names=names)[0]


def names_of(ids: Iterable[int | None]) -> dict[int, str]:
    """People's names by id, in one statement; none where nobody is asked for."""
    wanted = sorted({each for each in ids if each})
    if not wanted:
        return {}
    rows = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def state_of(run: Run, crew: Crew) -> str:
    """The word of the badge: an active run may also be stalled, stopping or waiting."""
    if not run.is_active:
        return run.state
    if not runs.moves(run, crew):
        return "stalled"
    if run.stop_requested:
        return "stopping"
    if run.resume_at is not None and run.resume_at > utcnow():
        return "waiting"
    return run.state


def _marks(ids: Sequence[int]) -> dict[int, list[RunEvent]]:
    if not ids:
        return {}
    found: dict[int, list[RunEvent]] = {}
    events = db.session.scalars(
        sa.select(RunEvent)
        .where(RunEvent.run_id.in_(ids), RunEvent.word.in_(MARKS))
        .order_by(RunEvent.id)
    )
    for event in events:
        found.setdefault(event.run_id, []).append(event)
    return found


def _progress(run: Run, crew: Crew, marks: Sequence[RunEvent], by: str | None) -> Progress:
    kind = kind_of(run.kind)
    rows = _sync_rows(run, marks) if run.kind == KIND else (_only_row(run, kind.title),)
    return Progress(run, kind.title, kind.queue, state_of(run, crew), rows, by)


def _only_row(run: Run, title: str) -> Row:
    state = _at(run, begun=run.phase is not None, over=run.state == "succeeded")
    figure = "" if run.total is None else f"{thin(run.done)} / {thin(run.total)}"
    return Row(1, title, state, figure, run.done, run.total, _stored(run))


# ---- the two phases of a sync ----------------------------------------------------------------


def _sync_rows(run: Run, marks: Sequence[RunEvent]) -> tuple[Row, ...]:
    """Both phases from the start; a run that only goes on with known matches has the second."""
    details = _details_row(run, marks)
    collects = "listed" in run.params or any(map(run.params.get, ASKED_TO_COLLECT))
    if not collects and run.phase != "collect":
        return (details,)
    return _collect_row(run, marks), details


def _collect_row(run: Run, marks: Sequence[RunEvent]) -> Row:
    word = "Collecting match ids"
    if run.phase == "collect":
        pages = (run.params.get("walk") or {}).get("pages", 0)
        line = _joined([f"{plural(pages, 'page')} of Steam's list" if pages else "", _stored(run)])
        state = _at(run, begun=True, over=False)
        return Row(1, word, state, f"{thin(run.done)} so far", run.done, None, line)
    if run.phase == "details" and "listed" in run.params:
        figure = plural(int(run.params["listed"]), "id")
        return Row(1, word, "done", figure, line=_listed_line(run, marks))
    return Row(1, word, "next" if run.is_active else "stopped")


def _listed_line(run: Run, marks: Sequence[RunEvent]) -> str:
    listed = [event for event in marks if event.word == "list"]
    began = [event for event in marks if event.word == "phase 1"]
    parts = [event.message for event in listed[-1:]]
    if listed and began:
        parts.append(f"in {span(listed[-1].at - began[-1].at)}")
    said = ", ".join(parts)
    return _joined([said, "the list may lack ids" if run.params.get("incomplete") else ""])


def _details_row(run: Run, marks: Sequence[RunEvent]) -> Row:
    word = "Details"
    if run.phase != "details":
        return Row(2, word, "next" if run.is_active else "stopped")
    whole = run.total is not None and run.done >= run.total
    over = run.state in {"succeeded", "degraded"} and whole
    state = _at(run, begun=True, over=over)
    figure = f"{thin(run.done)} / {thin(run.total)}"
    gone = counts_in_words({name: run.counts.get(name, 0) for name in ("failed", "withheld")})
    left = pace.seconds_left(run.done, run.total, _details_began(marks), utcnow())
    parts = [gone, *([pace.in_words(left), _stored(run)] if run.is_active else [])]
    line = _joined(parts) or ("Nothing was due" if not run.total and not run.is_active else "")
    return Row(2, word, state, figure, run.done, run.total, line)


def _details_began(marks: Sequence[RunEvent]) -> datetime | None:
    """When phase two began: its first line since the last walk, for a retry adds another."""
    began = None
    for event in marks:
        if event.word == "phase 1":
            began = None
        elif event.word == "phase 2":
            began = began or event.at
    return began


def _at(run: Run, *, begun: bool, over: bool) -> str:
    if run.is_active:
        return "now" if begun else "next"
    return "done" if over else "stopped"


def _stored(run: Run) -> str:
    if not run.is_active or run.heartbeat_at is None:
        return ""
    return f"last moved {ago(run.heartbeat_at, utcnow())}"


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)


def counts_in_words(counts: Mapping[str, int]) -> str:
    """``12 new, 230 detailed``: what a run came to."""
    return ", ".join(f"{thin(number)} {name}" for name, number in counts.items() if number)
