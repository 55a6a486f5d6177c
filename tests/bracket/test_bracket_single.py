"""Single elimination as it is generated, for every number of teams."""

from __future__ import annotations

import pytest

from tests.bracket.playing import EVERY_N, assert_fed_once, by_bracket, elimination, fed
from webapp.bracket.generate import Options, generate
from webapp.bracket.shape import Entrant, Key, LoserOf, WinnerOf
from webapp.bracket.single import seed_order
from webapp.core.errors import BadInput

SINGLE = "single_elimination"


def size(n: int) -> int:
    return 1 << (n - 1).bit_length()


def test_the_best_seeds_stand_as_far_apart_as_can_be() -> None:
    assert seed_order(8) == [1, 8, 4, 5, 2, 7, 3, 6]
    for height in range(1, 8):
        order = seed_order(1 << height)
        for best in (1 << part for part in range(1, height + 1)):
            share = len(order) // best
            parts = {order.index(seed) // share for seed in range(1, best + 1)}
            assert len(parts) == best, f"the best {best} meet before they must"


def test_each_round_pairs_the_best_left_with_the_worst_left() -> None:
    order = seed_order(128)
    while len(order) > 1:
        pairs = list(zip(order[::2], order[1::2], strict=True))
        assert {a + b for a, b in pairs} == {len(order) + 1}
        order = [min(pair) for pair in pairs]


@pytest.mark.parametrize("third_place", [False, True])
def test_for_every_n_each_team_enters_once_and_each_slot_is_fed_once(third_place: bool) -> None:
    for n in EVERY_N:
        plan = elimination(SINGLE, n, third_place=third_place)
        assert_fed_once(plan)
        sources = fed(plan)
        final = Key("winners", size(n).bit_length() - 1, 1)
        winners = {p.key for p in plan if p.key.bracket == "winners"}
        assert {s.ref for s in sources if isinstance(s, Entrant)} == set(range(1, n + 1))
        assert {s.key for s in sources if isinstance(s, WinnerOf)} == winners - {final}
        semifinals = {k for k in winners if k.round == final.round - 1}
        dropped = semifinals if third_place and n >= 4 else set()
        assert {s.key for s in sources if isinstance(s, LoserOf)} == dropped


@pytest.mark.parametrize("third_place", [False, True])
def test_for_every_n_there_is_a_series_for_each_team_that_goes_out(third_place: bool) -> None:
    for n in EVERY_N:
        counted = by_bracket(elimination(SINGLE, n, third_place=third_place))
        third = int(third_place and n >= 4)
        assert (counted["winners"], counted["third_place"]) == (n - 1, third)
        assert counted.total() == n - 1 + third


def test_for_every_n_byes_go_to_the_best_seeds_and_never_meet() -> None:
    for n in EVERY_N:
        plan = elimination(SINGLE, n)
        first_round = [p for p in plan if p.key.round == 1]
        playing = {s.ref for p in first_round for s in (p.a, p.b) if isinstance(s, Entrant)}
        assert set(range(1, n + 1)) - playing == set(range(1, size(n) - n + 1))
        if n > 2:
            assert sum(p.key.round == 2 for p in plan) == size(n) // 4


def test_a_bye_leaves_a_gap_in_the_positions_and_the_team_in_the_next_round() -> None:
    plan = {p.key: p for p in elimination(SINGLE, 5)}
    assert sorted(plan) == [
        Key("winners", 1, 2),
        Key("winners", 2, 1),
        Key("winners", 2, 2),
        Key("winners", 3, 1),
    ]
    assert plan[Key("winners", 2, 1)].a == Entrant(1)
    assert plan[Key("winners", 2, 1)].b == WinnerOf(Key("winners", 1, 2))
    assert (plan[Key("winners", 2, 2)].a, plan[Key("winners", 2, 2)].b) == (Entrant(2), Entrant(3))


def test_only_the_final_has_the_finals_length() -> None:
    plan = elimination(SINGLE, 8, best_of=1, final_best_of=5, third_place=True)
    lengths = {p.key: p.best_of for p in plan}
    assert lengths.pop(Key("winners", 3, 1)) == 5
    assert set(lengths.values()) == {1}


@pytest.mark.parametrize(
    ("n", "options", "field"),
    [
        (1, Options(), "teams"),
        (129, Options(), "teams"),
        (8, Options(best_of=2), "best_of"),
        (8, Options(best_of=4), "best_of"),
        (8, Options(final_best_of=2), "final_best_of"),
        (8, Options(grand_final="twice"), "grand_final"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_generated_is_named(n: int, options: Options, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        generate(SINGLE, n, options)
    assert list(refused.value.fields) == [field]


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        generate("swiss", 8, Options())
    assert list(refused.value.fields) == ["format"]
