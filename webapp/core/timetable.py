"""Slots of the timetable: each is taken once, by whichever clock is first.

A slot is a whole number of intervals since 1970, shifted by an offset. Its row is unique, so any
number of clocks makes one effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, db, insert
from webapp.core.time import utcnow

KEPT = timedelta(days=2)
KEPT_OF_MANY = timedelta(hours=2)
"""Of entries that come every few minutes or oftener, whose rows would soon be many."""


class ClockSlot(Base):
    """A slot that a clock took, and when."""

    __tablename__ = "clock_slot"

    name: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    slot: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    taken_at: Mapped[datetime]


@dataclass(frozen=True)
class Entry:
    """A line of the timetable: ``what`` happens ``every`` so many seconds (0: never).

    ``offset`` shifts the slots: with every 86400, 14400 means 04:00 UTC.
    """

    name: str
    every: int
    title: str
    what: Callable[[Flask], None]
    offset: int = 0

    def slot(self, moment: datetime) -> int:
        return (int(moment.timestamp()) - self.offset) // self.every

    def next_at(self, moment: datetime) -> datetime | None:
        """When the next slot begins; None for a line that is switched off."""
        if not self.every:
            return None
        begins = (self.slot(moment) + 1) * self.every + self.offset
        return datetime.fromtimestamp(begins, UTC)


def claim(entry: Entry, moment: datetime) -> bool:
    """Take the entry's present slot; False when it was taken. Commits."""
    # RETURNING tells: psycopg gives no count of rows for an INSERT.
    taken = db.session.scalar(
        insert(ClockSlot.__table__)  # type: ignore[arg-type]
        .values(name=entry.name, slot=entry.slot(moment), taken_at=moment)
        .on_conflict_do_nothing()
        .returning(ClockSlot.slot)
    )
    db.session.commit()
    return taken is not None


def last_taken() -> dict[str, datetime]:
    """When each entry's newest slot was taken."""
    rows = db.session.execute(
        sa.select(ClockSlot.name, sa.func.max(ClockSlot.taken_at)).group_by(ClockSlot.name)
    )
    return {row[0]: row[1] for row in rows}


def prune(often: Iterable[str] = ()) -> None:
    """Forget old slots, those of the entries that come often after two hours; commits."""
    now = utcnow()
    old = sa.or_(
        ClockSlot.taken_at < now - KEPT,
        sa.and_(ClockSlot.name.in_(list(often)), ClockSlot.taken_at < now - KEPT_OF_MANY),
    )
    db.session.execute(sa.delete(ClockSlot).where(old).execution_options(synchronize_session=False))
    db.session.commit()
