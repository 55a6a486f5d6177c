"""A real worker with a small application, and the jobs its tests give it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from flask import Flask, current_app

from webapp import worker
from webapp.core.db import db, prepare
from webapp.core.stopping import stopping
from webapp.settings import load


def application() -> Flask:
    app = Flask("worker")
    app.extensions["settings"] = settings = load()
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
        db.create_all()
    return app


def note(path: str) -> None:
    Path(path).write_text(f"{os.getpid()} {current_app.name}")


def slice_of_work(path: str) -> None:
    """Works for 20 s in batches and looks between them whether to end, as a run's slice does."""
    Path(path).write_text(str(os.getpid()))
    end = time.monotonic() + 20
    while time.monotonic() < end and not stopping():
        time.sleep(0.05)
    Path(path).with_suffix(".ended").write_text("early" if stopping() else "in its time")


def deaf(path: str) -> None:
    """Never looks whether to end."""
    Path(path).write_text(str(os.getpid()))
    end = time.monotonic() + 60
    while time.monotonic() < end:
        time.sleep(0.05)


def short_slice(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    time.sleep(8)
    Path(path).with_suffix(".ended").write_text("in its time")


def leaky() -> None:
    raise ValueError("the key is CANARYKEY123")


if __name__ == "__main__":
    worker.run(application(), sys.argv[1])
