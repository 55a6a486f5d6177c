"""``aegis doctor``: looks at each part the site needs and says in words what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import click
from flask.cli import with_appcontext
from redis.exceptions import RedisError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from webapp.accounts.context import outside, settings
from webapp.core import migrations, queue
from webapp.core.db import reading
from webapp.core.errors import AnswerClass, Busy, UpstreamError
from webapp.core.http import Patience
from webapp.core.limits import NotNow
from webapp.core.time import monotonic

WAIT = 10
GOOD, BAD, ASIDE = "✓", "✗", "-"


@dataclass(frozen=True)
class Finding:
    """One line. ``good`` None: not in use, which is no fault."""

    part: str
    good: bool | None
    words: str

    def __str__(self) -> str:
        mark = ASIDE if self.good is None else GOOD if self.good else BAD
        return f"{mark} {self.part}: {self.words}"


@click.command()
@with_appcontext
def doctor() -> None:
    """Check the settings, the database, Redis and the outside services."""
    fine = True
    for check in (check_settings, check_database, check_redis, check_steam, check_opendota):
        found = check()
        fine = fine and found.good is not False
        click.echo(str(found))
    click.echo(str(check_discord()))
    if not fine:
        raise click.exceptions.Exit(1)


def check_settings() -> Finding:
    values = settings()
    words = f"data in {values.data_dir}, address {values.base_url}"
    return Finding("Settings", True, words + (", sandbox" if values.sandbox else ""))


def check_database() -> Finding:
    url = make_url(settings().database_url)
    what = f"SQLite in {url.database}" if url.drivername == "sqlite" else f"PostgreSQL {url.host}"
    try:
        with reading():
            pending = migrations.pending()
    except SQLAlchemyError as error:
        return Finding("Database", False, f"{what} does not answer ({type(error).__name__})")
    if pending:
        words = f"{what} lacks {len(pending)} migrations, the next is {pending[0]}"
        return Finding("Database", False, f"{words}: run aegis migrate")
    return Finding("Database", True, f"{what}, at the newest version")


def check_redis() -> Finding:
    try:
        alive = [worker.queue for worker in queue.workers(outside().redis)]
    except RedisError as error:
        if settings().embedded_redis:
            return Finding("Redis", None, "the bundled Valkey runs while aegis up does")
        return Finding("Redis", False, f"REDIS_URL does not answer ({type(error).__name__})")
    counts = ", ".join(f"{alive.count(name)} on {name}" for name in queue.QUEUES)
    return Finding("Redis", True, f"answers; workers: {counts}")


def check_steam() -> Finding:
    if not settings().steam_api_key:
        return Finding("Steam", None, "STEAM_API_KEY is not set, so nothing can be synced")
    league_id = settings().default_league_id
    return _asked("Steam", lambda: outside().steam.league_history(league_id, None, _patience()))


def check_opendota() -> Finding:
    league_id = settings().default_league_id
    return _asked("OpenDota", lambda: outside().opendota.league(league_id, _patience()))


def check_discord() -> Finding:
    if not settings().discord_client_id:
        return Finding("Discord", None, "DISCORD_CLIENT_ID is not set, so nobody can sign in")
    callback = f"{settings().base_url}/auth/discord/callback"
    return Finding("Discord", True, f"set; its application must list the redirect {callback}")


def _patience() -> Patience:
    return Patience(until=monotonic() + WAIT, interactive=True)


def _asked(part: str, call: Callable[[], object]) -> Finding:
    try:
        call()
    except Busy:
        return Finding(part, None, "not asked, because its limits are kept in Redis")
    except NotNow as error:
        return Finding(part, None, f"not asked: {error}")
    except UpstreamError as error:
        refused = error.answer is AnswerClass.AUTH
        words = "refuses the key" if refused else f"does not answer well: {error}"
        return Finding(part, False, words)
    return Finding(part, True, "answers")
