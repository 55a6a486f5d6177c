"""Every format, for every number of teams, played to its end and undone again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import cycle, pairwise

import pytest

from tests.bracket.playing import (
    EVERY_N,
    GRAND_FINALS,
    RULES,
    Chances,
    Moment,
    assert_everybody_placed,
    elimination,
    play,
    teams_of,
)
from webapp.bracket.advance import determine, dropped
from webapp.bracket.placements import champion, placements
from webapp.bracket.shape import Key, Plan, Planned, Stands

SINGLE, DOUBLE, ROBIN, GROUPS = (
    "single_elimination",
    "double_elimination",
    "round_robin",
    "groups_knockout",
)
FORMATS: dict[str, Callable[[int], list[Planned]]] = {
    "single": lambda n: elimination(SINGLE, n),
    "third place": lambda n: elimination(SINGLE, n, third_place=True, best_of=5),
    **{
        f"double {final}": lambda n, final=final: elimination(DOUBLE, n, grand_final=final)
        for final in GRAND_FINALS
    },
    "groups": lambda n: elimination(
        GROUPS,
        n,
        groups=max(n // (4 + n % 3), 1),
        advancing=2,
        best_of=2 + n % 2,
        legs=1 + (n % 8 == 0),
        knockout=DOUBLE if n % 2 else SINGLE,
        third_place=n % 4 == 0,
        grand_final="reset",
    ),
}
QUICK_ROBINS = (*range(2, 14), 33, 64)
OUT_WITH_TWO = ("double simple", "double reset")
EVERY_FORMAT = pytest.mark.parametrize("name", FORMATS)


def seats(stands: Stands) -> dict[Key, tuple[int | None, int | None]]:
    return {key: (stand.team_a, stand.team_b) for key, stand in stands.items()}


def somebody_leaves(n: int, seed: int) -> dict[int, str]:
    """In two of three tournaments nobody; in the others one team, either way."""
    dice = random.Random(n * 1000 + seed)
    return {dice.randint(1, n): dice.choice(["forfeit", "annul"])} if (n + seed) % 3 == 0 else {}


# ---- what holds of every tournament ----------------------------------------------------------


def assert_ends_well(plan: Plan, moments: list[Moment], withdrawn: Mapping[int, str]) -> None:
    """All is done, one is champion, everybody has a place, and places once given never change."""
    assert {stand.state for stand in moments[-1].stands.values()} == {"done"}
    last = placements(plan, moments[-1].stands, RULES, withdrawn)
    assert_everybody_placed(plan, last)
    assert champion(last) == last[0].team
    midway = placements(plan, moments[len(moments) // 2].stands, RULES, withdrawn)
    assert set(midway) <= set(last)


def assert_undone_in_reverse(
    plan: Plan, moments: list[Moment], withdrawn: Mapping[int, str], leap: int
) -> None:
    """Taking results away in reverse order gives each earlier moment again, and drops nothing."""
    back = [*moments[:0:-leap], moments[0]]
    for later, earlier in pairwise(back):
        stands, gone = dropped(plan, earlier.outcomes, seats(later.stands), withdrawn, RULES)
        assert not gone
        assert stands == earlier.stands
    assert back[-1].outcomes == {}


def check(plan: Plan, seed: int, withdrawn: Mapping[int, str], leap: int = 1) -> list[Moment]:
    moments = play(plan, seed, withdrawn=withdrawn)
    assert_ends_well(plan, moments, withdrawn)
    assert_undone_in_reverse(plan, moments, withdrawn, leap)
    return moments


@EVERY_FORMAT
def test_for_every_n_it_ends_with_one_champion_and_full_placements_and_can_be_undone(
    name: str,
) -> None:
    for n in EVERY_N:
        plan = FORMATS[name](n)
        moments = check(plan, n, somebody_leaves(n, 0), leap=1 if n < 20 else 6)
        if name in OUT_WITH_TWO:
            assert_out_with_two_lost(plan, moments)


@pytest.mark.parametrize(("legs", "best_of"), [(1, 2), (2, 3)])
def test_a_round_robin_ends_with_one_champion_and_can_be_undone(legs: int, best_of: int) -> None:
    for n in QUICK_ROBINS:
        check(elimination(ROBIN, n, legs=legs, best_of=best_of), n, somebody_leaves(n, 0))


def test_double_forfeits_end_in_full_placements_too() -> None:
    for n, name in zip(EVERY_N[::3], cycle(FORMATS), strict=False):
        plan = FORMATS[name](n)
        stands = play(plan, n, Chances(both=0.2))[-1].stands
        assert {stand.state for stand in stands.values()} == {"done"}
        assert_everybody_placed(plan, placements(plan, stands, RULES, {}), champion=False)


# ---- double elimination ----------------------------------------------------------------------


def assert_out_with_two_lost(plan: Plan, moments: list[Moment]) -> None:
    """Until the end, whoever lost two series stands in none that is not done, and everybody else
    in exactly one. At the end one is left; without a reset, the upper champion falls with one."""
    for moment in moments[:-1]:
        lost, still = lost_and_still_in(moment.stands)
        assert max(lost.values(), default=0) <= 2
        assert still == Counter(team for team in teams_of(plan) if lost[team] < 2)
    lost, still = lost_and_still_in(moments[-1].stands)
    assert not still
    left = [team for team in teams_of(plan) if lost[team] < 2]
    final = moments[-1].stands[Key("final", 1, 1)]
    if Key("final", 2, 1) in moments[-1].stands or final.winner == final.team_a:
        assert left == [winner_of(moments[-1].stands)]
    else:
        assert sorted(left) == sorted([final.team_a, final.team_b])


def lost_and_still_in(stands: Stands) -> tuple[Counter[int], Counter[int]]:
    """How many series each team lost, and in how many it stands that are not done."""
    lost = Counter(stand.loser for stand in stands.values() if stand.loser)
    still = Counter(
        team
        for stand in stands.values()
        if stand.state != "done"
        for team in (stand.team_a, stand.team_b)
        if team
    )
    return lost, still


def winner_of(stands: Stands) -> int | None:
    finals = (stands.get(Key("final", number, 1)) for number in (2, 1))
    return next(stand.winner for stand in finals if stand and not stand.skipped)


def test_the_second_grand_final_is_played_just_where_the_first_was_an_upset() -> None:
    last = [play(elimination(DOUBLE, n, grand_final="reset"), n)[-1].stands for n in range(2, 40)]
    played = [not stands[Key("final", 2, 1)].skipped for stands in last]
    upset = [stands[Key("final", 1, 1)].outcome.winner == "b" for stands in last]  # type: ignore[union-attr]
    assert played == upset
    assert {True, False} == set(played)


# ---- undoing in any order --------------------------------------------------------------------


def assert_undone_in_any_order(plan: Plan, seed: int) -> None:
    """Single results are taken away as they come; what fell with them is taken away too."""
    moments = play(plan, seed)
    outcomes, stands = dict(moments[-1].outcomes), moments[-1].stands
    dice = random.Random(seed)
    while outcomes:
        outcomes.pop(dice.choice(list(outcomes)))
        stands, gone = dropped(plan, outcomes, seats(stands), {}, RULES)
        outcomes = {key: outcome for key, outcome in outcomes.items() if key not in gone}
        assert stands == determine(plan, outcomes, {}, RULES)
        assert {key for key, stand in stands.items() if stand.outcome} == set(outcomes)
    assert stands == moments[0].stands


@EVERY_FORMAT
def test_results_undone_in_any_order_lead_back_to_the_first_state(name: str) -> None:
    for n in (2, 3, 5, 8, 11, 16):
        assert_undone_in_any_order(FORMATS[name](n), n)


# ---- many more -------------------------------------------------------------------------------


@pytest.mark.slow
@EVERY_FORMAT
def test_for_every_n_all_of_this_holds_over_five_seeds(name: str) -> None:
    for n in EVERY_N:
        plan = FORMATS[name](n)
        for seed in range(5):
            moments = check(plan, seed, somebody_leaves(n, seed))
            if name in OUT_WITH_TWO:
                assert_out_with_two_lost(plan, moments)


@pytest.mark.slow
@EVERY_FORMAT
def test_for_every_n_results_can_be_undone_in_any_order(name: str) -> None:
    for n in EVERY_N:
        assert_undone_in_any_order(FORMATS[name](n), n)


@pytest.mark.slow
@pytest.mark.parametrize(("legs", "best_of"), [(1, 2), (2, 3)])
def test_for_every_n_a_round_robin_of_all_ends_with_one_champion(legs: int, best_of: int) -> None:
    for n in EVERY_N:
        check(elimination(ROBIN, n, legs=legs, best_of=best_of), n, somebody_leaves(n, 0))
