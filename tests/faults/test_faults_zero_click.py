"""A finished match moves the bracket without anyone touching it, and what a kill there costs."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.faults.conftest import Processes, horse_of, kill_9, until
from webapp.bracket.services import load
from webapp.core.db import db, reading
from webapp.matches.models import Match
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import CupSpec, WorldSpec, cup_league
from webapp.sandbox.tournament import seed
from webapp.tournaments.models import Game, Series, Tournament

pytestmark = pytest.mark.slow
EVERY = 2
DETAILS_WAIT = 1
"""Seconds from which the sandbox tells of an ended game's details, and a worker's way to them."""
WORK = 4


@pytest.fixture
def spec() -> WorldSpec:
    return WorldSpec(leagues=(cup_league(CupSpec()),), seed=2026, now=int(time.time()))


@pytest.fixture
def tournament(app: Flask, processes: Processes, sandbox: Sandbox) -> int:
    made = seed(sandbox.spec, by=None)
    assert made
    made.auto_link = "sure"
    db.session.commit()
    return made.id


def games(*which: sa.ColumnElement[bool]) -> list[Game]:
    with reading():
        found = list(db.session.scalars(sa.select(Game).join(Series).where(*which)))
        db.session.expunge_all()
    return found


def game_of(match_id: int) -> Game | None:
    found = games(Game.match_id == match_id)
    return found[0] if found else None


def state_of(tournament_id: int) -> list[tuple[str, int, int, str | None]]:
    with reading():
        bracket = load(tournament_id)
        return [
            (one.label, one.score_a, one.score_b, bracket.name_of(one.winner_id))
            for one in bracket.series
        ]


def moves(match_id: int) -> bool:
    game = game_of(match_id)
    return game is not None and game.winner_id is not None


def test_a_finished_match_moves_the_bracket_within_a_sync_and_its_details(
    tournament: int, processes: Processes, sandbox: Sandbox
) -> None:
    processes.worker()
    processes.clock(SYNC_EVERY=str(EVERY))
    until("what was played to be linked", lambda: len(games(Game.origin == "auto")) >= 4)
    ended = time.time()
    match_id = sandbox.world.end_live()
    until("the bracket to have moved", lambda: moves(match_id))
    game = game_of(match_id)
    assert game is not None
    assert game.origin == "auto"
    with reading():
        listed = db.session.scalar(sa.select(Match.created_at).where(Match.id == match_id))
    assert listed is not None
    assert game.moved_at is not None
    assert (game.moved_at - listed).total_seconds() <= EVERY + DETAILS_WAIT + WORK
    assert game.moved_at <= datetime.fromtimestamp(ended + 2 * EVERY + DETAILS_WAIT + WORK, UTC)


def test_a_worker_killed_while_it_links_leaves_the_bracket_as_an_undisturbed_one(
    tournament: int, processes: Processes, sandbox: Sandbox
) -> None:
    worker = processes.worker()
    processes.clock(SYNC_EVERY=str(EVERY))
    until("a link", lambda: bool(games(Game.origin == "auto")), 60)
    kill_9(horse_of(worker), worker)
    processes.worker()

    cup = sandbox.world.cup
    assert cup
    truth = {one.label: one for one in cup.series}

    def all_linked() -> bool:
        return all(
            (a, b) == (truth[label].won.count("a"), truth[label].won.count("b"))
            for label, a, b, _ in state_of(tournament)
            if label in {"U1", "U2", "U3", "U4"}
        )

    until("the played series to stand as they were played", all_linked, 90)
    with reading():
        assert db.session.scalars(sa.select(Tournament.state)).one() == "running"
        linked = db.session.scalars(
            sa.select(Game.match_id).where(Game.match_id.is_not(None))
        ).all()
    assert len(linked) == len(set(linked))
