"""What the measurements run on: the application on a database of its own, and services that answer
at once, so that only our own work is timed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

import psycopg
from flask import Flask

from tests.factories.matches import LEAGUE, make_world, raw_body
from tests.servers import postgres, valkey
from webapp.clients.listings import read_history
from webapp.clients.shapes import Answer, HistoryPage, LeagueInfo, ListedMatch
from webapp.core.db import db
from webapp.core.http import Patience
from webapp.matches.reread import read_body
from webapp.sandbox.bodies import history_row
from webapp.settings import load

PAGE_ROWS = 100


class Services:
    """Steam and OpenDota in one: a league's list in pages, and each match's details."""

    def __init__(self, matches: int, details: int) -> None:
        world = make_world(matches)
        played = world.finished(LEAGUE)
        self.rows = read_history({"matches": [history_row(one) for one in played]}).matches
        self.answers: dict[int, Answer] = {}
        for one in played[:details]:
            body = raw_body(world, one.match_id, "sequence")
            self.answers[one.match_id] = Answer(read_body("sequence", one.match_id, body), body)

    def league_history(
        self, league_id: int, start_at: int | None, patience: Patience
    ) -> HistoryPage:
        rows: Sequence[ListedMatch] = self.rows
        if start_at is not None:
            rows = [row for row in rows if row.match_id <= start_at]
        return HistoryPage(
            matches=tuple(rows[:PAGE_ROWS]), results_remaining=max(0, len(rows) - PAGE_ROWS)
        )

    def league_match_ids(self, league_id: int, patience: Patience) -> tuple[int, ...]:
        return tuple(row.match_id for row in self.rows)

    def league(self, league_id: int, patience: Patience) -> LeagueInfo | None:
        return None

    def match_by_sequence(self, match_id: int, match_seq_num: int, patience: Patience) -> Answer:
        return self.answers[match_id]

    def match(self, match_id: int, patience: Patience) -> Answer:
        return self.answers[match_id]


@contextmanager
def application(database_url: str, services: Services | None = None) -> Iterator[Flask]:
    """The application on a new, empty database of this address."""
    from webapp.app import create_app  # noqa: PLC0415 - settings come first

    with tempfile.TemporaryDirectory() as folder, valkey() as redis_url:
        env = {"DATA_DIR": folder, "REDIS_URL": redis_url, "STEAM_API_KEY": "none"}
        env["SECRET_KEY"] = "a-key-for-measuring-alone"
        given = {"DATABASE_URL": database_url or f"sqlite:///{Path(folder) / 'bench.db'}"}
        app = create_app(load(env | given, dotenv=False))
        if services is not None:
            outside = app.extensions["outside"]
            app.extensions["outside"] = replace(outside, steam=services, opendota=services)
        with app.app_context():
            db.drop_all()
            db.create_all()
            db.session.commit()
            yield app
            db.session.remove()
            db.engine.dispose()


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Both databases by name: an empty address stands for a SQLite file in a new folder."""
    with postgres() as server:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench")
        yield {"SQLite": "", "PostgreSQL": server.rsplit("/", 1)[0] + "/bench"}


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def middle(values: Sequence[float]) -> float:
    return median(values)
