"""Rounds against a stand-in: what spends a try, what spends none, and what comes of it."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from flask import Flask

from tests.sync.compare import assert_equals_truth, stored
from tests.sync.conftest import LEAGUE, Sync
from webapp.core.db import db
from webapp.core.runs.jobs import work_here
from webapp.core.sources import Source
from webapp.core.time import utcnow
from webapp.matches import services as matches
from webapp.matches.models import Match, RawPayload, RoundAnswer
from webapp.sandbox.server import Sandbox
from webapp.sync import details, services


def states() -> dict[str, int]:
    db.session.rollback()
    return matches.counts(LEAGUE)


def row(match_id: int) -> Match:
    db.session.rollback()
    return db.session.get_one(Match, match_id, populate_existing=True)


def one_listed(sandbox: Sandbox) -> int:
    truth = sandbox.world.truth(LEAGUE)
    return next(i for i, told in truth.items() if told["reachable"] and told["detailed"])


def wake_all() -> None:
    db.session.rollback()
    db.session.execute(
        sa.update(Source).where(Source.open_until.is_not(None)).values(open_until=utcnow())
    )
    db.session.commit()


def the_withheld(sandbox: Sandbox) -> int:
    return next(i for i, told in sandbox.world.truth(LEAGUE).items() if told["withheld"])


def test_a_withheld_match_is_a_stub_for_two_rounds_and_withheld_at_the_third(
    sync: Sync, sandbox: Sandbox
) -> None:
    withheld = the_withheld(sandbox)
    for rounds, state in ((1, "stub"), (2, "stub"), (3, "withheld")):
        sync()
        assert (row(withheld).state, row(withheld).retry_count) == (state, rounds)
    sync()
    assert row(withheld).retry_count == 3
    assert row(withheld).next_attempt_at is None
    assert "another match came" in (row(withheld).fetch_error or "")
    asked = [
        call for call in sandbox.calls.all("sequence") if row(withheld).match_seq_num in call.ids
    ]
    assert len(asked) == 3


def test_an_unreadable_answer_makes_a_match_failed_and_its_body_is_kept(
    sync: Sync, sandbox: Sandbox
) -> None:
    broken = one_listed(sandbox)
    seq = sandbox.world.truth(LEAGUE)[broken]["match_seq_num"]
    sandbox.faults.add("empty_object", "sequence", ids=(seq,))
    sandbox.faults.add("empty_object", "opendota", ids=(broken,))
    sync(), sync(), sync()
    assert (row(broken).state, row(broken).retry_count) == ("failed", 3)
    raw = db.session.scalars(sa.select(RawPayload).where(RawPayload.match_id == broken)).all()
    assert raw
    assert not any(one.readable for one in raw)


def test_a_retry_asks_every_source_afresh(sync: Sync, retry: Sync, sandbox: Sandbox) -> None:
    broken = one_listed(sandbox)
    seq = sandbox.world.truth(LEAGUE)[broken]["match_seq_num"]
    sandbox.faults.add("definite", "sequence", ids=(seq,), body="Match ID not found")
    sandbox.faults.add("status", "opendota", ids=(broken,), status=404)
    sync(), sync(), sync()
    assert row(broken).state == "withheld"
    sandbox.faults.clear()
    run = retry([broken])
    assert run.state == "succeeded"
    assert (row(broken).state, row(broken).retry_count) == ("detailed", 0)
    assert_equals_truth(sandbox.world, LEAGUE)


def test_a_source_struck_out_on_every_side_withholds_a_match_at_once(
    sync: Sync, sandbox: Sandbox, app: Flask
) -> None:
    broken = one_listed(sandbox)
    seq = sandbox.world.truth(LEAGUE)[broken]["match_seq_num"]
    sandbox.faults.add("private", "sequence", ids=(seq,))
    sandbox.faults.add("definite", "opendota", ids=(broken,))
    sandbox.faults.add("status", "opendota", ids=(broken,), status=404)
    sync()
    answers = db.session.scalars(
        sa.select(RoundAnswer.answer).where(
            RoundAnswer.match_id == broken, RoundAnswer.source == "sequence"
        )
    ).all()
    assert answers == ["definite"]


def test_a_neighbours_match_is_refused(sync: Sync, sandbox: Sandbox) -> None:
    sandbox.faults.add("neighbour", "sequence")
    sandbox.faults.add("neighbour", "opendota", ids=tuple(sandbox.world.truth(LEAGUE)))
    sync()
    assert set(stored(LEAGUE)) == {
        i for i, told in sandbox.world.truth(LEAGUE).items() if told["known"]
    }
    assert states()["detailed"] == 0
    assert states()["total"] == states()["stub"]


def test_outages_spend_no_try_and_the_run_says_who_rests(sync: Sync, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", "sequence", status=500)
    sandbox.faults.add("status", "opendota", status=503, ids=tuple(sandbox.world.truth(LEAGUE)))
    run = sync()
    assert run.state == "degraded"
    assert "none loses a try" in (run.note or "")
    assert states()["stub"] == states()["total"]
    assert db.session.scalar(sa.select(sa.func.max(Match.retry_count))) == 0
    assert len(sandbox.calls.all("sequence")) == 5
    sandbox.faults.clear()
    wake_all()
    assert sync().state == "succeeded"
    assert_equals_truth(sandbox.world, LEAGUE)


def test_random_throttling_only_slows(sync: Sync, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", "*", status=429, chance=0.3, seed=5)
    truth = sandbox.world.truth(LEAGUE)
    wanted = sum(told["detailed"] for told in truth.values())
    for _ in range(40):
        sync()
        if states()["detailed"] == wanted:
            break
        wake_all()
    assert states()["detailed"] == wanted
    good = [i for i, told in truth.items() if told["detailed"]]
    assert {row(i).retry_count for i in good} == {0}


def test_a_match_its_source_never_answers_fails_after_eight_silent_rounds(
    sync: Sync, sandbox: Sandbox, app: Flask
) -> None:
    broken = one_listed(sandbox)
    seq = sandbox.world.truth(LEAGUE)[broken]["match_seq_num"]
    sandbox.faults.add("status", "sequence", ids=(seq,), status=500)
    sandbox.faults.add("status", "opendota", ids=(broken,), status=500)
    for _ in range(9):
        wake_all()
        for match_id in sandbox.world.truth(LEAGUE):
            if match_id != broken:
                db.session.execute(
                    sa.update(Match)
                    .where(Match.id == match_id, Match.state == "detailed")
                    .values(state="stub", source=None, next_attempt_at=utcnow())
                )
        db.session.commit()
        sync()
        if row(broken).state == "failed":
            break
    assert row(broken).state == "failed"
    assert row(broken).retry_count == 0
    assert "8 rounds" in (row(broken).fetch_error or "")


def test_a_retry_pressed_during_a_sync_is_honoured_before_it_ends(
    app: Flask, sync: Sync, sandbox: Sandbox, monkeypatch
) -> None:
    sync(), sync(), sync()
    withheld = the_withheld(sandbox)
    assert row(withheld).state == "withheld"
    sandbox.world.change(withheld, withheld=False)
    sandbox.world.add_match(LEAGUE)
    started = services.start_sync(app.extensions["settings"], LEAGUE)
    db.session.commit()
    storing = details.Detailer._store
    pressed: list[bool] = []

    def press_then_store(self, told, fetcher) -> None:
        if not pressed:
            joined, number = services.retry(LEAGUE)
            pressed.append(joined.created)
            assert number == 1
            db.session.commit()
        storing(self, told, fetcher)

    monkeypatch.setattr(details.Detailer, "_store", press_then_store)
    run = work_here(started.run.id)
    assert pressed == [False]
    assert run.state == "succeeded"
    assert row(withheld).state == "detailed"
    assert run.done == run.total == 2


def test_what_was_told_before_a_retry_does_not_count(
    app: Flask, sandbox: Sandbox, sync: Sync, monkeypatch
) -> None:
    started = services.start_sync(app.extensions["settings"], LEAGUE)
    db.session.commit()
    withheld = the_withheld(sandbox)
    storing = details.Detailer._store

    def reset_then_store(self, told, fetcher) -> None:
        if any(t.stub.match_id == withheld for t in told):
            matches.retry(LEAGUE, [withheld])
            db.session.commit()
            monkeypatch.undo()
        storing(self, told, fetcher)

    monkeypatch.setattr(details.Detailer, "_store", reset_then_store)
    work_here(started.run.id)
    assert row(withheld).retry_count == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RoundAnswer)) == 0


def test_what_was_entered_by_hand_is_kept_and_the_truth_is_offered(
    app: Flask, sync: Sync, retry: Sync, sandbox: Sandbox
) -> None:
    withheld = the_withheld(sandbox)
    sync(), sync(), sync()
    matches.enter_by_hand(row(withheld), {"radiant_win": True, "radiant_score": 3})
    db.session.commit()
    sandbox.world.change(withheld, withheld=False)
    db.session.execute(
        sa.update(Match).where(Match.id == withheld).values(next_attempt_at=utcnow())
    )
    db.session.commit()
    assert sync().state == "succeeded"
    match = row(withheld)
    assert (match.source, match.radiant_score) == ("manual", 3)
    assert match.offered_source in {"sequence", "opendota"}
    matches.undo_by_hand(match)
    db.session.commit()
    assert row(withheld).state == "withheld"


def test_without_a_key_opendota_is_asked_alone_and_no_try_is_spent(
    app: Flask, sync: Sync, retry: Sync, sandbox: Sandbox
) -> None:
    withheld = the_withheld(sandbox)
    sync(), sync(), sync()
    app.extensions["settings"] = replace(app.extensions["settings"], steam_api_key="")
    sandbox.calls.reset()
    run = retry([withheld])
    assert run.state == "degraded"
    assert not sandbox.calls.all("sequence")
    assert (row(withheld).state, row(withheld).retry_count) == ("stub", 0)
