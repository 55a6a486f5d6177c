"""What follows from results: who stands where, walkovers, withdrawals, and what undoing drops."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bracket.playing import A_WINS, B_WINS, BOTH_FORFEIT, RULES, elimination
from webapp.bracket.advance import determine, dropped, games_needed
from webapp.bracket.shape import NOBODY, Entrant, Key, Outcome, Planned, Stand

DRAW = Outcome(1, 1, None)
FIRST, SECOND = Key("final", 1, 1), Key("final", 2, 1)


def upper(number: int, position: int) -> Key:
    return Key("winners", number, position)


def lower(number: int, position: int) -> Key:
    return Key("losers", number, position)


def single(n: int = 4, **options: object) -> list[Planned]:
    return elimination("single_elimination", n, **options)


def double(n: int = 4, **options: object) -> list[Planned]:
    return elimination("double_elimination", n, **options)


def robin(n: int = 3, **options: object) -> list[Planned]:
    return elimination("round_robin", n, **options)


def seats(stand: Stand) -> tuple[int | None, int | None]:
    return stand.team_a, stand.team_b


def before(plan: list[Planned], outcomes: dict[Key, Outcome]):
    stands = determine(plan, outcomes, {}, RULES)
    return {key: seats(stand) for key, stand in stands.items()}


# ---- results ---------------------------------------------------------------------------------


def test_a_series_is_ready_once_both_teams_are_known() -> None:
    stands = determine(single(), {upper(1, 1): A_WINS}, {}, RULES)
    assert [(s.state, seats(s)) for s in stands.values()] == [
        ("done", (1, 4)),
        ("ready", (2, 3)),
        ("pending", (1, None)),
    ]


def test_winners_move_on_and_losers_drop() -> None:
    stands = determine(double(), {upper(1, 1): A_WINS, upper(1, 2): B_WINS}, {}, RULES)
    assert seats(stands[upper(2, 1)]) == (1, 3)
    assert seats(stands[lower(1, 1)]) == (4, 2)


def test_an_outcome_does_not_count_before_its_teams_are_known() -> None:
    stands = determine(single(), {upper(2, 1): A_WINS}, {}, RULES)
    assert stands[upper(2, 1)] == Stand(None, None, "pending")


def test_a_draw_is_an_end_in_a_group_only() -> None:
    drawn = determine(robin(2, best_of=2), {Key("group", 1, 1, "A"): DRAW}, {}, RULES)
    assert [(s.state, s.winner, s.loser) for s in drawn.values()] == [("done", None, None)]
    for plan in (robin(2, best_of=3), single(2)):
        stands = determine(plan, {planned.key: DRAW for planned in plan}, {}, RULES)
        assert [(s.state, s.outcome) for s in stands.values()] == [("ready", None)]


def test_games_needed_is_the_deciding_number_and_both_of_a_best_of_two() -> None:
    assert [games_needed(best_of) for best_of in (1, 2, 3, 5)] == [1, 2, 2, 3]


# ---- slots that nobody fills -----------------------------------------------------------------


def test_after_a_double_forfeit_the_next_opponent_has_a_walkover() -> None:
    stands = determine(single(), {upper(1, 1): BOTH_FORFEIT, upper(1, 2): A_WINS}, {}, RULES)
    assert stands[upper(2, 1)] == Stand(NOBODY, 2, "done", Outcome(0, 2, "b", "a"), walkover=True)
    assert stands[upper(2, 1)].winner == 2


def test_a_walkover_waits_until_the_opponent_is_known() -> None:
    stands = determine(single(), {upper(1, 1): BOTH_FORFEIT}, {}, RULES)
    assert stands[upper(2, 1)] == Stand(NOBODY, None, "pending")


def test_where_nobody_comes_at_all_the_series_is_skipped() -> None:
    both = dict.fromkeys((upper(1, 1), upper(1, 2)), BOTH_FORFEIT)
    stands = determine(double(), both, {}, RULES)
    for key in (upper(2, 1), lower(1, 1), lower(2, 1), FIRST):
        assert stands[key] == Stand(NOBODY, NOBODY, "done", skipped=True)


def test_the_loser_of_a_forfeit_still_drops_into_the_lower_bracket() -> None:
    forfeited = {upper(1, 1): Outcome(2, 0, "a", "b"), upper(1, 2): A_WINS}
    stands = determine(double(), forfeited, {}, RULES)
    assert stands[lower(1, 1)] == Stand(4, 3, "ready")


# ---- the second grand final ------------------------------------------------------------------


def reset(first: Outcome | None) -> Stand:
    results = dict.fromkeys((upper(1, 1), upper(1, 2), upper(2, 1)), A_WINS)
    results |= dict.fromkeys((lower(1, 1), lower(2, 1)), A_WINS)
    if first:
        results[FIRST] = first
    return determine(double(grand_final="reset"), results, {}, RULES)[SECOND]


def test_the_second_grand_final_waits_for_the_first() -> None:
    assert reset(None) == Stand(None, None, "pending")


def test_the_second_grand_final_is_skipped_if_the_upper_champion_won() -> None:
    assert reset(A_WINS) == Stand(NOBODY, NOBODY, "done", skipped=True)


def test_the_second_grand_final_is_ready_if_the_upper_champion_lost() -> None:
    assert reset(B_WINS) == Stand(1, 2, "ready")


def test_after_a_double_forfeit_of_the_first_grand_final_there_is_no_second() -> None:
    assert reset(BOTH_FORFEIT) == Stand(NOBODY, NOBODY, "done", skipped=True)


# ---- withdrawn teams -------------------------------------------------------------------------


def test_a_withdrawn_team_forfeits_what_is_not_decided_and_keeps_what_was_played() -> None:
    plan = robin(4)
    played = {plan[0].key: A_WINS}
    stands = determine(plan, played, {1: "forfeit"}, RULES)
    of_team = [s for s in stands.values() if 1 in seats(s)]
    assert [s.walkover for s in of_team] == [False, True, True]
    assert [s.winner == 1 for s in of_team] == [True, False, False]
    assert all(s.state == "ready" for s in stands.values() if 1 not in seats(s))


def test_two_withdrawn_teams_both_forfeit() -> None:
    stands = determine(single(2), {}, {1: "forfeit", 2: "annul"}, RULES)
    assert stands[upper(1, 1)] == Stand(1, 2, "done", BOTH_FORFEIT, walkover=True)


@pytest.mark.parametrize("how", ["forfeit", "annul"])
def test_a_withdrawn_team_drops_and_forfeits_in_the_lower_bracket_too(how: str) -> None:
    stands = determine(double(), {upper(1, 2): A_WINS}, {1: how}, RULES)
    assert stands[upper(1, 1)].winner == 4
    assert stands[lower(1, 1)] == Stand(1, 3, "done", Outcome(0, 2, "b", "a"), walkover=True)


def test_a_withdrawn_upper_champion_forfeits_both_grand_finals() -> None:
    plan = double(grand_final="reset")
    results = dict.fromkeys((upper(1, 1), upper(1, 2), upper(2, 1)), A_WINS)
    results |= dict.fromkeys((lower(1, 1), lower(2, 1)), A_WINS)
    stands = determine(plan, results, {1: "forfeit"}, RULES)
    assert [stands[key].winner for key in (FIRST, SECOND)] == [2, 2]


def test_annulled_all_series_of_the_group_are_skipped_even_those_played() -> None:
    plan = robin(4)
    stands = determine(plan, {planned.key: A_WINS for planned in plan}, {4: "annul"}, RULES)
    of_team = [s for s in stands.values() if 4 in seats(s)]
    assert all(s == Stand(*seats(s), "done", skipped=True) for s in of_team)
    assert sum(s.outcome is not None for s in stands.values()) == 3


# ---- groups ----------------------------------------------------------------------------------


def groups() -> list[Planned]:
    return elimination("groups_knockout", 6, groups=2, advancing=2)


def group_results(plan: list[Planned]) -> dict[Key, Outcome]:
    """The better seed wins everything."""
    found = {}
    for planned in plan:
        if isinstance(planned.a, Entrant) and isinstance(planned.b, Entrant):
            found[planned.key] = A_WINS if planned.a.ref < planned.b.ref else B_WINS
    return found


def test_a_place_is_taken_once_every_series_of_the_group_is_done() -> None:
    plan = groups()
    results = group_results(plan)
    stands = determine(plan, results, {}, RULES)
    assert [seats(stands[upper(1, p)]) for p in (1, 2)] == [(1, 3), (2, 4)]
    of_b = [key for key in results if key.group == "B"]
    results.pop(of_b[-1])
    stands = determine(plan, results, {}, RULES)
    assert [seats(stands[upper(1, p)]) for p in (1, 2)] == [(1, None), (None, 4)]


def test_a_place_that_was_annulled_goes_to_the_next() -> None:
    plan = groups()
    stands = determine(plan, group_results(plan), {1: "annul"}, RULES)
    assert {team for p in (1, 2) for team in seats(stands[upper(1, p)])} == {4, 5, 2, 3}


# ---- what is dropped -------------------------------------------------------------------------


def full(plan: list[Planned]) -> dict[Key, Outcome]:
    results: dict[Key, Outcome] = {}
    for planned in plan:
        if determine(plan, results, {}, RULES)[planned.key].state == "ready":
            results[planned.key] = A_WINS
    return results


def test_taking_a_result_away_drops_what_its_teams_played_after_it() -> None:
    plan = double(8)
    results = full(plan)
    taken = {key: outcome for key, outcome in results.items() if key != upper(1, 1)}
    stands, gone = dropped(plan, taken, before(plan, results), {}, RULES)
    kept = {upper(1, 2), upper(1, 3), upper(1, 4), upper(2, 2), lower(1, 2)}
    assert set(taken) - gone == kept
    assert {key for key, stand in stands.items() if stand.outcome} == kept
    assert stands[upper(1, 1)].state == "ready"


def test_a_corrected_result_drops_only_what_other_teams_played() -> None:
    plan = double(4)
    results = full(plan)
    same_winner = results | {upper(1, 1): Outcome(2, 1, "a")}
    assert dropped(plan, same_winner, before(plan, results), {}, RULES)[1] == set()
    other_winner = results | {lower(1, 1): B_WINS}
    _, gone = dropped(plan, other_winner, before(plan, results), {}, RULES)
    assert gone == {lower(2, 1), FIRST}


def test_a_dropped_result_drops_those_that_followed_from_it() -> None:
    plan = single(8, third_place=True)
    results = full(plan)
    _, gone = dropped(plan, results | {upper(1, 1): B_WINS}, before(plan, results), {}, RULES)
    assert gone == {upper(2, 1), upper(3, 1), Key("third_place", 1, 1)}


def test_nothing_is_dropped_where_the_same_teams_stand_again() -> None:
    plan = single(4)
    results = full(plan) | {upper(2, 1): B_WINS}
    assert dropped(plan, results, before(plan, results), {}, RULES)[1] == set()


def test_the_second_grand_final_is_dropped_when_the_first_is_turned_round() -> None:
    plan = double(4, grand_final="reset")
    results = full(plan) | {FIRST: B_WINS, SECOND: B_WINS}
    _, gone = dropped(plan, results | {FIRST: A_WINS}, before(plan, results), {}, RULES)
    assert gone == {SECOND}


def test_a_group_that_ends_otherwise_drops_the_knockout_of_those_who_change() -> None:
    plan = groups()
    results = group_results(plan) | dict.fromkeys((upper(1, 1), upper(1, 2), upper(2, 1)), A_WINS)
    seated = before(plan, results)
    assert dropped(plan, results, seated, {5: "annul"}, RULES)[1] == set()
    assert dropped(plan, results, seated, {4: "annul"}, RULES)[1] == {upper(1, 2), upper(2, 1)}


def test_a_plan_of_teams_reads_like_one_of_seeds() -> None:
    plan = [
        replace(p, a=Entrant(100 + p.a.ref), b=Entrant(100 + p.b.ref))
        if isinstance(p.a, Entrant) and isinstance(p.b, Entrant)
        else p
        for p in groups()
    ]
    stands = determine(plan, group_results(plan), {}, RULES)
    assert [seats(stands[upper(1, p)]) for p in (1, 2)] == [(101, 103), (102, 104)]
