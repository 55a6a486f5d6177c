"""Bringing the database to the version this code needs; called within the application."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

import flask_migrate
import sqlalchemy as sa
import structlog
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from flask import current_app

from webapp.core.db import db

log = structlog.get_logger()


def upgrade() -> None:
    """Run what is pending, while every other process that asks for it waits."""
    with _alone():
        for revision in pending():
            log.info("migration", revision=revision)
        flask_migrate.upgrade()


def pending() -> list[str]:
    """The revisions still to be run, oldest first, each as its id and its title.

    None on a database that is ahead of this code, as an old worker meets it beside a new site.
    """
    scripts = ScriptDirectory.from_config(_config())
    with db.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_heads()
    wanted = _up_to(scripts, "heads")
    if not set(present) <= {script.revision for script in wanted}:
        log.warning("database_is_newer", revision=", ".join(present))
        return []
    done = {script.revision for head in present for script in _up_to(scripts, head)}
    return [f"{each.revision} {each.doc}" for each in reversed(wanted) if each.revision not in done]


def _up_to(scripts: ScriptDirectory, revision: str) -> list[Script]:
    return list(scripts.iterate_revisions(revision, "base"))


def _config() -> Config:
    config: Config = current_app.extensions["migrate"].migrate.get_config()
    return config


@contextmanager
def _alone() -> Iterator[None]:
    """A lock that several machines share on PostgreSQL; SQLite's is a file beside the data."""
    if db.engine.dialect.name == "sqlite":
        folder = current_app.extensions["settings"].data_dir
        with (folder / "migrate.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    # Without a transaction: one that waits this long would be ended as idle.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("SET lock_timeout = 0"))
        key = sa.func.hashtext("aegis migrate")
        connection.execute(sa.select(sa.func.pg_advisory_lock(key)))
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))
            connection.execute(sa.text("RESET lock_timeout"))
