"""Crashes: the rule that finds the match to blame, and a run that meets such a match."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.sync.compare import stored, true_states
from tests.sync.conftest import LEAGUE
from webapp.clients import opendota, steam
from webapp.core.db import db, reading
from webapp.core.runs import services as runs
from webapp.core.runs.jobs import work_here
from webapp.core.runs.models import Run
from webapp.matches.models import Match
from webapp.sandbox.server import Sandbox
from webapp.sync import services
from webapp.sync.care import MOST_SUSPECTS, Care


def test_one_crash_makes_nobody_a_suspect() -> None:
    care = Care().after_crash(1, [5, 4, 3])
    assert care.choose([5, 4, 3]) == ([5, 4, 3], False)


def test_after_a_second_crash_the_first_matches_of_the_plan_are_asked_one_at_a_time() -> None:
    planned = list(range(200, 0, -1))
    care = Care().after_crash(2, planned)
    assert care.choose(planned) == (planned[:MOST_SUSPECTS], True)
    assert care.choose(planned[MOST_SUSPECTS:]) == (planned[MOST_SUSPECTS:], False)


def test_a_match_in_hand_at_a_crash_comes_after_all_others() -> None:
    care = Care(in_hand=4, suspects=(5, 4, 3)).after_crash(1, [5, 4, 3])
    assert care.choose([5, 4, 3]) == ([5, 3], False)
    assert care.choose([4]) == ([4], True)


def test_of_several_set_aside_the_one_that_crashed_last_comes_last() -> None:
    care = Care(in_hand=4, set_aside=(4, 7)).after_crash(3, [4, 7])
    assert care.choose([4, 7]) == ([7, 4], True)


def test_what_is_known_survives_the_row_and_leaves_nothing_behind() -> None:
    care = Care(3, (1, 2), (9,))
    kept = care.added_to({"cutoff": "x"})
    assert Care.of(kept) == care
    assert Care().added_to(kept) == {"cutoff": "x"}


class Unbearable(Exception):
    """What reading a poisonous answer ends in."""


Sync = Callable[[], Run]


@pytest.fixture
def sync_through_crashes(app: Flask) -> Sync:
    """Sync slice after slice as a reaper would have it, whatever crashes."""

    def run_it() -> Run:
        started = services.start_sync(app.extensions["settings"], LEAGUE)
        db.session.commit()
        for _ in range(20):
            try:
                return work_here(started.run.id)
            except Unbearable:
                db.session.expire_all()
                if not runs.get(started.run.id).is_active:
                    break
        return runs.get(started.run.id)

    return run_it


def poison(monkeypatch: pytest.MonkeyPatch, *ids: int, times: int = 100) -> None:
    """Reading these matches crashes, ``times`` in all."""
    read, left = steam.read_details, [times]

    def read_or_crash(fields: dict[str, object]) -> object:
        if fields.get("match_id") in ids and left[0]:
            left[0] -= 1
            raise Unbearable
        return read(fields)

    for client in (steam, opendota):
        monkeypatch.setattr(client, "read_details", read_or_crash)


def listed(sandbox: Sandbox) -> list[int]:
    truth = sandbox.world.truth(LEAGUE)
    return sorted((i for i, t in truth.items() if t["reachable"] and t["detailed"]), reverse=True)


def test_a_poisonous_match_is_named_and_all_others_are_whole(
    sync_through_crashes: Sync, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = listed(sandbox)[6]
    poison(monkeypatch, bad)
    run = sync_through_crashes()
    assert run.state == "failed"
    assert f"Match {bad} was in hand" in (run.note or "")
    with reading():
        match = db.session.get_one(Match, bad, populate_existing=True)
    assert (match.state, match.retry_count, match.next_attempt_at) == ("failed", 0, None)
    wanted = [i for i, s in true_states(sandbox.world, LEAGUE).items() if s == "detailed"]
    here = {i for i, kept in stored(LEAGUE).items() if kept["state"] == "detailed"}
    assert here == set(wanted) - {bad}


def test_the_next_run_passes_a_poisonous_match_by(
    sync_through_crashes: Sync, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, listed(sandbox)[0])
    assert sync_through_crashes().state == "failed"
    assert sync_through_crashes().state == "succeeded"


def test_a_match_wrongly_suspected_is_asked_again_in_the_same_run(
    sync_through_crashes: Sync, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    suspected = listed(sandbox)[0]
    poison(monkeypatch, suspected, times=3)
    run = sync_through_crashes()
    assert run.state == "succeeded", run.note
    with reading():
        told = [event.word for event in runs.events(run.id)]
    assert "set aside" in told
    assert stored(LEAGUE)[suspected]["state"] == "detailed"
