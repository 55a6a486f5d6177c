"""Round robin as it is generated, for every number of teams."""

from __future__ import annotations

from collections import Counter
from itertools import chain, combinations

import pytest

from tests.bracket.playing import EVERY_N, elimination
from webapp.bracket.robin import members, round_robin, rounds
from webapp.bracket.shape import Entrant, Key
from webapp.core.errors import BadInput


def pairs(n: int) -> list[tuple[int, int]]:
    return [pair for played in rounds(n) for pair in played]


def test_for_every_n_everybody_meets_everybody_once() -> None:
    for n in EVERY_N:
        met = Counter((min(pair), max(pair)) for pair in pairs(n))
        assert set(met) == set(combinations(range(n), 2))
        assert max(met.values()) == 1


def test_for_every_n_a_round_has_each_team_once_and_one_rests_if_they_are_odd() -> None:
    for n in EVERY_N:
        for played in rounds(n):
            assert len(set(chain(*played))) == 2 * len(played) == n - n % 2
        assert len(list(rounds(n))) == n - 1 + n % 2


def test_for_every_n_each_team_is_as_often_side_a_as_side_b() -> None:
    for n in EVERY_N:
        first = Counter(a for a, _ in pairs(n))
        assert {2 * first[team] - (n - 1) for team in range(n)} <= {-1, 0, 1}


def test_sides_alternate_so_that_nobody_is_side_a_four_times_running() -> None:
    for n in EVERY_N[2::5]:
        sides: dict[int, str] = dict.fromkeys(range(n), "")
        for played in rounds(n):
            for a, b in played:
                sides[a] += "a"
                sides[b] += "b"
        assert not any("aaaa" in said or "bbbb" in said for said in sides.values())


def test_a_second_leg_is_the_first_with_the_sides_changed() -> None:
    once, twice = (round_robin([7, 8, 9, 10], 3, legs=legs, group="B") for legs in (1, 2))
    assert twice[: len(once)] == once
    again = twice[len(once) :]
    assert [(p.a, p.b) for p in again] == [(p.b, p.a) for p in once]
    assert {p.key.round for p in again} == {4, 5, 6}
    assert {p.key.group for p in twice} == {"B"}


def test_the_best_two_of_four_meet_in_no_first_round() -> None:
    plan = round_robin([1, 2, 3, 4], 2)
    assert [(p.key, p.a, p.b) for p in plan[:2]] == [
        (Key("group", 1, 1, "A"), Entrant(1), Entrant(4)),
        (Key("group", 1, 2, "A"), Entrant(2), Entrant(3)),
    ]


def test_the_order_of_seeds_can_be_read_off_a_plan_that_was_stored() -> None:
    for n in range(2, 40):
        ids = [(seed * 37) % 1009 for seed in range(1, n + 1)]
        for legs in (1, 2):
            plan = round_robin(ids, 3, legs=legs, group="C") + round_robin([5001, 5002], 3)
            assert members(plan, "C") == ids


def test_groups_are_drawn_as_a_snake() -> None:
    plan = elimination("round_robin", 10, groups=4)
    assert {name: members(plan, name) for name in "ABCD"} == {
        "A": [1, 8, 9],
        "B": [2, 7, 10],
        "C": [3, 6],
        "D": [4, 5],
    }


def test_for_every_n_in_groups_each_team_is_in_one_and_meets_its_others() -> None:
    for n in EVERY_N:
        for legs, groups in ((1, n // 2), (2, 1 if n < 12 else n // 5)):
            plan = elimination("round_robin", n, groups=groups, legs=legs)
            names = {p.key.group for p in plan}
            drawn = [members(plan, name) for name in names]
            assert len(names) == groups
            assert sorted(team for own in drawn for team in own) == list(range(1, n + 1))
            assert max(map(len, drawn)) - min(map(len, drawn)) <= 1
            assert len(plan) == legs * sum(len(own) * (len(own) - 1) // 2 for own in drawn)


@pytest.mark.parametrize(
    ("options", "field"),
    [({"groups": 0}, "groups"), ({"groups": 5}, "groups"), ({"legs": 3}, "legs")],
)
def test_what_cannot_be_drawn_is_named(options: dict[str, int], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        elimination("round_robin", 9, **options)
    assert list(refused.value.fields) == [field]
