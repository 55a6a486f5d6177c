"""Entering a match by hand: what is typed, what is stored, and taking it back."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.factories.matches import Stored, detail, fail, reload, set_state, withhold
from tests.matches.page import look, post
from webapp.accounts.models import AuditEntry, User
from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.matches import by_hand

sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)


def refused(**form: str) -> dict[str, str]:
    with pytest.raises(BadInput) as caught:
        by_hand.read_entry({"winner": "dire", **form}, BERLIN, NOW)
    return caught.value.fields


def test_the_winner_alone_is_enough() -> None:
    values = by_hand.read_entry({"winner": "dire"}, BERLIN, NOW)
    assert values == {
        "radiant_win": False,
        "radiant_score": None,
        "dire_score": None,
        "duration": None,
        "start_time": None,
    }


def test_lengths_are_read_as_the_game_shows_them() -> None:
    for text, seconds in (("38:14", 2294), ("1:02:05", 3725), ("75:00", 4500), ("0:59", 59)):
        assert (
            by_hand.read_entry({"winner": "dire", "duration": text}, BERLIN, NOW)["duration"]
            == seconds
        )
    for text in ("38", "1:75:00", "38:60", "0:00", "11:00:00", "-1:00", "38:14:", "x"):
        assert set(refused(duration=text)) == {"duration"}


def test_a_start_is_a_clock_of_the_league_s_zone() -> None:
    values = by_hand.read_entry({"winner": "dire", "start": "2026-11-21T23:02"}, BERLIN, NOW)
    assert values["start_time"] == datetime(2026, 11, 21, 22, 2, tzinfo=UTC)
    wrong = ("21.11.2026", "2026-11-23T10:00", "1999-01-01T10:00", "2026-03-29T02:30")
    for text in (*wrong, "2026-11-21T23:02+00:00", "9999-12-31T23:59"):
        assert set(refused(start=text)) == {"start"}


def test_scores_are_whole_and_go_together() -> None:
    assert set(refused(radiant_score="41")) == {"dire_score"}
    assert set(refused(radiant_score="-1", dire_score="²")) == {"radiant_score", "dire_score"}
    both = by_hand.read_entry(
        {"winner": "dire", "radiant_score": "0", "dire_score": " 27 "}, BERLIN, NOW
    )
    assert (both["radiant_score"], both["dire_score"]) == (0, 27)


@sqlite
def test_every_wrong_field_is_told_at_once(admin: FlaskClient, stored: Stored) -> None:
    match_id = fail(stored.ids[0]).id
    answer = post(admin, f"/matches/{match_id}/by-hand", duration="long", start="soon")
    assert answer.status_code == 400
    for words in ("Who won is needed.", "As the game shows it", "A day and a time", 'value="long"'):
        assert words in answer.text
    assert reload(match_id).state == "failed"


@sqlite
def test_a_match_is_entered_and_audited_and_taken_back(
    admin: FlaskClient, mara: User, stored: Stored
) -> None:
    match_id = withhold(stored.ids[0]).id
    before = reload(match_id)
    was = (before.radiant_score, before.start_time, before.radiant_win)
    form = {"winner": "dire", "radiant_score": "7", "dire_score": "9", "duration": "20:00"}
    answer = post(
        admin, f"/matches/{match_id}/by-hand", **form, start="2025-11-21T23:02", state="stub"
    )
    assert answer.status_code == 303
    match = reload(match_id)
    assert (match.state, match.source, match.radiant_win) == ("detailed", "manual", False)
    assert (match.radiant_score, match.dire_score, match.duration) == (7, 9, 1200)
    assert match.start_time == datetime(2025, 11, 21, 22, 2, tzinfo=UTC)
    seen = look(admin, f"/matches/{match_id}")
    assert "By Mara Quell" in seen.text
    assert "Undo" in seen.text

    assert post(admin, f"/matches/{match_id}/undo-by-hand").status_code == 303
    match = reload(match_id)
    assert (match.state, match.source) == ("withheld", None)
    assert (match.radiant_score, match.start_time, match.radiant_win) == was
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.actor_id, entry.action, entry.target_id) for entry in entries] == [
        (mara.id, "enter match by hand", str(match_id)),
        (mara.id, "undo entry by hand", str(match_id)),
    ]
    assert entries[0].after is not None
    assert entries[0].after["duration"] == 1200


@sqlite
def test_only_what_no_source_gave_is_entered(admin: FlaskClient, stored: Stored) -> None:
    stub = set_state(stored.ids[1], "stub").id
    for match_id in (stored.ids[0], stub):
        assert admin.get(f"/matches/{match_id}/by-hand").status_code == 409
        assert post(admin, f"/matches/{match_id}/by-hand", winner="dire").status_code == 409
        assert post(admin, f"/matches/{match_id}/undo-by-hand").status_code == 409


@sqlite
def test_the_form_names_the_zone_and_the_teams(admin: FlaskClient, stored: Stored) -> None:
    match = fail(stored.ids[0])
    text = look(admin, f"/matches/{match.id}/by-hand").text
    assert "Start, in Europe/Berlin" in text
    assert f"{match.radiant_name} (Radiant)" in text


@sqlite
def test_true_details_that_came_later_are_offered_and_taken_up(
    admin: FlaskClient, client: FlaskClient, stored: Stored
) -> None:
    match_id = stored.ids[0]
    truth = reload(match_id)
    expected = (truth.radiant_win, truth.radiant_score, truth.duration)
    fail(match_id)
    post(admin, f"/matches/{match_id}/by-hand", winner="dire" if truth.radiant_win else "radiant")
    assert post(admin, f"/matches/{match_id}/use-offered").status_code == 409
    detail(stored, [match_id], "sequence")
    assert reload(match_id).source == "manual"
    assert "Use Steam\u2019s data" in look(admin, f"/matches/{match_id}").text
    assert "Use Steam\u2019s data" not in look(client, f"/matches/{match_id}").text

    assert post(admin, f"/matches/{match_id}/use-offered").status_code == 303
    match = reload(match_id)
    assert (match.state, match.source, match.offered_source) == ("detailed", "sequence", None)
    assert (match.radiant_win, match.radiant_score, match.duration) == expected
    assert match.before_manual is None
    assert db.session.scalar(sa.select(sa.func.max(AuditEntry.action))) == "use offered details"
