"""Groups that feed a knock-out."""

from __future__ import annotations

import pytest

from tests.bracket.playing import EVERY_N, assert_fed_once, by_bracket, elimination, fed
from webapp.bracket.groups import label, qualified
from webapp.bracket.shape import Placed, Planned
from webapp.bracket.single import seed_order, single_elimination
from webapp.core.errors import BadInput

GROUPS = "groups_knockout"


def sensible(n: int) -> set[tuple[int, int]]:
    """Counts of groups, and how many go on, that somebody might choose."""
    size = 2 + n % 5
    counts = {(n // 2, 1), (n // 3, 3), (n // size, 2), (n // size, n % 4 + 1)}
    return {
        (groups, through)
        for groups, through in counts
        if groups and through <= n // groups and groups * through >= 2
    }


def test_groups_are_lettered_beyond_z() -> None:
    assert [label(index) for index in (0, 25, 26, 27, 63)] == ["A", "Z", "AA", "AB", "BL"]


def test_for_every_n_each_place_that_goes_on_enters_the_knockout_once() -> None:
    for n in EVERY_N:
        is_double = n // 5 % 2 == 0
        knockout = "double_elimination" if is_double else "single_elimination"
        for groups, through in sensible(n):
            plan = elimination(
                GROUPS, n, groups=groups, advancing=through, knockout=knockout, third_place=True
            )
            assert_fed_once(plan)
            placed = {source for source in fed(plan) if isinstance(source, Placed)}
            named = [label(index) for index in range(groups)]
            assert placed == {Placed(g, p) for g in named for p in range(1, through + 1)}
            entered = groups * through
            counted = by_bracket(plan)
            assert counted["winners"] == entered - 1
            assert counted["losers"] == (entered - 2 if is_double else 0)
            assert counted["third_place"] == int(not is_double and entered >= 4)


def test_groups_are_played_before_what_they_feed() -> None:
    plan = elimination(GROUPS, 12, groups=3, advancing=2, legs=2)
    stages = [p.key.bracket == "group" for p in plan]
    assert stages == sorted(stages, reverse=True)


def test_the_winners_of_groups_are_seeded_best() -> None:
    order = qualified(4, 2)
    assert order[:4] == [Placed(name, 1) for name in "ABCD"]
    assert {source.place for source in order[4:] if isinstance(source, Placed)} == {2}


def test_with_two_groups_the_winner_of_each_meets_the_second_of_the_other() -> None:
    plan = single_elimination(qualified(2, 2), 3, 3)
    assert [(p.a, p.b) for p in plan[:2]] == [
        (Placed("A", 1), Placed("B", 2)),
        (Placed("B", 1), Placed("A", 2)),
    ]


def first_meetings(groups: int, through: int) -> list[int]:
    """The round in which two of one group can meet first, for each group."""
    where = {source: index for index, source in enumerate(qualified(groups, through))}
    size = 1 << (groups * through - 1).bit_length()
    slot = {seed: index for index, seed in enumerate(seed_order(size), 0)}
    found = []
    for group in range(groups):
        own = [slot[where[Placed(label(group), p)] + 1] for p in range(1, through + 1)]
        found.append(min((a ^ b).bit_length() for a in own for b in own if a < b))
    return found


def test_two_of_one_group_never_meet_before_the_final() -> None:
    for groups in range(2, 65):
        height = (2 * groups - 1).bit_length()
        assert first_meetings(groups, 2) == [height] * groups


@pytest.mark.parametrize("through", [3, 4, 5, 6, 8, 16])
def test_more_of_one_group_stand_in_different_quarters_or_eighths(through: int) -> None:
    for groups in (2, 3, 4, 5, 7, 8, 11, 13, 16, 25, 31, 32, 42):
        if groups * through <= 128:
            height = (through * groups - 1).bit_length()
            parts = (through - 1).bit_length()
            assert min(first_meetings(groups, through)) >= height - parts + 1, groups


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"groups": 7}, "groups"),
        ({"groups": 4, "advancing": 4}, "advancing"),
        ({"groups": 4, "advancing": 0}, "advancing"),
        ({"groups": 1, "advancing": 1}, "advancing"),
        ({"groups": 2, "knockout": "swiss"}, "knockout"),
    ],
)
def test_what_cannot_be_drawn_is_named(options: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        elimination(GROUPS, 13, **options)
    assert list(refused.value.fields) == [field]


def lengths(plan: list[Planned], bracket: str) -> set[int]:
    return {p.best_of for p in plan if p.key.bracket == bracket}


def test_after_groups_of_best_of_two_the_knockout_plays_best_of_three() -> None:
    plan = elimination(GROUPS, 8, groups=2, best_of=2, final_best_of=5, third_place=True)
    assert lengths(plan, "group") == {2}
    assert lengths(plan, "winners") == {3, 5}
    assert lengths(plan, "third_place") == {3}
