"""Reading a kept raw answer again, and the pages that show one."""

from __future__ import annotations

import json
import zlib
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.factories.matches import Stored, detail, fail, reload
from tests.matches.page import look, post
from webapp.accounts.models import AuditEntry
from webapp.clients.fields import Unreadable
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.matches import reread, store
from webapp.matches.models import Match, RawPayload

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize("source", ["sequence", "opendota", "details"])
def test_every_source_s_answer_reads_as_the_same_match(stored: Stored, source: str) -> None:
    match_id = stored.ids[0]
    details = reread.read_body(source, match_id, stored.body(match_id, source))
    assert details.match_id == match_id
    assert len(details.players) == 10


def test_an_answer_of_another_match_is_refused(stored: Stored) -> None:
    for source in ("sequence", "opendota", "details"):
        with pytest.raises(Unreadable, match="another match"):
            reread.read_body(source, stored.ids[1], stored.body(stored.ids[0], source))
    for body in (b"", b"[]", b'{"result": {}}', b"<html>"):
        with pytest.raises(Unreadable):
            reread.read_body("sequence", stored.ids[0], body)


def test_an_answer_that_could_not_be_read_is_read_by_a_better_parser(
    admin: FlaskClient, stored: Stored
) -> None:
    match_id = fail(stored.ids[0]).id
    long_ago = utcnow() - timedelta(days=3)
    store.store_raw([(match_id, "opendota", stored.body(match_id), False)], long_ago)
    db.session.commit()
    asked = reload(match_id).last_fetch_attempt
    answer = post(admin, f"/matches/{match_id}/raw/opendota/reread")
    assert answer.status_code == 303
    match = reload(match_id)
    assert (match.state, match.source, match.fetch_error) == ("detailed", "opendota", None)
    assert match.last_fetch_attempt == asked
    payload = db.session.get_one(RawPayload, (match_id, "opendota"))
    assert payload.fetched_at == long_ago
    assert payload.readable
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert entry.before == {"state": "failed", "source": None}
    assert entry.after == {"state": "detailed", "source": "opendota"}


def test_what_still_cannot_be_read_changes_nothing(admin: FlaskClient, stored: Stored) -> None:
    match_id = fail(stored.ids[0]).id
    store.store_raw([(match_id, "sequence", b'{"result": {"matches": []}}', False)], utcnow())
    db.session.commit()
    answer = post(admin, f"/matches/{match_id}/raw/sequence/reread")
    assert answer.status_code == 409
    assert "still cannot be read" in answer.text
    assert reload(match_id).state == "failed"
    assert post(admin, f"/matches/{match_id}/raw/details/reread").status_code == 404


def test_reading_a_detailed_match_again_changes_no_figure(
    admin: FlaskClient, stored: Stored
) -> None:
    match_id = stored.ids[0]
    before = [(line.player_slot, line.kills, line.item_0) for line in reload(match_id).lines]
    assert post(admin, f"/matches/{match_id}/raw/opendota/reread").status_code == 303
    after = [(line.player_slot, line.kills, line.item_0) for line in reload(match_id).lines]
    assert after == before


def test_a_match_entered_by_hand_is_not_read_over(admin: FlaskClient, stored: Stored) -> None:
    match_id = fail(stored.ids[0]).id
    post(admin, f"/matches/{match_id}/by-hand", winner="dire")
    assert post(admin, f"/matches/{match_id}/raw/opendota/reread").status_code == 409
    assert reload(match_id).source == "manual"


def test_the_raw_answer_is_shown_and_downloaded_as_it_came(
    admin: FlaskClient, stored: Stored
) -> None:
    match_id = stored.ids[0]
    payload = db.session.get_one(RawPayload, (match_id, "opendota"))
    text = look(admin, f"/matches/{match_id}/raw/opendota").text
    assert payload.sha256 in text
    assert f'"match_id": {match_id}' in text
    download = admin.get(f"/matches/{match_id}/raw/opendota?download=1")
    assert download.data == stored.body(match_id) == zlib.decompress(payload.body)
    assert download.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(download.data)["match_id"] == match_id
    assert admin.get(f"/matches/{match_id}/raw/sequence").status_code == 404
    assert admin.get(f"/matches/{match_id}/raw/elsewhere").status_code == 404


def test_an_answer_that_is_no_json_is_shown_as_text(admin: FlaskClient, stored: Stored) -> None:
    match_id = stored.ids[0]
    body = b"<script>alert(1)</script>\xff"
    store.store_raw([(match_id, "sequence", body, False)], utcnow())
    db.session.commit()
    seen = look(admin, f"/matches/{match_id}/raw/sequence")
    assert "<script>alert(1)</script>" in seen.text
    assert "no, when it came" in seen.text


def test_a_long_answer_is_shown_in_part(
    admin: FlaskClient, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.matches.admin_routes.SHOWN_CHARACTERS", 50)
    assert (
        "the download has all of it" in look(admin, f"/matches/{stored.ids[0]}/raw/opendota").text
    )


def test_a_source_that_gives_details_again_is_named(stored: Stored) -> None:
    detail(stored, [stored.ids[0]], "sequence")
    assert [one.source for one in reread.payloads_of(stored.ids[0])] == ["sequence", "opendota"]
    assert db.session.get_one(Match, stored.ids[0]).source == "sequence"
