"""A database that is locked says so in a way that everything above understands."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from webapp.core import db as core_db


def test_a_transaction_that_cannot_open_is_told_apart_from_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("CREATE TABLE thing (id INTEGER)")
    holder.execute("BEGIN IMMEDIATE")
    engine = sa.create_engine(f"sqlite:///{path}")
    core_db.prepare(engine)
    sa.event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=20"))
    with pytest.raises(sa.exc.OperationalError) as locked, engine.begin():
        pass
    assert core_db.is_busy(locked.value)
    holder.execute("ROLLBACK")
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO thing VALUES (1)"))
    engine.dispose()
    holder.close()
