"""Real databases and a real Valkey for every test; only internet services have stand-ins."""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from psycopg import sql
from sqlalchemy.engine import make_url
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from werkzeug.utils import import_string

from webapp.core import limits
from webapp.core.db import db
from webapp.settings import Settings, load

ON_BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"])
"""A test that runs on both databases by default."""

limits.FRESH_SECONDS = 10**9  # tests empty their Valkey all the time: to them it is new again

# How long one example takes depends on what else the machine does.
hypothesis_settings.register_profile("aegis", deadline=None)
hypothesis_settings.load_profile("aegis")


def pytest_collection_finish() -> None:
    """Leave what was imported out of every collection of garbage: a quarter of the time it takes.

    Cycles of the tests themselves are still found, only less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def wait_for(what: str, answers: object, seconds: float = 20) -> None:
    """Wait until ``answers()`` is true; fail naming ``what`` otherwise."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answers():  # type: ignore[operator]
            return
        time.sleep(0.05)
    pytest.fail(f"waited {seconds} s for {what}")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server's address: TEST_DATABASE_URL, or one started for these tests."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    from tests.servers import postgres

    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Valkey of its own for this test process."""
    from tests.servers import valkey

    with valkey() as url:
        yield url


@pytest.fixture
def clean_redis(redis_url: str) -> str:
    from redis import Redis

    Redis.from_url(redis_url).flushall()
    return redis_url


def _fresh_postgres(server: str) -> Iterator[str]:
    name = f"aegis_{secrets.token_hex(6)}"
    plain = server.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    base, _, _ = plain.partition("?")
    query = plain[len(base) :]
    yield base.rsplit("/", 1)[0] + f"/{name}" + query
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: each of them, PostgreSQL with the slow tests.

    What must be seen on both at once says so with ``ON_BOTH``.
    """
    return str(request.param)


@pytest.fixture
def database_url(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'aegis.db'}"
        return
    yield from _fresh_postgres(request.getfixturevalue("postgres_url"))


@pytest.fixture
def environment(tmp_path: Path, database_url: str, clean_redis: str) -> dict[str, str]:
    """The environment a process of this test is started with; tests add to it."""
    return {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": database_url,
        "REDIS_URL": clean_redis,
        "SECRET_KEY": "a-key-for-the-tests-alone",
        "STEAM_API_KEY": "CANARYKEY123",
        "STEAM_API_URL": "http://127.0.0.1:9/steam",
        "DOTA2_WEB_URL": "http://127.0.0.1:9/webapi",
        "OPENDOTA_API_URL": "http://127.0.0.1:9/opendota",
        "STEAM_RATE": "0",
        "STEAM_SEQUENCE_RATE": "0",
        "OPENDOTA_RATE": "0",
        "RETRY_DELAY": "0",
        "BREAKER_DELAY": "1",
        "SYNC_EVERY": "0",
        "LEAGUE_IDS": "17929",
    }


class Browser(FlaskClient):
    """Each request has an application context of its own, as in production.

    The test's own transaction is ended first, so that it does not hold SQLite's write lock
    against the request: commit what the request shall see.
    """

    def open(self, *args: object, **kwargs: object) -> TestResponse:  # type: ignore[override]
        db.session.rollback()
        with self.application.app_context():
            return super().open(*args, **kwargs)  # type: ignore[arg-type]


class CompiledOnce(BytecodeCache):
    """Templates compiled once for all the applications of a test process."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.compiled:
            bucket.bytecode_from_string(self.compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = CompiledOnce()


def build_addresses_once() -> None:
    """Let all the applications of a test process share what werkzeug compiles for each route.

    The function depends on the route's text and defaults alone; compiling it for some hundred
    routes anew is most of what making an application takes.
    """
    compile_builder = Rule._compile_builder
    compiled: dict[object, Callable[..., tuple[str, str]]] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = once  # type: ignore[method-assign]


build_addresses_once()


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, which each test copies: made once a process."""
    from webapp.app import FEATURES, MODELS, RUN_KINDS

    path = tmp_path_factory.mktemp("tables") / "aegis.db"
    for module in (*FEATURES, *RUN_KINDS, *MODELS):
        import_string(module)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(sa.text("PRAGMA journal_mode=WAL"))
        db.metadata.create_all(connection)
    engine.dispose()
    return path


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return load(environment, dotenv=False)


@pytest.fixture
def app(settings: Settings, empty_tables: Path) -> Iterator[Flask]:
    """The application on an empty database with its tables made."""
    from webapp.app import create_app

    url = make_url(settings.database_url)
    if url.drivername == "sqlite" and url.database:
        shutil.copyfile(empty_tables, url.database)
    application = create_app(settings)
    application.testing = True
    application.test_client_class = Browser
    application.jinja_env.bytecode_cache = TEMPLATES
    with application.app_context():
        if url.drivername != "sqlite":
            db.create_all()
            db.session.commit()
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
