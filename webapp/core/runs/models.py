"""A run: background work as a row that people can look at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, BigId, db_now

ACTIVE = ("queued", "running")
ENDED = ("succeeded", "degraded", "failed", "cancelled")
STATES = ACTIVE + ENDED
CANCELLED = "Cancelled. What was stored stays."


class Run(Base):
    """One piece of background work, from the click that asked for it to its end.

    ``epoch`` counts the claims: only the holder of the newest one may write. ``lease_until`` is
    set while a slice works, ``resume_at`` while the run waits for a moment past any slice's end.
    ``league_id`` and ``requested_by`` are plain ids: features above own
    those tables. ``requested_by`` is null for the timetable.
    """

    __tablename__ = "run"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(32))
    key: Mapped[str] = mapped_column(sa.String(128))
    league_id: Mapped[int | None]
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(sa.String(16), default="queued")
    phase: Mapped[str | None] = mapped_column(sa.String(32))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    note: Mapped[str | None] = mapped_column(sa.Text)
    requested_by: Mapped[int | None]
    epoch: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0)
    stop_requested: Mapped[bool] = mapped_column(default=False)
    lease_until: Mapped[datetime | None]
    queued_at: Mapped[datetime] = mapped_column(default=db_now())
    resume_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        sa.CheckConstraint(sa.column("state").in_(STATES), name="state"),
        sa.CheckConstraint("done >= 0 AND (total IS NULL OR done <= total)", name="progress"),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (state IN ('queued', 'running'))", name="finished"
        ),
        sa.Index(
            "uq_run_active",
            "kind",
            "key",
            unique=True,
            sqlite_where=sa.column("state").in_(ACTIVE),
            postgresql_where=sa.column("state").in_(ACTIVE),
        ),
        sa.Index("ix_run_state", "state", "queued_at"),
        sa.Index("ix_run_league", "league_id", "id"),
        sa.Index("ix_run_key", "key", "id"),
    )

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE


class RunEvent(Base):
    """One line of a run's log: a word that names what happened, and a sentence."""

    __tablename__ = "run_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(default=db_now())
    word: Mapped[str] = mapped_column(sa.String(32))
    message: Mapped[str] = mapped_column(sa.Text)
