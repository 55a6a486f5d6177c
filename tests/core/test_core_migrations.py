"""The migrations make what the models say, on both databases, there and back."""

from __future__ import annotations

from collections.abc import Iterator

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import ON_BOTH
from webapp.core import migrations
from webapp.core.db import db
from webapp.settings import Settings

pytestmark = ON_BOTH


@pytest.fixture
def empty(settings: Settings) -> Iterator[Flask]:
    """The application on a database in which nothing stands."""
    from webapp.app import create_app

    application = create_app(settings)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_an_empty_database_becomes_what_the_models_say(empty: Flask) -> None:
    migrations.upgrade()
    assert tables() == set(db.metadata.tables)
    assert migrations.pending() == []
    flask_migrate.check()  # ends the process where a model and its table differ


def test_every_step_can_be_taken_back_and_again(empty: Flask) -> None:
    migrations.upgrade()
    flask_migrate.downgrade(revision="base")
    assert tables() == set()
    migrations.upgrade()
    assert tables() == set(db.metadata.tables)
    flask_migrate.check()


def test_a_table_the_models_do_not_know_is_noticed(empty: Flask) -> None:
    migrations.upgrade()
    with db.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE stray (id INTEGER PRIMARY KEY)"))
    with pytest.raises(SystemExit):
        flask_migrate.check()
