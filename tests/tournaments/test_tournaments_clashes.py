"""What cannot be played as it is scheduled, and what rounds, slots and calendars call things."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from tests.tournaments.series import series
from webapp.core.errors import BadInput
from webapp.tournaments.calendar_feed import feed
from webapp.tournaments.clashes import Clash, Planned, clashes
from webapp.tournaments.models import Tournament
from webapp.tournaments.rounds import labels_of, round_name, rounds_of, slot_words
from webapp.tournaments.schedule import planned, spread

START = datetime(2026, 11, 21, 19, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def slot(number: int, minutes: int, *teams: int, best_of: int = 3, fed_by: int = 0) -> Planned:
    fed = (fed_by,) if fed_by else ()
    return Planned(number, START + minutes * MINUTE, best_of, teams, fed)


def test_a_team_in_two_series_at_once_is_told_of_both() -> None:
    assert clashes([slot(1, 0, 10, 11), slot(2, 0, 11, 12)]) == [
        Clash(2, 1, 11, "at_once"),
        Clash(1, 2, 11, "at_once"),
    ]


@pytest.mark.parametrize(("best_of", "minutes"), [(1, 75), (2, 150), (3, 225), (5, 375)])
def test_a_series_may_take_all_its_games(best_of: int, minutes: int) -> None:
    first = slot(1, 0, 10, 11, best_of=best_of)
    assert clashes([first, slot(2, minutes, 10, 12)]) == []
    assert clashes([slot(2, minutes - 1, 10, 12), first]) == [Clash(2, 1, 10, "too_close")]


def test_a_long_series_reaches_past_the_next_one() -> None:
    found = clashes([slot(1, 0, 10, best_of=5), slot(2, 100, 10, best_of=1), slot(3, 300, 10)])
    assert {(one.series, one.other) for one in found} == {(2, 1), (3, 1)}


def test_a_series_waits_for_those_that_feed_it() -> None:
    assert clashes([slot(1, 0), slot(2, 100, fed_by=1)]) == [Clash(2, 1, None, "too_early")]
    assert clashes([slot(1, 0), slot(2, 225, fed_by=1)]) == []
    assert clashes([slot(2, 0, fed_by=9)]) == []


def test_what_is_settled_or_has_no_time_clashes_with_nothing() -> None:
    found = planned([series(1, scheduled_at=START, state="done"), series(2)])
    assert found == []


def test_a_round_is_spread_over_those_still_to_be_played() -> None:
    some = [series(1), series(2, state="done"), series(3)]
    assert spread(some, START, 30) == {1: START, 3: START + 30 * MINUTE}
    with pytest.raises(BadInput) as refused:
        spread(some, START, -1)
    assert set(refused.value.fields) == {"spacing"}


@pytest.mark.parametrize(
    ("bracket", "number", "last", "name"),
    [
        ("winners", 1, {"winners": 3}, "Quarterfinals"),
        ("winners", 1, {"winners": 4}, "Round 1"),
        ("winners", 3, {"winners": 3}, "Final"),
        ("winners", 2, {"winners": 3, "losers": 4}, "Upper semifinals"),
        ("losers", 2, {"winners": 3, "losers": 4}, "Lower round 2"),
        ("losers", 3, {"winners": 3, "losers": 4}, "Lower semifinal"),
        ("losers", 4, {"winners": 3, "losers": 4}, "Lower final"),
        ("final", 1, {"final": 2}, "Grand final"),
        ("final", 2, {"final": 2}, "Grand final, second series"),
        ("third_place", 1, {}, "Third place"),
        ("group", 2, {"group": 3}, "Group round 2"),
    ],
)
def test_rounds_have_the_names_people_give_them(
    bracket: str, number: int, last: dict[str, int], name: str
) -> None:
    assert round_name(bracket, number, last) == name


def test_the_rounds_of_all_groups_are_one() -> None:
    some = [
        series(1, bracket="group", group="A"),
        series(2, bracket="group", group="A", round=2),
        series(3, bracket="group", group="B"),
    ]
    found = {each.key.text: [one.id for one in each.series] for each in rounds_of(some)}
    assert found == {"group-1": [1, 3], "group-2": [2]}


def test_a_slot_says_who_stands_there_or_will() -> None:
    one = series(1, team_a_id=7, a_team_id=7, vacant_b=True)
    fed = series(2, a_kind="winner", a_series_id=1, b_kind="group", b_group="A", b_place=2)
    fourth = series(3, a_kind="loser", a_series_id=1, b_kind="group", b_group="B", b_place=4)
    teams, labels = {7: "Foxglove"}, labels_of([one, fed])
    assert [slot_words(one, side, teams, labels) for side in ("a", "b")] == ["Foxglove", "bye"]
    assert [slot_words(fed, side, teams, labels) for side in ("a", "b")] == [
        "Winner of U1",
        "2nd of group A",
    ]
    assert [slot_words(fourth, side, teams, labels) for side in ("a", "b")] == [
        "Loser of U1",
        "4th of group B",
    ]


def test_a_calendar_lists_what_has_a_time_under_ids_that_stay() -> None:
    cup = Tournament(id=4, name="Emberfall; Cup, é", version=7)
    some = [
        series(1, team_a_id=7, team_b_id=8, scheduled_at=START, state="done", score_a=2, score_b=1),
        series(2),
        series(3, scheduled_at=START, skipped=True),
    ]
    teams = {7: "Fox, glove\nBEGIN:VEVENT", 8: "Saltmarsh " * 12}
    body = feed(cup, some, teams, base_url="https://aegis.example", now=START)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    read = Calendar.from_ical(body)
    (event,) = read.walk("VEVENT")
    assert str(read["x-wr-calname"]) == "Emberfall; Cup, é"
    assert str(event["uid"]) == "series-1@aegis.example"
    assert event.decoded("dtstart") == START
    assert event.decoded("dtend") == START + timedelta(minutes=225)
    assert str(event["summary"]).startswith("Fox, glove\nBEGIN:VEVENT vs Saltmarsh")
    assert "https://aegis.example/tournaments/4?series=U1" in str(event["description"])
    assert "2 : 1" in str(event["description"])
