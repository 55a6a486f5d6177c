"""Collecting: nothing that was ever listed is lost, whatever interrupts the walk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.sync.compare import assert_equals_truth, stored
from tests.sync.conftest import LEAGUE, Sync
from webapp.core.db import db
from webapp.core.runs import services as runs
from webapp.core.runs.jobs import work, work_here
from webapp.core.runs.models import Run
from webapp.core.sources import Source
from webapp.core.time import utcnow
from webapp.leagues.models import League
from webapp.matches.models import Match
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import LeagueSpec, WorldSpec
from webapp.sync import collect, services


def rarely(*values: str) -> list[Any]:
    """Further values that run with the slow tests."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


@pytest.fixture
def database() -> str:
    """One database is enough here: the statements themselves run on both elsewhere."""
    return "sqlite"


@pytest.fixture
def spec() -> WorldSpec:
    return WorldSpec(leagues=(LeagueSpec(LEAGUE, "Northern Lights League", 230, hidden=1),), seed=3)


ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What a page of the list is read as has nothing to do with the database it goes to."""


def league() -> League:
    db.session.rollback()
    return db.session.get_one(League, LEAGUE, populate_existing=True)


def history_calls(sandbox: Sandbox) -> int:
    return len(sandbox.calls.all("history"))


def test_a_walk_cancelled_after_its_first_page_loses_nothing(
    app: Flask, sync: Sync, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = services.start_sync(app.extensions["settings"], LEAGUE)
    db.session.commit()
    one_page = collect.Collector._history

    def page_then_cancel(self: collect.Collector, walk: object) -> object:
        after = one_page(self, walk)  # type: ignore[arg-type]
        runs.cancel(started.run.id)
        db.session.commit()
        return after

    monkeypatch.setattr(collect.Collector, "_history", page_then_cancel)
    run = work_here(started.run.id)
    assert run.state == "cancelled"
    assert 0 < len(stored(LEAGUE)) < 230
    assert league().walk_open

    monkeypatch.undo()
    assert sync().state == "succeeded"
    assert_equals_truth(sandbox.world, LEAGUE)
    assert not league().walk_open


def test_a_walk_killed_after_its_first_page_resumes_at_its_page(
    app: Flask, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = services.start_sync(app.extensions["settings"], LEAGUE)
    db.session.commit()
    one_page = collect.Collector._history

    class Killed(BaseException):
        """What kill -9 is to the code: nothing after it runs."""

    def page_then_die(self: collect.Collector, walk: object) -> object:
        one_page(self, walk)  # type: ignore[arg-type]
        raise Killed

    monkeypatch.setattr(collect.Collector, "_history", page_then_die)
    with pytest.raises(Killed):
        work(started.run.id, started.run.epoch)
    db.session.rollback()
    monkeypatch.undo()
    assert history_calls(sandbox) == 1
    run = work_here(started.run.id)
    assert run.state == "succeeded"
    assert_equals_truth(sandbox.world, LEAGUE)
    assert history_calls(sandbox) == 1 + 3


def test_an_id_that_appears_late_below_known_ones_is_found(sync: Sync, sandbox: Sandbox) -> None:
    sync()
    listed = sorted(i for i, told in sandbox.world.truth(LEAGUE).items() if told["reachable"])
    late = sandbox.world.add_match(LEAGUE, below=listed[-20])
    assert late < listed[-20]
    run = sync()
    assert run.counts["new"] == 1
    assert_equals_truth(sandbox.world, LEAGUE)


def test_a_late_id_far_below_is_found_by_a_full_sync(sync: Sync, sandbox: Sandbox) -> None:
    sync()
    listed = sorted(i for i, told in sandbox.world.truth(LEAGUE).items() if told["reachable"])
    sandbox.world.add_match(LEAGUE, below=listed[5])
    assert sync().counts.get("new", 0) == 0
    assert sync(full=True).counts["new"] == 1
    assert_equals_truth(sandbox.world, LEAGUE)


def test_a_match_that_left_the_list_is_marked_and_kept(sync: Sync, sandbox: Sandbox) -> None:
    sync()
    listed = sorted(i for i, told in sandbox.world.truth(LEAGUE).items() if told["reachable"])
    sandbox.world.remove(listed[50])
    sync(full=True)
    gone = list(db.session.scalars(sa.select(Match.id).where(Match.unlisted_at.is_not(None))))
    assert gone == [listed[50]]
    sandbox.world.change(listed[50], unlisted=False)
    sync(full=True)
    db.session.rollback()
    assert db.session.get_one(Match, listed[50], populate_existing=True).unlisted_at is None


@ON_SQLITE
@pytest.mark.parametrize(
    "action",
    [
        "empty_page",
        "shuffled",
        *rarely("repeat_page", "remaining_zero", "remaining_high", "duplicates"),
    ],
)
def test_a_list_that_is_odd_once_is_still_read_whole(
    sync: Sync, sandbox: Sandbox, action: str
) -> None:
    sandbox.faults.add(action, "history", nth=(2,))
    sync()
    sync(full=True)
    assert_equals_truth(sandbox.world, LEAGUE)


def test_opendotas_list_is_read_on_first_and_full_walks_only(sync: Sync, sandbox: Sandbox) -> None:
    sync()
    assert len(sandbox.calls.all("opendota_ids")) == 1
    sync()
    assert len(sandbox.calls.all("opendota_ids")) == 1
    sync(full=True)
    assert len(sandbox.calls.all("opendota_ids")) == 2


def test_a_refused_key_ends_the_run_at_once_and_spends_no_try(sync: Sync, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", "steam", status=403)
    run = sync()
    assert run.state == "failed"
    assert "STEAM_API_KEY" in (run.note or "")
    assert history_calls(sandbox) == 1
    db.session.rollback()
    assert db.session.get_one(Source, "history", populate_existing=True).reason == "auth"


def test_a_person_who_set_the_key_right_does_not_wait_for_the_breaker(
    sync: Sync, sandbox: Sandbox
) -> None:
    sandbox.faults.add("status", "steam", status=403)
    sync()
    db.session.execute(sa.update(Source).values(open_until=utcnow() + timedelta(hours=5)))
    db.session.commit()
    sandbox.faults.clear()
    assert sync().state == "succeeded"
    assert_equals_truth(sandbox.world, LEAGUE)


def test_a_list_that_cannot_be_read_makes_a_degraded_run_that_says_why(
    sync: Sync, sandbox: Sandbox
) -> None:
    sandbox.faults.add("status", "history", status=503)
    run = sync()
    assert run.state == "degraded"
    assert "may lack ids" in (run.note or "")
    assert history_calls(sandbox) == 5
    sandbox.faults.clear()
    db.session.execute(sa.update(Source).values(open_until=utcnow()))
    db.session.commit()
    assert sync().state == "succeeded"
    assert_equals_truth(sandbox.world, LEAGUE)


@ON_SQLITE
@pytest.mark.parametrize(
    "action", ["html", "truncated", *rarely("empty_object", "gzip_garbage", "close")]
)
def test_a_list_answered_with_rubbish_once_is_asked_again(
    sync: Sync, sandbox: Sandbox, action: str
) -> None:
    sandbox.faults.add(action, "history", nth=(1, 3))
    assert sync().state == "succeeded"
    assert_equals_truth(sandbox.world, LEAGUE)


def test_a_sync_pressed_during_a_sync_joins_it_and_is_honoured(
    app: Flask, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.extensions["settings"]
    started = services.start_sync(settings, LEAGUE)
    db.session.commit()
    end_of_walk = collect.Collector._end
    pressed: list[bool] = []

    def press_then_end(self: collect.Collector, walk: object) -> None:
        if not pressed:
            again = services.start_sync(settings, LEAGUE, full=True, by=7)
            pressed.append(again.created)
            assert again.run.id == started.run.id
            db.session.commit()
        end_of_walk(self, walk)  # type: ignore[arg-type]

    monkeypatch.setattr(collect.Collector, "_end", press_then_end)
    run = work_here(started.run.id)
    assert pressed == [False]
    assert run.state == "succeeded"
    assert len(sandbox.calls.all("opendota_ids")) == 2
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Run)) == 1


def test_a_league_made_by_its_id_gets_its_name_and_a_persons_name_stays(
    sync: Sync, sandbox: Sandbox
) -> None:
    sync()
    assert league().name == "Northern Lights League"
    league().name = "Our league"
    db.session.commit()
    sync(full=True)
    assert league().name == "Our league"
