"""Leagues: the tickets whose matches are brought in."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base


class League(Base):
    """A Dota 2 league; ``id`` is Steam's.

    ``walk_open`` stands from the page that brought new ids until a walk reached its end: while it
    stands, a walk goes on past known pages. ``walked_at`` is when a walk last reached its end.
    """

    __tablename__ = "league"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.String(200))
    zone: Mapped[str] = mapped_column(sa.String(64), default="UTC")
    on_timetable: Mapped[bool] = mapped_column(default=True)
    archived_at: Mapped[datetime | None]
    walk_open: Mapped[bool] = mapped_column(default=False)
    walked_at: Mapped[datetime | None]
    full_walk_at: Mapped[datetime | None]
    last_sync_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint("id > 0", name="id"),)
