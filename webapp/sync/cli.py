"""``aegis sync``: a league's sync from the command line, with a progress bar."""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext

from webapp.accounts.context import outside, settings
from webapp.core import queue
from webapp.core.db import db, reading
from webapp.core.queue import LONG
from webapp.core.runs import services as runs
from webapp.core.runs.jobs import work
from webapp.core.runs.models import Run
from webapp.core.time import sleep, utcnow
from webapp.sync import services

EXIT_CODES = {"succeeded": 0, "degraded": 2}
LOOK_EVERY = 0.5


@click.command("sync")
@click.argument("league_id", type=click.IntRange(1, 2**31 - 1))
@click.option("--full", is_flag=True, help="Walk the whole list, past known matches.")
@with_appcontext
def sync(league_id: int, full: bool) -> None:
    """Bring a league's matches in and wait for the end.

    Works on the run itself where no worker lives. Exits with 0, with 2 when something could not
    be had now, and with 1 when the run failed or was cancelled.
    """
    started = services.start_sync(settings(), league_id, full=full)
    db.session.commit()
    if started.created:
        runs.enqueue(outside().redis, started.run)
    else:
        click.echo(f"Joined run {started.run.id}, which is under way.", err=True)
    run = _follow(started.run.id)
    click.echo(f"{run.state}: {run.note}", err=True)
    sys.exit(EXIT_CODES.get(run.state, 1))


def _follow(run_id: int) -> Run:
    """Show the run's progress until it ends, doing its slices where nobody else does."""
    with click.progressbar(length=1, file=sys.stderr, show_eta=False, width=30) as bar:
        while True:
            run = _look(run_id)
            bar.label = _words(run)
            bar.length = run.total or max(run.done, 1)
            bar.pos = run.done
            bar.render_progress()
            if not run.is_active:
                return run
            sleeps = run.resume_at is not None and run.resume_at > utcnow()
            if sleeps or queue.alive(outside().redis, LONG) or not work(run.id, run.epoch):
                sleep(LOOK_EVERY)


def _look(run_id: int) -> Run:
    with reading():
        run = db.session.get_one(Run, run_id, populate_existing=True)
        db.session.expunge(run)
    return run


def _words(run: Run) -> str:
    if run.phase == "details":
        return f"Details: {run.done} / {run.total}"
    if run.phase == "collect":
        return f"Collecting match ids: {run.done} so far"
    return "Waiting for a worker"
