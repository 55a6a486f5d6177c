"""The walk reaches every id a list gives, whatever the list gets wrong, and always ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webapp.sync.walk import MOST_PAGES, Walk, advance


def first_walk(**changes: object) -> Walk:
    return Walk(**{"full": True, "past_known": True, "started_at": "2026-11-22", **changes})


def walk_through(
    league: list[int], size: int, *, known: set[int], walk: Walk
) -> tuple[Walk, set[int]]:
    """Walk a truthful list; returns the walk and every id it saw."""
    seen: set[int] = set()
    newest_first = sorted(league, reverse=True)
    while walk.step == "history":
        rows = [i for i in newest_first if walk.start_at is None or i <= walk.start_at]
        page = rows[:size]
        walk = advance(
            walk, page, len(rows) - len(page), wholly_known=bool(page) and set(page) <= known | seen
        )
        seen |= set(page)
    return walk, seen


@given(
    st.sets(st.integers(1, 10_000), max_size=150),
    st.integers(1, 30),
)
def test_a_first_walk_sees_every_id_of_a_list(league: set[int], size: int) -> None:
    walk, seen = walk_through(sorted(league), size, known=set(), walk=first_walk())
    assert seen == league
    assert walk.incomplete is None
    assert walk.pages <= len(league) // size + 3


def test_a_page_wholly_known_ends_a_walk_whose_last_one_was_complete() -> None:
    league = list(range(1, 301))
    walk, seen = walk_through(
        league, 100, known=set(range(1, 299)), walk=first_walk(full=False, past_known=False)
    )
    assert seen == set(range(101, 301))
    assert walk.pages == 2
    assert walk.step == "end"


def test_an_open_walk_goes_on_past_known_pages() -> None:
    _, seen = walk_through(
        list(range(1, 301)),
        100,
        known=set(range(101, 301)),
        walk=first_walk(full=False, past_known=True),
    )
    assert seen == set(range(1, 301))


def test_a_short_page_does_not_end_a_walk() -> None:
    walk = advance(first_walk(), [50, 49], 300, wholly_known=False)
    assert walk.step == "history"
    assert walk.start_at == 48


def test_an_empty_page_in_the_middle_is_asked_once_more() -> None:
    walk = advance(first_walk(), [500, 401], 300, wholly_known=False)
    walk = advance(walk, [], 300, wholly_known=False)
    assert (walk.step, walk.start_at) == ("history", 400)
    walk = advance(walk, [400, 301], 200, wholly_known=False)
    assert (walk.step, walk.start_at) == ("history", 300)


def test_results_remaining_of_zero_is_verified_by_one_more_page() -> None:
    walk = advance(first_walk(), [500, 401], 0, wholly_known=False)
    assert walk.step == "history"
    assert advance(walk, [], 0, wholly_known=False).step == "opendota"
    assert advance(walk, [400], 5, wholly_known=False).start_at == 399


def test_unsorted_rows_go_on_below_the_lowest() -> None:
    assert advance(first_walk(), [7, 900, 33], 10, wholly_known=False).start_at == 6


def test_a_list_that_repeats_itself_for_ever_ends() -> None:
    walk = first_walk()
    while walk.step == "history":
        walk = advance(walk, [900, 801], 5000, wholly_known=True)
    assert walk.pages == 3


def test_pages_of_one_for_ever_end_at_the_cap_and_are_called_incomplete() -> None:
    walk = first_walk()
    lowest = 10**6
    while walk.step == "history":
        lowest -= 1
        walk = advance(walk, [lowest], 10**6, wholly_known=False)
    assert walk.pages == MOST_PAGES
    assert walk.incomplete


def test_an_empty_league_is_asked_once_more_and_ends() -> None:
    walk = advance(first_walk(), [], 0, wholly_known=False)
    assert (walk.step, walk.start_at) == ("history", None)
    walk = advance(walk, [], 0, wholly_known=False)
    assert (walk.step, walk.reached_end) == ("opendota", True)


def test_a_list_that_held_matches_and_comes_back_empty_is_not_believed() -> None:
    walk = first_walk(expects=True)
    for _ in range(2):
        walk = advance(walk, [], 0, wholly_known=False)
    assert walk.step == "opendota"
    assert not walk.reached_end
    assert walk.incomplete == "Steam's list came back empty"


def test_an_empty_first_page_does_not_end_a_walk() -> None:
    walk = advance(first_walk(), [], 0, wholly_known=False)
    assert advance(walk, [500, 401], 7, wholly_known=False).start_at == 400


def test_a_walk_survives_its_row() -> None:
    walk = advance(first_walk(), [500, 401], 7, wholly_known=False)
    assert Walk.from_params(walk.as_params()) == walk
