"""Double elimination as it is generated, for every number of teams."""

from __future__ import annotations

import pytest

from tests.bracket.playing import (
    EVERY_N,
    GRAND_FINALS,
    assert_fed_once,
    by_bracket,
    elimination,
    fed,
)
from webapp.bracket.shape import Entrant, Key, LoserOf, Plan, Source, WinnerOf

DOUBLE = "double_elimination"
FIRST, SECOND = Key("final", 1, 1), Key("final", 2, 1)


@pytest.mark.parametrize("grand_final", GRAND_FINALS)
def test_for_every_n_the_number_of_series_is_right(grand_final: str) -> None:
    for n in EVERY_N:
        counted = by_bracket(elimination(DOUBLE, n, grand_final=grand_final))
        assert counted["winners"] == n - 1
        assert counted["losers"] == n - 2
        assert counted["final"] == GRAND_FINALS.index(grand_final)
        assert counted.total() == 2 * n - 3 + GRAND_FINALS.index(grand_final)


@pytest.mark.parametrize("grand_final", GRAND_FINALS)
def test_for_every_n_each_team_enters_once_and_each_slot_is_fed_once(grand_final: str) -> None:
    for n in EVERY_N:
        plan = elimination(DOUBLE, n, grand_final=grand_final)
        assert_fed_once(plan)
        sources = fed(plan)
        assert {s.ref for s in sources if isinstance(s, Entrant)} == set(range(1, n + 1))
        assert ends(plan, sources) == expected_ends(plan, n, grand_final)


def ends(plan: Plan, sources: dict[Source, int]) -> set[Source]:
    """The winners and losers that feed nothing, without those who are out: the lower losers."""
    outs = {WinnerOf(p.key) for p in plan} | {LoserOf(p.key) for p in plan}
    return {s for s in outs - set(sources) if not is_out(s)}


def is_out(source: Source) -> bool:
    return isinstance(source, LoserOf) and source.key.bracket == "losers"


def expected_ends(plan: Plan, n: int, grand_final: str) -> set[Source]:
    if grand_final != "none":
        last = FIRST if grand_final == "simple" else SECOND
        return {WinnerOf(last), LoserOf(last)}
    upper = max(p.key for p in plan if p.key.bracket == "winners")
    if n == 2:
        return {WinnerOf(upper), LoserOf(upper)}
    return {WinnerOf(upper), WinnerOf(max(p.key for p in plan if p.key.bracket == "losers"))}


def test_the_second_grand_final_is_fed_by_the_first_and_played_if_needed() -> None:
    second = elimination(DOUBLE, 8, grand_final="reset")[-1]
    assert (second.key, second.if_needed) == (SECOND, True)
    assert (second.a, second.b) == (LoserOf(FIRST), WinnerOf(FIRST))


def test_two_teams_meet_again_in_the_grand_final() -> None:
    only = Key("winners", 1, 1)
    plan = elimination(DOUBLE, 2)
    assert [(p.key, p.a, p.b) for p in plan] == [
        (only, Entrant(1), Entrant(2)),
        (FIRST, WinnerOf(only), LoserOf(only)),
    ]


def test_both_grand_finals_have_the_finals_length() -> None:
    plan = elimination(DOUBLE, 8, best_of=3, final_best_of=5, grand_final="reset")
    assert {p.key for p in plan if p.best_of == 5} == {FIRST, SECOND}


def test_losers_rounds_of_a_full_bracket_halve_in_pairs() -> None:
    plan = elimination(DOUBLE, 32)
    counted = [
        sum(p.key[:2] == ("losers", number) for p in plan)
        for number in range(1, 1 + max(p.key.round for p in plan if p.key.bracket == "losers"))
    ]
    assert counted == [8, 8, 4, 4, 2, 2, 1, 1]


def earliest_rematch(plan: Plan) -> int:
    """The first lower round in which two may stand who have met in the upper bracket."""
    arrivals: dict[Source, frozenset[Key]] = {}
    for planned in plan:
        if planned.key.bracket == "winners":
            arrivals[LoserOf(planned.key)] = frozenset({planned.key})
        if planned.key.bracket == "losers":
            a, b = arrivals[planned.a], arrivals[planned.b]
            if any(above(u) & b for u in a) or any(above(u) & a for u in b):
                return planned.key.round
            arrivals[WinnerOf(planned.key)] = a | b
    raise AssertionError("everybody who drops meets somebody again in the lower final")


def above(key: Key) -> set[Key]:
    """The upper series that the winner of ``key`` may come to lose."""
    return {
        Key("winners", key.round + up, (key.position - 1 >> up) + 1)
        for up in range(1, 8 - key.round)
    }


def latest_possible(height: int) -> int:
    """The latest round to which the first possible rematch can be put off, by any wiring.

    Lower round m has 2^(height - 1 - ceil(m / 2)) positions; the losers of 1 + m // 2 upper rounds
    have dropped by then. Take any team of the final and the series on its way up: each of their
    losers met somebody who may be a later one of them. For nobody of them to meet by round m all
    must stand at different positions, so a rematch in m or before can be ruled out only while
    there are no more of them than positions.
    """
    rounds = range(1, 2 * height - 1)
    ruled_out = [m for m in rounds if 1 + m // 2 <= 2 ** (height - 1 - (m + 1) // 2)]
    return max(ruled_out) + 1


@pytest.mark.parametrize(
    ("n", "rounds", "earliest"), [(8, 4, 3), (16, 6, 4), (32, 8, 5), (64, 10, 7), (128, 12, 8)]
)
def test_a_rematch_is_put_off_as_long_as_theory_permits(n: int, rounds: int, earliest: int) -> None:
    plan = elimination(DOUBLE, n)
    assert max(p.key.round for p in plan if p.key.bracket == "losers") == rounds
    assert earliest_rematch(plan) == earliest == latest_possible(n.bit_length() - 1)


def test_byes_bring_no_rematch_forward() -> None:
    for n in EVERY_N[3:]:
        assert earliest_rematch(elimination(DOUBLE, n)) >= latest_possible((n - 1).bit_length()), n
