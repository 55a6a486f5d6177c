"""The time that is left, from the pace measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from webapp.sync.pace import in_words, seconds_left

BEGAN = datetime(2026, 3, 1, 18, tzinfo=UTC)


def test_half_done_takes_as_long_again() -> None:
    assert seconds_left(225, 450, BEGAN, BEGAN + timedelta(minutes=4)) == 240


@pytest.mark.parametrize(
    ("done", "total", "began", "seconds"),
    [
        (0, 450, BEGAN, 60),
        (5, None, BEGAN, 60),
        (5, 450, None, 60),
        (5, 5, BEGAN, 60),
        (1, 9, BEGAN, 1),
    ],
)
def test_nothing_is_guessed_where_nothing_can_be_known(
    done: int, total: int | None, began: datetime | None, seconds: int
) -> None:
    assert seconds_left(done, total, began, BEGAN + timedelta(seconds=seconds)) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (3, "a few seconds left"),
        (24, "about 20 s left"),
        (240, "about 4 min left"),
        (9000, "about 2 h left"),
        (200_000, "about 2 days left"),
    ],
)
def test_the_guess_is_told_as_coarsely_as_it_is(seconds: float | None, words: str) -> None:
    assert in_words(seconds) == words
