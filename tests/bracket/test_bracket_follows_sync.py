"""What a sync brings moves the brackets, and a bracket in trouble never stops a sync."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories.brackets import detail, labelled, make_bracket, play
from tests.factories.tournaments import LEAGUE
from webapp.bracket import links, services
from webapp.core.db import db
from webapp.core.errors import Conflict
from webapp.core.runs import services as runs
from webapp.core.runs.jobs import work_here
from webapp.core.runs.models import Run
from webapp.core.runs.slices import Outcome, Slice
from webapp.dashboard.timetable import entries, run_entry
from webapp.matches import services as matches
from webapp.sync import jobs
from webapp.sync.services import KIND

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def waiting(app: Flask) -> tuple[int, int]:
    """A game whose match is listed and reserved for it: their ids."""
    series = labelled(make_bracket(), "U1")
    match = play(series, None, state="stub")
    game_id = series.games[0].id
    links.link(game_id, match.id)
    db.session.commit()
    return game_id, match.id


def state_of(game_id: int) -> str:
    db.session.rollback()
    return services.of_game(game_id)[1].state


def sync(monkeypatch: pytest.MonkeyPatch, match_id: int) -> Run:
    """A run whose only work is that this match's details come."""

    def bring(held: Slice) -> Outcome:
        detail(matches.get(match_id), radiant_win=True)
        held.write(lambda batch: batch.finish("succeeded", ""))
        return Outcome.ENDED

    monkeypatch.setattr(jobs, "_work", bring)
    started = runs.start(KIND, f"league:{LEAGUE}", league_id=LEAGUE, params={}, requested_by=None)
    db.session.commit()
    return work_here(started.run.id)


def test_a_result_that_a_sync_brings_moves_the_bracket_with_it(
    waiting: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert state_of(waiting[0]) == "linked"
    assert sync(monkeypatch, waiting[1]).state == "succeeded"
    assert state_of(waiting[0]) == "done"


def test_a_bracket_that_cannot_be_moved_does_not_fail_the_run(
    waiting: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_league_id: int) -> None:
        raise Conflict("Somebody was faster.")

    monkeypatch.setattr(jobs, "follow", refuse)
    assert sync(monkeypatch, waiting[1]).state == "succeeded"
    assert state_of(waiting[0]) == "linked"


def test_the_timetable_moves_what_came_otherwise(app: Flask, waiting: tuple[int, int]) -> None:
    detail(matches.get(waiting[1]), radiant_win=True)
    entry = next(one for one in entries(app) if one.name == "follow")
    run_entry(app, entry)
    assert state_of(waiting[0]) == "done"
