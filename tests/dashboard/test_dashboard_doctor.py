"""``aegis doctor`` says of each part in words what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo
from flask_migrate import stamp
from redis import Redis

from webapp.core.db import db
from webapp.core.errors import AnswerClass, UpstreamError
from webapp.dashboard import doctor

Service = Callable[..., object]


@pytest.fixture
def outside(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Service], None]:
    """Replaces what a service answers; both answer well at first."""

    def answer(service: str, call: Service) -> None:
        name = {"steam": "league_history", "opendota": "league"}[service]
        monkeypatch.setattr(getattr(app.extensions["outside"], service), name, call)

    answer("steam", lambda *_: None)
    answer("opendota", lambda *_: None)
    return answer


def migrated(app: Flask) -> None:
    db.session.rollback()
    stamp()


def run(app: Flask) -> Result:
    return CliRunner().invoke(doctor.doctor, obj=ScriptInfo(create_app=lambda: app))


def line(result: Result, part: str) -> str:
    [found] = [line for line in result.output.splitlines() if f" {part}: " in line]
    return found


def test_all_is_well(app: Flask, outside: object) -> None:
    migrated(app)
    result = run(app)
    assert result.exit_code == 0, result.output
    assert line(result, "Database").endswith(", at the newest version")
    assert line(result, "Redis") == "✓ Redis: answers; workers: 0 on long, 0 on short"
    assert line(result, "Steam") == "✓ Steam: answers"
    assert line(result, "OpenDota") == "✓ OpenDota: answers"
    assert line(result, "Discord").startswith("- Discord: DISCORD_CLIENT_ID is not set")


def test_a_pending_migration_is_named(app: Flask, outside: object) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))
    result = run(app)
    assert result.exit_code == 1
    assert line(result, "Database").startswith("✗ Database: ")
    assert "the next is 0001 " in line(result, "Database")
    assert line(result, "Database").endswith(": run aegis migrate")


def test_a_refused_key_is_told_from_a_service_that_is_down(
    app: Flask, outside: Callable[[str, Service], None]
) -> None:
    migrated(app)
    for service, answer in (("steam", AnswerClass.AUTH), ("opendota", AnswerClass.SERVER)):
        outside(service, failing(UpstreamError(service, answer, status=500)))
    result = run(app)
    assert result.exit_code == 1
    assert line(result, "Steam") == "✗ Steam: refuses the key"
    assert line(result, "OpenDota").startswith("✗ OpenDota: does not answer well: ")


def failing(error: Exception) -> Service:
    def call(*_: object) -> None:
        raise error

    return call


def test_a_missing_steam_key_is_no_fault(app: Flask, outside: object) -> None:
    migrated(app)
    app.extensions["settings"] = replace(app.extensions["settings"], steam_api_key="")
    result = run(app)
    assert result.exit_code == 0
    assert line(result, "Steam").startswith("- Steam: STEAM_API_KEY is not set")


def test_a_redis_that_does_not_answer_is_a_fault_unless_it_is_the_bundled_one(
    app: Flask, outside: object
) -> None:
    migrated(app)
    settings = app.extensions["settings"]
    away = Redis(unix_socket_path=str(settings.data_dir / "nothing.sock"))
    app.extensions["outside"] = replace(app.extensions["outside"], redis=away)
    result = run(app)
    assert result.exit_code == 1
    assert line(result, "Redis").startswith("✗ Redis: REDIS_URL does not answer")


def test_no_secret_is_shown(app: Flask, outside: object) -> None:
    output = run(app).output
    assert not [value for value in app.extensions["settings"].secret_values() if value in output]
