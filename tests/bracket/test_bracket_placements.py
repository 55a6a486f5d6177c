"""The places teams end in."""

from __future__ import annotations

from collections.abc import Mapping

from tests.bracket.playing import A_WINS, B_WINS, BOTH_FORFEIT, RULES, elimination, play
from webapp.bracket.advance import determine
from webapp.bracket.placements import Placement, champion, placements
from webapp.bracket.shape import Entrant, Key, Outcome, Planned, Rules

FIRST, SECOND = Key("final", 1, 1), Key("final", 2, 1)
THIRD = Key("third_place", 1, 1)


def upper(number: int, position: int) -> Key:
    return Key("winners", number, position)


def placed(
    plan: list[Planned], outcomes: Mapping[Key, Outcome], rules: Rules = RULES
) -> dict[int, tuple[int, int]]:
    found = placements(plan, determine(plan, outcomes, {}, rules), rules, {})
    return {one.team: (one.first, one.last) for one in found}


def favourites(plan: list[Planned]) -> dict[Key, Outcome]:
    """Whoever has the better seed wins."""
    results: dict[Key, Outcome] = {}
    for planned in plan:
        stand = determine(plan, results, {}, RULES)[planned.key]
        if stand.state == "ready" and stand.team_a and stand.team_b:
            results[planned.key] = A_WINS if stand.team_a < stand.team_b else B_WINS
    return results


def test_those_who_go_out_in_the_same_round_share_a_range() -> None:
    plan = elimination("single_elimination", 8)
    assert placed(plan, favourites(plan)) == {
        1: (1, 1),
        2: (2, 2),
        **dict.fromkeys((3, 4), (3, 4)),
        **dict.fromkeys((5, 6, 7, 8), (5, 8)),
    }


def test_with_byes_fewer_share_the_last_range() -> None:
    plan = elimination("single_elimination", 6)
    found = placed(plan, favourites(plan))
    assert (found[5], found[6], found[3]) == ((5, 6), (5, 6), (3, 4))


def test_the_third_place_is_played_for() -> None:
    plan = elimination("single_elimination", 4, third_place=True)
    found = placed(plan, favourites(plan))
    assert found == {1: (1, 1), 2: (2, 2), 3: (3, 3), 4: (4, 4)}


def test_while_a_bracket_runs_only_those_who_are_out_have_a_place() -> None:
    plan = elimination("single_elimination", 8, third_place=True)
    results = favourites(plan)
    assert placed(plan, {}) == {}
    assert placed(plan, {upper(1, 1): A_WINS}) == {8: (5, 8)}
    semifinals = {key: o for key, o in results.items() if key not in {THIRD, upper(3, 1)}}
    assert placed(plan, semifinals) == dict.fromkeys((5, 6, 7, 8), (5, 8))


def test_in_double_elimination_each_lower_round_is_a_range() -> None:
    plan = elimination("double_elimination", 8)
    assert placed(plan, favourites(plan)) == {
        1: (1, 1),
        2: (2, 2),
        3: (3, 3),
        4: (4, 4),
        **dict.fromkeys((5, 6), (5, 6)),
        **dict.fromkeys((7, 8), (7, 8)),
    }


def test_without_a_grand_final_the_upper_champion_is_before_the_lower() -> None:
    for n in (2, 3, 4, 8):
        plan = elimination("double_elimination", n, grand_final="none")
        found = placed(plan, favourites(plan))
        assert (found[1], found[2]) == ((1, 1), (2, 2))
        assert len(found) == n


def test_a_second_grand_final_that_waits_leaves_both_finalists_without_a_place() -> None:
    plan = elimination("double_elimination", 4, grand_final="reset")
    results = favourites(plan) | {FIRST: B_WINS}
    assert set(placed(plan, results)) == {3, 4}
    assert placed(plan, results | {SECOND: B_WINS})[2] == (1, 1)
    assert placed(plan, results | {SECOND: A_WINS})[1] == (1, 1)


def test_of_a_double_forfeit_both_went_out_in_that_round() -> None:
    plan = elimination("single_elimination", 8)
    found = placed(plan, favourites(plan) | {upper(2, 1): BOTH_FORFEIT, upper(2, 2): A_WINS})
    assert found[2] == (1, 1)
    assert found[1] == found[3] == found[4] == (2, 4)


def test_a_final_that_both_forfeit_has_no_champion() -> None:
    plan = elimination("single_elimination", 4)
    results = favourites(plan) | {upper(2, 1): BOTH_FORFEIT}
    found = placements(plan, determine(plan, results, {}, RULES), RULES, {})
    assert [(one.first, one.last) for one in found] == [(1, 2), (1, 2), (3, 4), (3, 4)]
    assert champion(found) is None


def test_in_double_elimination_both_are_placed_with_those_they_would_have_dropped_to() -> None:
    plan = elimination("double_elimination", 8)
    results = {upper(1, p): A_WINS for p in (1, 2, 3, 4)} | {upper(2, 1): BOTH_FORFEIT}
    lower = {Key("losers", 1, p): A_WINS for p in (1, 2)} | {upper(2, 2): A_WINS}
    found = placed(plan, results | lower | {Key("losers", 2, 1): A_WINS})
    assert found[1] == found[4] == (4, 6)


def test_an_upper_final_that_both_forfeit_makes_the_lower_champion_first() -> None:
    plan = elimination("double_elimination", 8)
    found = placed(plan, favourites(plan) | {upper(3, 1): BOTH_FORFEIT})
    assert (found[1], found[2]) == ((2, 3), (2, 3))
    assert (found[3], found[4]) == ((1, 1), (4, 4))


def test_a_group_gives_its_places_when_it_is_done() -> None:
    plan = elimination("round_robin", 4)
    results = favourites(plan)
    assert placed(plan, results) == {team: (team, team) for team in (1, 2, 3, 4)}
    results.popitem()
    assert placed(plan, results) == {}


def test_whom_no_tie_break_tells_apart_share_a_range() -> None:
    plan = elimination("round_robin", 3)
    circle = {p.key: A_WINS for p in plan}
    wins = {p.a.ref for p in plan if isinstance(p.a, Entrant)}
    assert wins == {1, 2, 3}
    assert set(placed(plan, circle, Rules()).values()) == {(1, 3)}
    assert sorted(placed(plan, circle).values()) == [(1, 1), (2, 2), (3, 3)]


def test_the_same_place_of_several_groups_is_a_range() -> None:
    plan = elimination("round_robin", 7, groups=2)
    assert placed(plan, favourites(plan)) == {
        **dict.fromkeys((1, 2), (1, 2)),
        **dict.fromkeys((3, 4), (3, 4)),
        **dict.fromkeys((5, 6), (5, 6)),
        7: (7, 7),
    }


def test_who_stays_in_the_groups_is_placed_below_the_knockout() -> None:
    plan = elimination("groups_knockout", 8, groups=2, advancing=2)
    results = favourites(plan)
    in_groups = {key: o for key, o in results.items() if key.bracket == "group"}
    below = {**dict.fromkeys((5, 6), (5, 6)), **dict.fromkeys((7, 8), (7, 8))}
    assert placed(plan, in_groups) == below
    whole = {1: (1, 1), 2: (2, 2), **dict.fromkeys((3, 4), (3, 4)), **below}
    assert placed(plan, results) == whole


def test_the_champion_is_who_came_first_alone() -> None:
    plan = elimination("double_elimination", 5)
    stands = play(plan, 3)[-1].stands
    found = placements(plan, stands, RULES, {})
    assert champion(found) == stands[FIRST].winner == found[0].team
    assert champion([]) is None
    assert champion([Placement(1, 2, 7), Placement(1, 2, 8)]) is None
