"""One breaker per source: a source that does not answer rests, and the pages say until when.

The state stands in the database, so that every process and a restart sees the same. Five outages
in a row open it, a refused key at once; then one probe at a time, each failure doubling the rest.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, db, insert, reading
from webapp.core.errors import AnswerClass, Busy, UpstreamError
from webapp.core.http import Patience, retrying
from webapp.core.limits import NotNow
from webapp.core.time import monotonic, utcnow

OUTAGES_TO_OPEN = 5
LONGEST_REST = timedelta(hours=6)
PROBE_SECONDS = 40
"""A probe waits for a token and then for its call; nobody else asks meanwhile."""

NAMES = {
    "history": "Steam, lists",
    "sequence": "Steam, by sequence",
    "details": "Steam, by match id",
    "live": "Steam, live games",
    "profile": "Steam, profiles",
    "opendota": "OpenDota",
}
"""Every source, in the words of the pages."""

PATIENCE = 6.0
"""Seconds after which a call for a waiting person is not tried once more."""

T = TypeVar("T")
log = structlog.get_logger()


class Source(Base):
    """What is known of a source that had outages; one without a row has had none.

    ``open_until`` in the future: it rests. In the past: the next call is a probe.
    """

    __tablename__ = "source"

    name: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    outages: Mapped[int] = mapped_column(default=0)
    opened: Mapped[int] = mapped_column(default=0)
    open_until: Mapped[datetime | None]
    probe_until: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(sa.String(16))
    detail: Mapped[str | None] = mapped_column(sa.Text)
    outage_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]

    @property
    def title(self) -> str:
        return NAMES.get(self.name, self.name)


@dataclass(frozen=True)
class Rest:
    """A source that rests: until when, and after which class of answer."""

    name: str
    until: datetime
    reason: str
    outages: int

    @property
    def title(self) -> str:
        return NAMES.get(self.name, self.name)


def delay_of(opened: int, breaker_delay: float) -> timedelta:
    """How long a breaker that opens for the nth time (from 0) rests."""
    seconds = breaker_delay * 2.0 ** min(opened, 20)
    return min(timedelta(seconds=seconds), LONGEST_REST)


def pause_of(outages: int, breaker_delay: float, retry_after: float | None) -> float:
    """Seconds to leave a source alone after its nth outage in a row, below the breaker."""
    if retry_after is not None:
        return retry_after
    return random.uniform(0.5, 1) * min(2.0 ** (outages - 1), breaker_delay)  # noqa: S311 - jitter


def resting() -> list[Rest]:
    """The sources that rest now."""
    rows = db.session.scalars(sa.select(Source).where(Source.open_until > utcnow()))
    return [
        Rest(row.name, row.open_until, row.reason or "", row.outages)
        for row in rows
        if row.open_until
    ]


def all_states() -> dict[str, Source]:
    return {row.name: row for row in db.session.scalars(sa.select(Source))}


class Breakers:
    """The breakers as one process sees them; read anew by ``refresh``, written at each outage.

    ``breaker_delay`` is BREAKER_DELAY in seconds. Not for several threads: the writing one asks.
    """

    def __init__(self, breaker_delay: float) -> None:
        self.breaker_delay = breaker_delay
        self._rows: dict[str, Source] = {}

    def refresh(self) -> None:
        with reading():
            rows = db.session.scalars(sa.select(Source)).all()
            db.session.expunge_all()
        self._rows = {row.name: row for row in rows}

    def outages(self, name: str) -> int:
        row = self._rows.get(name)
        return row.outages if row else 0

    def is_open(self, name: str) -> bool:
        """Whether the breaker is open: at rest, or waiting for a probe to succeed."""
        row = self._rows.get(name)
        return bool(row and row.open_until)

    def is_resting(self, name: str) -> bool:
        row = self._rows.get(name)
        return bool(row and row.open_until and row.open_until > utcnow())

    def rests_for(self, name: str) -> float:
        """Seconds until the source is asked again; of a probe under way, until it is given up."""
        row = self._rows.get(name)
        ends = [moment for moment in (row.open_until, row.probe_until) if moment] if row else []
        return max(((moment - utcnow()).total_seconds() for moment in ends), default=0.0)

    def allowed(self, name: str, most: int) -> int:
        """How many calls may be under way: after outages fewer, of a probe one, at rest none."""
        row = self._rows.get(name)
        if row is None or (row.open_until is None and not row.outages):
            return most
        if row.open_until is None:
            return max(1, min(most, OUTAGES_TO_OPEN - row.outages))
        return 0 if row.open_until > utcnow() else 1

    def answered_since(self, name: str, moment: datetime | None) -> bool:
        """Whether an outage of this source was followed by an answer after this moment."""
        row = self._rows.get(name)
        return bool(row and row.answered_at and moment and row.answered_at > moment)

    def claim_probe(self, name: str) -> bool:
        """Whether this call may go: always, but for an opened breaker one caller at a time."""
        row = self._rows.get(name)
        if row is None or row.open_until is None:
            return True
        now = utcnow()
        claimed = db.session.execute(
            sa.update(Source)
            .where(
                Source.name == name,
                Source.open_until <= now,
                sa.or_(Source.probe_until.is_(None), Source.probe_until <= now),
            )
            .values(probe_until=now + timedelta(seconds=PROBE_SECONDS))
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
        return bool(claimed.rowcount)  # type: ignore[attr-defined]

    def release_probe(self, name: str) -> None:
        """Give a claimed probe back: its call was not made."""
        if self.is_open(name):
            self._set(name, probe_until=None)

    def rest(self, name: str, seconds: float) -> Rest:
        """Leave a source alone for as long as it asked; that is no outage."""
        until = utcnow() + timedelta(seconds=min(seconds, LONGEST_REST.total_seconds()))
        self._ensure(name)
        self._set(name, open_until=until, probe_until=None, reason=AnswerClass.THROTTLED.value)
        self.refresh()
        return Rest(name, until, AnswerClass.THROTTLED.value, self.outages(name))

    def _ensure(self, name: str) -> None:
        db.session.execute(
            insert(Source.__table__).values(name=name, outages=0, opened=0).on_conflict_do_nothing()  # type: ignore[arg-type]
        )

    def _set(self, name: str, **values: object) -> None:
        db.session.execute(
            sa.update(Source)
            .where(Source.name == name)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        db.session.commit()

    def answered(self, name: str) -> None:
        """The source answered: its breaker closes."""
        row = self._rows.get(name)
        if row is None or not (row.outages or row.open_until):
            return
        closed = {"outages": 0, "opened": 0, "open_until": None, "probe_until": None}
        self._set(name, **closed, reason=None, answered_at=utcnow())
        log.info("source_answers", source=name)
        self.refresh()

    def failed(self, name: str, error: UpstreamError) -> Rest | None:
        """Count an outage; the rest of the source, if it rests now.

        Calls that were under way when the breaker opened do not make its rest longer.
        """
        now = utcnow()
        self._ensure(name)
        row = db.session.scalars(
            sa.select(Source).where(Source.name == name).with_for_update()
        ).one()
        row.outages += 1
        row.reason = error.answer.value
        row.detail = error.detail
        row.outage_at = now
        row.probe_until = None
        opens = (
            row.outages >= OUTAGES_TO_OPEN
            or error.answer is AnswerClass.AUTH
            or (error.retry_after or 0) > LONGEST_REST.total_seconds() / 12
        )
        if opens and not (row.open_until and row.open_until > now):
            rest = delay_of(row.opened, self.breaker_delay)
            asked = timedelta(seconds=min(error.retry_after or 0, LONGEST_REST.total_seconds()))
            row.open_until = now + max(rest, asked)
            row.opened += 1
        db.session.commit()
        log.warning("source_outage", source=name, answer=row.reason, outages=row.outages)
        until = row.open_until
        self.refresh()
        return Rest(name, until, error.answer.value, self.outages(name)) if until else None


def ask(name: str, breaker_delay: float, call: Callable[[], T], *, attempts: int = 1) -> T:
    """One call for a waiting person, under the source's breaker.

    ``attempts`` above 1: after an outage it is tried again in a moment, while the source is awake.

    Raises:
        Busy: the source rests; it says for how long.
        UpstreamError: it answered with an error, which the breaker has counted.
    """
    breakers = Breakers(breaker_delay)
    breakers.refresh()
    if not breakers.allowed(name, 1) or not breakers.claim_probe(name):
        raise Busy(
            f"{NAMES.get(name, name)} is resting after outages; try again later.",
            retry_after=max(1, breakers.rests_for(name)),
        )
    tries = 0

    def attempt() -> T:
        nonlocal tries
        tries += 1
        if tries > 1 and not (breakers.allowed(name, 1) and breakers.claim_probe(name)):
            raise Busy(f"{NAMES.get(name, name)} does not answer just now; try again later.")
        try:
            answer = call()
        except UpstreamError as error:
            if error.is_outage:
                breakers.failed(name, error)
            else:
                breakers.answered(name)
            raise
        except NotNow:
            breakers.release_probe(name)
            raise
        breakers.answered(name)
        return answer

    patience = Patience(monotonic() + PATIENCE)
    return retrying(attempt, patience=patience, attempts=attempts, longest_wait=2)
