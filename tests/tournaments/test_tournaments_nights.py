"""An evening that crosses midnight is one night, on every day of the year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.errors import BadInput
from webapp.tournaments.local_time import read_local, to_field
from webapp.tournaments.nights import by_night, night_of, span_of

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
moments = st.integers(1_600_000_000, 1_900_000_000).map(lambda n: datetime.fromtimestamp(n, UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_after_midnight_it_is_still_the_same_night() -> None:
    saturday = date(2026, 11, 21)
    assert night_of(at("2026-11-21T19:00+01:00"), BERLIN, 6) == saturday
    assert night_of(at("2026-11-22T05:59+01:00"), BERLIN, 6) == saturday
    assert night_of(at("2026-11-22T06:00+01:00"), BERLIN, 6) == saturday + timedelta(days=1)


def test_a_night_is_that_of_its_zone() -> None:
    moment = at("2026-11-22T04:30+00:00")
    assert night_of(moment, NEW_YORK, 6) == date(2026, 11, 21)
    assert night_of(moment, ZoneInfo("Asia/Kathmandu"), 6) == date(2026, 11, 22)


@pytest.mark.parametrize(("night", "hours"), [("2026-03-28", 23), ("2026-10-24", 25)])
def test_a_night_is_an_hour_shorter_or_longer_when_the_clocks_change(
    night: str, hours: int
) -> None:
    first, after = span_of(date.fromisoformat(night), BERLIN, 6)
    assert after - first == timedelta(hours=hours)


@given(moments, st.sampled_from(ZONES), st.integers(0, 12))
def test_every_moment_lies_in_the_span_of_its_night(moment: datetime, name: str, ends: int) -> None:
    zone = ZoneInfo(name)
    first, after = span_of(night_of(moment, zone, ends), zone, ends)
    assert first <= moment < after


def test_items_come_night_by_night_in_their_order() -> None:
    evening = [at("2026-11-22T00:30+01:00"), at("2026-11-21T20:00+01:00")]
    next_one = at("2026-11-22T20:00+01:00")
    found = by_night([next_one, *evening], lambda moment: moment, BERLIN, 6)
    assert found == [
        (date(2026, 11, 21), [evening[1], evening[0]]),
        (date(2026, 11, 22), [next_one]),
    ]


@given(moments, st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]))
def test_a_field_reads_back_as_the_moment_it_shows(moment: datetime, name: str) -> None:
    zone, whole = ZoneInfo(name), moment.replace(second=0, microsecond=0)
    read = read_local(to_field(whole, zone), zone, "at")
    # An hour that comes twice is read as the first of the two.
    assert read in {whole, whole - timedelta(hours=1)}


def test_an_empty_field_is_no_time() -> None:
    assert read_local(" ", BERLIN, "at") is None
    assert to_field(None, BERLIN) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tomorrow", "a time like"),
        ("2026-11-28T20:00Z", "a time like"),
        ("0001-01-01T00:00", "a time like"),
        ("2026-03-29T02:30", "the clocks of Europe/Berlin skip 02:30"),
    ],
)
def test_what_is_no_time_there_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_local(text, BERLIN, "starts_at")
    assert why in refused.value.fields["starts_at"]
