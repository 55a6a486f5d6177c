"""The database: one recipe for SQLite and PostgreSQL.

SQLite's default transactions lose updates between processes without an error, so every transaction
here opens with an explicit BEGIN: plain for work that only reads, IMMEDIATE for all else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A generated 64-bit id: SQLite numbers rows by itself only for its INTEGER type."""

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware datetime in UTC, in and out, on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Base(DeclarativeBase):
    """The typed base of every model; ``db.session`` works on it."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMES),
        type_annotation_map={
            datetime: UtcDateTime,
            int: sa.BigInteger,
            dict[str, Any]: JSON,
            list[Any]: JSON,
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate()  # type: ignore[no-untyped-call]


class db_now(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function it is
    """The database's own clock plus ``seconds``: leases must not trust a worker's clock."""

    type = UtcDateTime()
    inherit_cache = True
    name = "db_now"

    def __init__(self, seconds: float | sa.ColumnElement[Any] = 0) -> None:
        super().__init__(sa.cast(seconds, sa.Float()))


@compiles(db_now, "postgresql")
def _pg_now(element: db_now, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"(clock_timestamp() + make_interval(secs => {seconds}))"


@compiles(db_now, "sqlite")
def _sqlite_now(element: db_now, compiler: SQLCompiler, **kw: Any) -> str:
    # The text SQLAlchemy stores a DateTime as, so that values compare as they sort.
    seconds = compiler.process(element.clauses, **kw)
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {seconds} || ' seconds') || '000')"


# ---- transactions ---------------------------------------------------------------------------

_reading: ContextVar[bool] = ContextVar("reading", default=False)


def set_reading(only_reads: bool) -> None:
    """Say how the transactions of this request open; without it they open for writing."""
    _reading.set(only_reads)


@contextmanager
def reading() -> Iterator[None]:
    """Work that only reads; its transaction is ended afterwards, so that no call waits in it."""
    token = _reading.set(True)
    try:
        yield
    finally:
        db.session.rollback()
        _reading.reset(token)


def _on_connect(connection: Any, _record: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=5000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        assert raw is not None
        begin = "BEGIN" if _reading.get() else "BEGIN IMMEDIATE"
        try:
            raw.execute(begin)
        except sqlite3.OperationalError as error:  # SQLAlchemy wraps what its own cursors raise
            raise OperationalError(begin, None, error) from error


def engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 5, "check_same_thread": False}}
    return {
        "pool_pre_ping": True,
        "pool_size": 10,
        "max_overflow": 10,
        "connect_args": {
            "connect_timeout": 5,
            "options": "-c idle_in_transaction_session_timeout=60000 -c lock_timeout=10000",
        },
    }


def prepare(engine: Engine) -> None:
    """Give an engine its transaction rules (both events are no-ops for PostgreSQL)."""
    if not event.contains(engine, "connect", _on_connect):
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)


def is_busy(error: BaseException) -> bool:
    """Whether the database could not answer now, and asking again soon is the cure."""
    if not isinstance(error, OperationalError):
        return False
    text = str(error.orig).lower()
    return error.connection_invalidated or any(
        word in text
        for word in ("locked", "busy", "connection", "deadlock", "serializ", "lock timeout")
    )


def lock(name: str, *, shared: bool = False) -> None:
    """Hold a named lock until this transaction ends.

    SQLite has one writer at a time already; on PostgreSQL this closes the gap in which two
    transactions miss each other's new rows.
    """
    if db.engine.dialect.name == "postgresql":
        call = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        db.session.execute(
            sa.select(getattr(sa.func, call)(sa.func.hashtext(name))).execution_options()
        )


# ---- set-based writing ----------------------------------------------------------------------

Row = Mapping[str, Any]


def insert(table: sa.Table) -> Any:
    """An INSERT of this database's dialect, which knows ON CONFLICT."""
    return (
        postgresql.insert(table) if db.engine.dialect.name == "postgresql" else sqlite.insert(table)
    )


def upsert(
    table: sa.Table,
    rows: Sequence[Row],
    *,
    update: Iterable[str] | None = None,
    where: Any = None,
) -> None:
    """Store rows in one statement, replacing those with the same primary key.

    ``update`` names the columns a second write replaces (default: all but the key; empty: none).
    ``where`` is a function of the incoming row: the replacement happens only where it holds.
    All rows must have the same keys.
    """
    if not rows:
        return
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    names = [name for name in rows[0] if name not in keys] if update is None else list(update)
    if names:
        statement = statement.on_conflict_do_update(
            index_elements=keys,
            set_={name: statement.excluded[name] for name in names},
            where=where(statement.excluded) if where else None,
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    db.session.execute(statement, list(rows))
