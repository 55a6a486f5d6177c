from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.core import figures

NOW = datetime(2026, 11, 22, 1, 14, tzinfo=UTC)  # Sunday 02:14 in Berlin
BERLIN = ZoneInfo("Europe/Berlin")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]  # year, month, day, hour, minute


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (at(2026, 11, 22, 0, 5), "01:05"),
        (at(2026, 11, 21, 23, 30), "00:30"),
        (at(2026, 11, 21, 22, 2), "yesterday 23:02"),
        (at(2026, 11, 22, 23, 30), "tomorrow 00:30"),
        (at(2026, 11, 19, 22, 48), "Thu 23:48"),
        (at(2026, 11, 9, 20, 17), "9 Nov"),
        (at(2025, 11, 22, 1, 14), "22 Nov 2025"),
    ],
)
def test_a_short_time_says_no_more_than_is_needed(moment: datetime, words: str) -> None:
    assert figures.local(moment, BERLIN, NOW, "short") == words


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("minute", "Sat 21 Nov, 23:02"),
        ("date", "Sat 21 Nov"),
        ("clock", "23:02"),
        ("second", "23:02:09"),
    ],
)
def test_a_time_is_told_in_the_readers_zone(style: str, words: str) -> None:
    moment = datetime(2026, 11, 21, 22, 2, 9, tzinfo=UTC)
    assert figures.local(moment, BERLIN, NOW, style) == words


def test_today_is_the_readers_today() -> None:
    moment = at(2026, 11, 21, 23, 30)
    assert figures.local(moment, ZoneInfo("UTC"), NOW, "short") == "yesterday 23:30"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(12, "12 s ago"), (245, "4 min ago"), (7300, "2 h ago"), (260_000, "3 days ago")],
)
def test_how_long_ago(seconds: int, words: str) -> None:
    assert figures.ago(NOW - timedelta(seconds=seconds), NOW) == words


def test_what_is_to_come_is_in_so_much() -> None:
    assert figures.ago(NOW + timedelta(minutes=4), NOW) == "in 4 min"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(2294, "38:14"), (3725, "1:02:05"), (0, figures.DASH), (None, figures.DASH)],
)
def test_the_length_of_a_game(seconds: int | None, words: str) -> None:
    assert figures.game_clock(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (12, "12 s"),
        (64, "1 min 04 s"),
        (7500, "2 h 05 min"),
        (260_000, "3 days"),
        (59.7, "1 min 00 s"),
    ],
)
def test_how_long_something_took(seconds: float, words: str) -> None:
    assert figures.span(seconds) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"),
        (999, "999"),
        (24_130, "24.1k"),
        (999_949, "999.9k"),
        (999_950, "1.0M"),
        (None, figures.DASH),
    ],
)
def test_thousands_are_shortened(number: int | None, words: str) -> None:
    assert figures.k(number) == words


def test_digits_stand_in_groups_that_do_not_break() -> None:
    assert figures.thin(8_604_117) == "8\u202f604\u202f117"


def test_a_share_is_nothing_or_all_only_when_it_is() -> None:
    shown = [figures.share(part, 731).replace(figures.THIN, " ") for part in (0, 1, 505, 730, 731)]
    assert shown == ["0 %", "under 1 %", "69 %", "over 99 %", "100 %"]


def test_one_match_is_not_matches() -> None:
    assert [figures.plural(n, "match", "matches") for n in (1, 0, 3)] == [
        "1 match",
        "0 matches",
        "3 matches",
    ]
