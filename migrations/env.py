"""Runs migrations on the application's own engine, on SQLite and PostgreSQL alike."""

import sqlalchemy as sa
from alembic import context
from flask import current_app

from webapp.core.db import Base, BigId, UtcDateTime, db


def render_item(kind, item, autogen):
    """Write our column types as the plain ones they are stored as."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and item is BigId:
        return "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')"
    if kind == "type" and isinstance(item, sa.JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def run(connection):
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_item,
        transaction_per_migration=True,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations run on a database; there is no script to print.")
with db.engine.connect() as connection:
    run(connection)
