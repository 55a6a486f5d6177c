"""gunicorn's configuration: ``gunicorn -c python:webapp.web wsgi:app``, or ``aegis web``.

Each name below that is a setting of gunicorn's is read by it. Pages are short and wait on the
database or Redis, so one process with threads serves a machine; WEB_WORKERS and WEB_THREADS
change that.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import gunicorn.http.wsgi
from gunicorn.glogging import Logger

from webapp.core.lifeline import end_with_parent
from webapp.settings import ROOT, SettingsError

if TYPE_CHECKING:
    from flask import Flask
    from gunicorn.arbiter import Arbiter
    from gunicorn.config import Config
    from gunicorn.workers.base import Worker


def _count(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise SettingsError(name, f"{text!r} is not a number from 1 to 256")
    return int(text)


bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = _count("WEB_WORKERS", 1)
threads = _count("WEB_THREADS", 16)
pythonpath = str(ROOT)
control_socket_disable = True

timeout = 60
graceful_timeout = 7
"""Below the 8.5 s that ``aegis up`` gives each of its processes to end."""

keepalive = 15
accesslog = None
loglevel = "warning"
if sys.platform == "linux" and Path("/dev/shm").is_dir():  # noqa: S108 - gunicorn's own file in it
    worker_tmp_dir = "/dev/shm"  # noqa: S108 - a heartbeat that a slow disk cannot hold up

preload_app = True
"""Loaded once, before the fork: a mistake ends the start, and a lost worker is back sooner."""

gunicorn.http.wsgi.SERVER = "aegis"  # type: ignore[attr-defined] # what the Server header says


class Log(Logger):
    """gunicorn's messages go where ours go, through the filter that takes secrets out."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)  # type: ignore[no-untyped-call] # gunicorn has no types
        self.error_log.handlers.clear()
        self.error_log.propagate = True


logger_class = Log


def pre_fork(server: Arbiter, worker: Worker) -> None:
    """Close what loading the application opened: no connection may be shared across a fork."""
    from webapp.core.db import db  # noqa: PLC0415 - gunicorn reads this file before the application

    app: Flask = server.app.wsgi()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def post_fork(server: Arbiter, worker: Worker) -> None:
    end_with_parent(server.pid)


def run(host: str, port: int) -> None:
    """Serve until told to end; takes the place of gunicorn's command line."""
    from gunicorn.app.wsgiapp import WSGIApplication  # noqa: PLC0415 - it reads sys.argv

    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    sys.argv = ["gunicorn", "--config", "python:webapp.web", "--bind", address, "wsgi:app"]
    WSGIApplication().run()  # type: ignore[no-untyped-call] # gunicorn has no types
