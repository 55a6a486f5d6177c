"""*Failed and withheld*: the list, and retrying one, the ticked, or all that are filtered."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.api.rows import statements
from tests.factories.matches import (
    LEAGUE,
    Stored,
    fail,
    make_world,
    reload,
    silence,
    store_league,
    withhold,
)
from tests.matches.page import Seen, look, post
from webapp.accounts.models import AuditEntry, User
from webapp.core.db import db
from webapp.core.runs.models import Run
from webapp.leagues.models import League
from webapp.matches import failed
from webapp.matches.models import Match

LIST = f"/leagues/{LEAGUE}/failed"
sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def troubled(stored: Stored) -> Stored:
    """Of the twelve newest: 0 unreadable, 1 silent, 2 absent, 3 refused and a month old."""
    fail(stored.ids[0], played_ago=timedelta(hours=5))
    silence(stored.ids[1], played_ago=timedelta(days=2))
    withhold(stored.ids[2], played_ago=timedelta(days=3))
    withhold(stored.ids[3], refused=["sequence"], played_ago=timedelta(days=30))
    return stored


def states(stored: Stored, number: int = 5) -> list[str]:
    db.session.rollback()
    rows = db.session.execute(sa.select(Match.id, Match.state).where(Match.id.in_(stored.ids)))
    found = {row.id: row.state for row in rows}
    return [found[match_id] for match_id in stored.ids[:number]]


def runs() -> list[Run]:
    return list(db.session.scalars(sa.select(Run).order_by(Run.id)))


def test_each_match_stands_with_its_reason(admin: FlaskClient, troubled: Stored) -> None:
    seen = look(admin, LIST)
    assert list(dict.fromkeys(i for i in seen.match_ids)) == troubled.ids[:4]
    for words in (
        "It came, but could not be read",
        "OpenDota answers others, but not this one",
        "No source has it",
        "Steam will never give it",
        "Steam, by sequence: the answer has no players; OpenDota: does not have it",
        "8 silent rounds",
        "tonight 04:00 UTC",
        "by a person",
        "Retry all 4 filtered",
        "All 4",
        "Failed 2",
        "Withheld 2",
    ):
        assert words in seen.text


def test_a_league_off_the_timetable_waits_for_a_person(
    admin: FlaskClient, troubled: Stored
) -> None:
    db.session.get_one(League, LEAGUE).on_timetable = False
    db.session.commit()
    assert "tonight" not in look(admin, LIST).text


def test_filters_by_state_and_reason(admin: FlaskClient, troubled: Stored) -> None:
    ids = troubled.ids
    for query, expected in (
        ("state=failed", ids[:2]),
        ("state=withheld", ids[2:4]),
        ("reason=never", [ids[3]]),
        ("reason=silent", [ids[1]]),
        ("state=failed&reason=never", []),
    ):
        assert look(admin, f"{LIST}?{query}").match_ids == expected
    assert "None of them" in look(admin, f"{LIST}?state=failed&reason=never").text
    assert admin.get(f"{LIST}?state=stub").status_code == 400
    assert admin.get(f"{LIST}?reason=bored").status_code == 400


@sqlite
def test_nothing_failed_is_said_so(admin: FlaskClient, stored: Stored) -> None:
    assert "Nothing waits for you" in look(admin, LIST).text
    assert "Nothing waits for you" in look(admin, "/failed").text


@sqlite
def test_the_list_is_the_admins(client: FlaskClient, player: FlaskClient, troubled: Stored) -> None:
    for path in (LIST, "/failed", f"/matches/{troubled.ids[0]}/raw/opendota"):
        assert client.get(path).status_code == 303
        assert player.get(path).status_code == 403
    unsafe = (f"{LIST}/retry", "/failed/retry", f"/matches/{troubled.ids[0]}/retry")
    for path in unsafe:
        assert post(client, path, all="1").status_code in {303, 401}
        assert post(player, path, all="1").status_code == 403
    assert states(troubled) == ["failed", "failed", "withheld", "withheld", "detailed"]
    assert runs() == []


@sqlite
def test_a_retry_without_the_page_s_token_is_refused(admin: FlaskClient, troubled: Stored) -> None:
    assert admin.post(f"{LIST}/retry", data={"all": "1"}).status_code == 400
    assert states(troubled)[0] == "failed"


def test_the_ticked_matches_are_retried(admin: FlaskClient, mara: User, troubled: Stored) -> None:
    ticked = [troubled.ids[0], troubled.ids[2]]
    answer = post(admin, f"{LIST}/retry", match=ticked)
    assert answer.status_code == 303
    assert answer.headers["Location"] == LIST
    assert states(troubled) == ["stub", "failed", "stub", "withheld", "detailed"]
    assert reload(ticked[0]).retry_count == 0
    (run,) = runs()
    assert (run.key, run.requested_by, run.params) == (f"league:{LEAGUE}", mara.id, {"retry": True})
    assert "asked afresh for 2 matches" in look(admin, LIST).text
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.target_kind, entry.target_id) == ("retry", "league", str(LEAGUE))
    assert entry.after == {"matches": 2, "ids": sorted(ticked)}


@sqlite
def test_a_row_s_own_button_outranks_the_ticks(admin: FlaskClient, troubled: Stored) -> None:
    form = {"match": troubled.ids[:4], "one": str(troubled.ids[1])}
    assert post(admin, f"{LIST}/retry", **form).status_code == 303
    assert states(troubled) == ["failed", "stub", "withheld", "withheld", "detailed"]


def test_all_that_is_filtered_is_retried_and_nothing_else(
    admin: FlaskClient, troubled: Stored
) -> None:
    answer = post(admin, f"{LIST}/retry?state=withheld&reason=absent", all="1")
    assert answer.headers["Location"] == f"{LIST}?state=withheld&reason=absent"
    assert states(troubled) == ["failed", "failed", "stub", "withheld", "detailed"]


@sqlite
def test_all_filtered_reaches_past_the_page(
    admin: FlaskClient, troubled: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failed, "PER_PAGE", 2)
    monkeypatch.setattr("webapp.sync.retry_routes.AT_ONCE", 3)
    assert "Retry all 4 filtered" in look(admin, LIST).text
    assert post(admin, f"{LIST}/retry", all="1").status_code == 303
    assert states(troubled) == ["stub"] * 4 + ["detailed"]
    assert len(runs()) == 1


@sqlite
def test_rows_change_in_place_with_htmx(admin: FlaskClient, troubled: Stored) -> None:
    answer = post(admin, f"{LIST}/retry", htmx=True, one=str(troubled.ids[1]))
    assert answer.status_code == 200
    assert "asked afresh for 1 match" in answer.headers["HX-Trigger"]
    seen = Seen(answer.text)
    assert "Failed and withheld 3" in seen.text
    assert seen.match_ids == troubled.ids[:4]
    assert "Every source is asked afresh" in seen.text
    assert "Retry all 3 filtered" in seen.text
    kept = [a["value"] for tag, a in seen.tags if a.get("name") == "kept"]
    assert kept == [str(troubled.ids[1])]
    links = {link for link in seen.links if "retry" in link}
    assert links == set()

    again = post(
        admin, f"{LIST}/retry", htmx=True, one=str(troubled.ids[0]), kept=str(troubled.ids[1])
    )
    assert Seen(again.text).match_ids == troubled.ids[:4]
    last = post(admin, f"{LIST}/retry", htmx=True, all="1")
    assert Seen(last.text).match_ids == troubled.ids[2:4]


@sqlite
def test_nothing_ticked_is_told(admin: FlaskClient, troubled: Stored) -> None:
    assert post(admin, f"{LIST}/retry").status_code == 400
    assert post(admin, f"{LIST}/retry", match=["x", "-5", "9" * 30]).status_code == 400
    entries = db.session.scalars(sa.select(AuditEntry.outcome)).all()
    assert entries == ["refused", "refused"]


@sqlite
def test_a_second_press_is_told_that_nothing_is_left(admin: FlaskClient, troubled: Stored) -> None:
    form = {"one": str(troubled.ids[0])}
    post(admin, f"{LIST}/retry", **form)
    assert post(admin, f"{LIST}/retry", **form).status_code == 409


@sqlite
def test_a_match_of_another_league_is_not_retried_from_here(
    admin: FlaskClient, troubled: Stored
) -> None:
    other = store_league(make_world(3, 18204, "Copper Coast Cup"))
    fail(other.ids[0])
    assert post(admin, f"{LIST}/retry", match=[other.ids[0]]).status_code == 409
    assert reload(other.ids[0]).state == "failed"


@sqlite
def test_the_list_of_all_leagues_retries_each_in_its_own_run(
    admin: FlaskClient, troubled: Stored
) -> None:
    other = store_league(make_world(3, 18204, "Copper Coast Cup"))
    fail(other.ids[0])
    seen = look(admin, "/failed")
    assert "Retry all 5 filtered" in seen.text
    assert "Copper Coast Cup" in seen.text
    assert post(admin, "/failed/retry?state=failed", all="1").status_code == 303
    assert sorted(run.key for run in runs()) == ["league:17929", "league:18204"]
    assert reload(other.ids[0]).state == "stub"
    assert states(troubled) == ["stub", "stub", "withheld", "withheld", "detailed"]
    assert len(db.session.scalars(sa.select(AuditEntry)).all()) == 1


@sqlite
def test_the_match_page_retries_too(admin: FlaskClient, troubled: Stored) -> None:
    path = f"/matches/{troubled.ids[0]}"
    answer = post(admin, f"{path}/retry")
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert states(troubled)[0] == "stub"
    assert post(admin, f"{path}/retry").status_code == 303
    assert post(admin, f"/matches/{troubled.ids[5]}/retry").status_code == 409


@sqlite
def test_the_list_asks_little(admin: FlaskClient) -> None:
    stored = store_league(make_world(60))
    for match_id in stored.ids[:55]:
        fail(match_id)
    for path in (LIST, "/failed"):
        with statements() as asked:
            seen = look(admin, path)
        assert len(seen.match_ids) == 50
        assert len(asked) <= 12, asked
    assert len(look(admin, look(admin, LIST).link("next")).match_ids) == 5
