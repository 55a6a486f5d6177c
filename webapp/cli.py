"""The ``aegis`` command. Each command imports what it needs when it runs: help is instant."""

# ruff: noqa: PLC0415 - the imports stand in the commands for that reason
from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from webapp.core.lifeline import end_with_supervisor

if TYPE_CHECKING:
    from flask import Flask

EXIT_SETTINGS = 2
QUEUES = ("long", "short")


LATER = {
    "sync": ("webapp.sync.cli:sync", "Bring a league's matches in and wait for the end."),
    "doctor": ("webapp.dashboard.doctor:doctor", "Check settings, database, Redis and services."),
    "user": ("webapp.accounts.cli:user", "Give people roles and Steam accounts."),
    "token": ("webapp.accounts.cli:token", "Make tokens for scripts that use the API."),
    "db": ("flask_migrate.cli:db", "Alembic's commands, for development."),
}
"""Commands that work within the application, by where they are; loaded when they are asked for."""


class Commands(click.Group):
    """The commands of this file, and those of ``LATER``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.commands, *LATER]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return _load(name) if name in LATER else self.commands.get(name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, command.get_short_help_str(80)) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl([*rows, *((name, words) for name, (_, words) in LATER.items())])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Aegis, the desk from which people run Dota 2 leagues.

    On one machine, aegis up runs everything. On several, run aegis migrate once for each new
    version, then web, worker and clock, with DATABASE_URL and REDIS_URL set.
    """


def listening(command: Callable[..., None]) -> Callable[..., None]:
    """The options of where the site listens."""
    port = click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
    host = click.option("--host", default="127.0.0.1", show_default=True, envvar="WEB_HOST")
    return port(host(command))


@commands.command()
@listening
@click.option(
    "--workers",
    type=click.IntRange(1, 32),
    default=1,
    show_default=True,
    help="Workers for long work, beside the one for what a person waits for.",
)
@click.option(
    "--sandbox", is_flag=True, help="Invented leagues and one-click sign-in: needs no key."
)
def up(host: str, port: int, workers: int, sandbox: bool) -> None:
    """Run everything on this machine until Ctrl-C."""
    from webapp.supervisor import Plan, StartError
    from webapp.supervisor import up as run_all

    try:
        code = run_all(Plan(host, port, workers, sandbox))
    except (StartError, RuntimeError) as error:
        raise click.ClickException(str(error)) from None
    sys.exit(code)


@commands.command()
@listening
def web(host: str, port: int) -> None:
    """Serve the pages and the API."""
    from webapp.web import run

    _ready("web")
    run(host, port)


@commands.command()
@click.option("--queue", type=click.Choice(QUEUES), default="long", show_default=True)
def worker(queue: str) -> None:
    """Work on one queue: long for syncs, short for what a person waits for."""
    from webapp.worker import run

    run(_ready("worker"), queue)


@commands.command()
def clock() -> None:
    """Start what the timetable says is due, and take up runs whose worker died."""
    from webapp.clock import run
    from webapp.core.stopping import listen

    listen()
    run(_ready("clock"))


@commands.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8099, show_default=True)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file that keeps the world's first moment, so that a restart finds it unchanged.",
)
def sandbox(port: int, state: Path | None) -> None:
    """Serve the stand-ins for Steam, OpenDota and Discord alone."""
    from webapp.sandbox.server import main as serve

    serve(port, state=state)


@commands.command()
def migrate() -> None:
    """Bring the database to this version.

    Several machines may ask for it at once: one does it, the others wait.
    """
    _ready("migrate")


def _configure_logs(process: str) -> None:
    from webapp.core.logs import configure
    from webapp.settings import load

    configure(load(), process)


def _application(process: str) -> Flask:
    """The application, with this process's logs set up first."""
    from webapp.app import create_app

    _configure_logs(process)
    return create_app()


def _ready(process: str) -> Flask:
    """The application on a database of this version with its first rows; others wait meanwhile."""
    from webapp.app import first_rows
    from webapp.core.db import db
    from webapp.core.migrations import pending, upgrade

    app = _application(process)
    with app.app_context():
        if pending():
            upgrade()
        first_rows()
        db.engine.dispose()
    return app


def _load(name: str) -> click.Command:
    from flask.cli import ScriptInfo
    from werkzeug.utils import import_string

    command: click.Command = import_string(LATER[name][0])
    command.context_settings["obj"] = ScriptInfo(create_app=lambda: _application_for(name))
    return command


def _application_for(name: str) -> Flask:
    """The application for a command of ``LATER``; most need the tables of this version."""
    return _application(name) if name in {"doctor", "db"} else _ready(name)


def main() -> None:
    """The console script."""
    end_with_supervisor()
    from webapp.core.errors import AegisError
    from webapp.settings import SettingsError

    try:
        commands()
    except SettingsError as error:
        _fail(str(error), EXIT_SETTINGS)
    except AegisError as error:
        _fail(" ".join([error.message, *error.fields.values()]), 1)


def _fail(words: str, code: int) -> NoReturn:
    click.echo(f"Error: {words}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
