"""The schedule: shown by night, set one by one and by round, offered as a calendar."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from werkzeug.test import TestResponse

from tests.browsers import browser, csrf_token
from tests.factories.tournaments import make_tournament, teams_of
from tests.tournaments.series import add_bracket
from webapp.accounts.models import AuditEntry
from webapp.core.db import db
from webapp.core.time import iso
from webapp.tournaments.models import Series, Tournament

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def organizer(app: Flask) -> FlaskClient:
    return browser(app, "organizer")


@pytest.fixture
def cup(app: Flask) -> Tournament:
    tournament = make_tournament(teams=4, zone="Europe/Berlin")
    add_bracket(tournament, teams_of(tournament))
    return tournament


def post(client: FlaskClient, address: str, **form: object) -> TestResponse:
    return client.post(address, data=form | {"csrf_token": csrf_token(client)})


def at(tournament: Tournament) -> str:
    return f"/tournaments/{tournament.id}/schedule"


def times() -> list[str | None]:
    db.session.rollback()
    query = sa.select(Series).order_by(Series.id).execution_options(populate_existing=True)
    return [iso(one.scheduled_at) for one in db.session.scalars(query)]


def ids(tournament: Tournament) -> list[int]:
    query = sa.select(Series.id).where(Series.tournament_id == tournament.id)
    return list(db.session.scalars(query.order_by(Series.id)))


def entry() -> AuditEntry:
    return db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()  # type: ignore[return-value]


def test_a_round_gets_its_times_at_once(organizer: FlaskClient, cup: Tournament) -> None:
    form = {"round": "winners-1", "first": "2026-11-28T20:00", "spacing": "90"}
    answer = post(organizer, f"{at(cup)}/round", **form)
    assert answer.headers["Location"] == at(cup)
    assert times() == ["2026-11-28T19:00:00Z", "2026-11-28T20:30:00Z", None]
    assert entry().before == {"U1": None, "U2": None}
    assert entry().after == {"U1": "2026-11-28T19:00:00Z", "U2": "2026-11-28T20:30:00Z"}


def test_a_settled_series_keeps_its_time(organizer: FlaskClient, cup: Tournament) -> None:
    series = db.session.get_one(Series, ids(cup)[0])
    series.state, series.scheduled_at = "done", datetime(2026, 11, 1, 19, tzinfo=UTC)
    db.session.commit()
    form = {"round": "winners-1", "first": "2026-11-28T20:00", "spacing": "0"}
    assert post(organizer, f"{at(cup)}/round", **form).status_code == 303
    assert times() == ["2026-11-01T19:00:00Z", "2026-11-28T19:00:00Z", None]


def test_times_are_set_and_taken_away_one_by_one(organizer: FlaskClient, cup: Tournament) -> None:
    one, two, three = ids(cup)
    series = db.session.get_one(Series, one)
    series.scheduled_at = datetime(2026, 11, 28, 19, 0, 30, tzinfo=UTC)
    db.session.get_one(Series, two).scheduled_at = series.scheduled_at
    db.session.commit()
    form = {f"at-{one}": "2026-11-28T20:00", f"at-{two}": "", f"at-{three}": "2026-11-29T00:30"}
    assert post(organizer, at(cup), **form).status_code == 303
    assert times() == ["2026-11-28T19:00:30Z", None, "2026-11-28T23:30:00Z"]
    assert set(entry().after) == {"U2", "U3"}


def test_wrong_times_are_named_and_nothing_is_saved(
    organizer: FlaskClient, cup: Tournament
) -> None:
    one, two, _ = ids(cup)
    answer = post(
        organizer, at(cup), **{f"at-{one}": "2026-11-28T20:00", f"at-{two}": "2026-03-29T02:30"}
    )
    assert answer.status_code == 400
    assert f'id="at-{two}-error">the clocks of Europe/Berlin skip 02:30' in answer.text
    assert 'value="2026-11-28T20:00"' in answer.text
    for form, why in (
        ({"round": "losers-9", "first": "2026-11-28T20:00", "spacing": "5"}, "choose a round"),
        ({"round": "winners-1", "first": "", "spacing": "5"}, "when its first starts"),
        ({"round": "winners-1", "first": "2026-11-28T20:00", "spacing": "x"}, "0 to 1440"),
    ):
        answer = post(organizer, f"{at(cup)}/round", **form)
        assert (answer.status_code, why in answer.text) == (400, True), form
    assert times() == [None, None, None]


def test_an_evening_past_midnight_is_one_night_and_clashes_are_told(
    app: Flask, organizer: FlaskClient, cup: Tournament
) -> None:
    one, two, three = ids(cup)
    form = {
        f"at-{one}": "2026-11-28T20:00",
        f"at-{two}": "2026-11-29T00:30",
        f"at-{three}": "2026-11-29T02:00",
    }
    post(organizer, at(cup), **form)
    page = organizer.get(at(cup)).text
    assert page.count("Sat 28 Nov 2026") == 2
    assert "Sun 29 Nov 2026" not in page
    assert "U2, which feeds it, may not be over" in page
    assert "Winner of U1" in page
    seen = browser(app, "anonymous").get(at(cup)).text
    assert "may not be over" not in seen
    assert "datetime-local" not in seen
    assert "A round at once" not in seen


def test_what_has_no_time_is_listed_by_round(app: Flask, cup: Tournament) -> None:
    page = browser(app, "anonymous").get(at(cup)).text
    assert page.index("Semifinals") < page.index("Final")


def test_without_a_bracket_there_is_nothing_to_schedule(organizer: FlaskClient) -> None:
    draft = make_tournament(teams=2)
    assert "No bracket yet" in organizer.get(at(draft)).text


def test_the_calendar_has_what_has_a_time(
    app: Flask, organizer: FlaskClient, cup: Tournament
) -> None:
    post(organizer, f"{at(cup)}/round", round="winners-1", first="2026-11-28T20:00", spacing="0")
    answer = browser(app, "anonymous").get(f"/tournaments/{cup.id}/calendar.ics")
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    events = Calendar.from_ical(answer.data).walk("VEVENT")
    assert [str(event["uid"]) for event in events] == [
        f"series-{one}@127.0.0.1" for one in ids(cup)[:2]
    ]
    assert str(events[0]["summary"]) == "Team 1 vs Team 4 (U1, best of 3)"
