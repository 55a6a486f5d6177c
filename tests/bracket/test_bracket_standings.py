"""Tables of groups: points, tie-breaks and annulled teams."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.bracket.playing import BOTH_FORFEIT, RULES
from webapp.bracket.advance import determine
from webapp.bracket.robin import round_robin
from webapp.bracket.shape import Entrant, Key, Line, Outcome, Planned, Rules
from webapp.bracket.standings import TIE_BREAKS, table
from webapp.tournaments import rules

Scores = Mapping[tuple[int, int], tuple[int, int]]


def lines(
    n: int,
    scores: Scores,
    *,
    best_of: int = 3,
    told: Rules = RULES,
    withdrawn: Mapping[int, str] | None = None,
    forfeits: Mapping[tuple[int, int], Outcome] | None = None,
) -> list[Line]:
    """The table of teams 1 to n; ``scores`` by the pair of teams, in either order."""
    plan = round_robin(range(1, n + 1), best_of)
    outcomes = {p.key: o for p in plan if (o := outcome(p, scores, forfeits or {}))}
    stands = determine(plan, outcomes, withdrawn or {}, told)
    return table(plan, stands, "A", told, withdrawn or {})


def outcome(
    planned: Planned, scores: Scores, forfeits: Mapping[tuple[int, int], Outcome]
) -> Outcome | None:
    assert isinstance(planned.a, Entrant)
    assert isinstance(planned.b, Entrant)
    a, b = planned.a.ref, planned.b.ref
    if (a, b) in forfeits or (b, a) in forfeits:
        return forfeits.get((a, b)) or forfeits[b, a]
    if (a, b) in scores:
        return score(*scores[a, b])
    return score(*reversed(scores[b, a])) if (b, a) in scores else None


def score(a: int, b: int) -> Outcome:
    return Outcome(a, b, None if a == b else "a" if a > b else "b")


def order(found: list[Line]) -> list[tuple[int, int, str]]:
    return [(line.team, line.place, line.decided_by) for line in found]


def breaking(*names: str) -> Rules:
    return Rules(tie_breaks=names)


def test_the_tie_breaks_are_those_that_settings_know() -> None:
    assert tuple(TIE_BREAKS) == rules.TIE_BREAKS


def test_a_series_won_gives_points_and_its_games_count() -> None:
    found = lines(3, {(1, 2): (2, 1), (3, 1): (2, 0)})
    assert found == [
        Line(3, 1, 1, 1, 0, 0, 2, 0, 3, "head_to_head"),
        Line(1, 2, 2, 1, 0, 1, 2, 3, 3, "head_to_head"),
        Line(2, 3, 1, 0, 0, 1, 1, 2, 0, ""),
    ]


def test_points_of_a_best_of_two_and_of_a_win_are_settings() -> None:
    scores = {(1, 2): (2, 0), (1, 3): (1, 1), (2, 3): (0, 2)}
    told = Rules(points=(5, 2, 1), win_points=7)
    by_team = {line.team: line.points for line in lines(3, scores, best_of=2, told=told)}
    assert by_team == {1: 7, 3: 7, 2: 2}
    won = {line.team: line.points for line in lines(2, {(1, 2): (2, 1)}, told=told)}
    assert won == {1: 7, 2: 0}


def test_an_empty_table_stands_in_the_order_of_seeds() -> None:
    assert order(lines(3, {})) == [(1, 1, "seed"), (2, 2, "seed"), (3, 3, "seed")]


def test_a_double_forfeit_counts_as_lost_by_both() -> None:
    for best_of, told, points in ((3, RULES, 0), (2, Rules(points=(4, 2, 1)), 1)):
        found = lines(2, {}, best_of=best_of, told=told, forfeits={(1, 2): BOTH_FORFEIT})
        assert {(line.lost, line.drawn, line.points) for line in found} == {(1, 0, points)}


def test_of_two_who_are_level_the_meeting_decides() -> None:
    scores = {
        **{(1, 2): (0, 2), (1, 3): (2, 0), (1, 4): (2, 0)},
        **{(2, 3): (0, 2), (2, 4): (2, 1), (3, 4): (0, 2)},
    }
    assert order(lines(4, scores)) == [
        (2, 1, "head_to_head"),
        (1, 2, "head_to_head"),
        (4, 3, "head_to_head"),
        (3, 4, "head_to_head"),
    ]


def test_three_in_a_circle_are_told_apart_by_their_games() -> None:
    circle = {(1, 2): (2, 0), (2, 3): (2, 1), (3, 1): (2, 1)}
    assert order(lines(3, circle)) == [
        (1, 1, "game_difference"),
        (3, 2, "game_difference"),
        (2, 3, "game_difference"),
    ]


def test_those_still_level_start_again_with_the_first_tie_break_among_themselves() -> None:
    """Head to head the three stand in a circle. Games take one away, and of the two left, whom the
    next tie-break would put the other way round, the meeting decides."""
    scores = {
        **{(1, 2): (2, 0), (2, 3): (2, 0), (3, 1): (2, 0)},
        **{(1, 4): (2, 1), (2, 4): (2, 0), (3, 4): (2, 0)},
    }
    told = breaking("head_to_head", "game_difference", "seed")
    assert order(lines(4, scores, told=told)) == [
        (2, 1, "head_to_head"),
        (3, 2, "head_to_head"),
        (1, 3, "game_difference"),
        (4, 4, ""),
    ]


def test_those_whom_nothing_tells_apart_share_the_place_in_the_order_of_seeds() -> None:
    circle = {(1, 2): (2, 0), (2, 3): (2, 0), (3, 1): (2, 0)}
    below = {(1, 4): (2, 0), (2, 4): (2, 0), (3, 4): (2, 0)}
    found = lines(4, circle | below, told=breaking("head_to_head", "game_difference"))
    assert order(found) == [(1, 1, "seed"), (2, 1, "seed"), (3, 1, "seed"), (4, 4, "")]


@pytest.mark.parametrize(
    ("name", "best_of", "scores"),
    [
        ("head_to_head", 3, {(1, 2): (1, 2), (1, 3): (2, 0), (2, 3): (0, 2), (3, 4): (2, 0)}),
        ("game_difference", 3, {(1, 3): (2, 1), (2, 4): (2, 0)}),
        ("games_won", 3, {(1, 3): (2, 0), (1, 4): (0, 2), (2, 3): (2, 1), (2, 4): (1, 2)}),
        ("series_won", 2, {(1, 3): (1, 1), (1, 4): (1, 1), (2, 3): (2, 0), (2, 4): (0, 2)}),
        ("fewest_forfeits", 3, {(1, 3): (2, 0), (2, 4): (2, 0), (2, 3): (0, 2), (3, 4): (2, 0)}),
        ("opponents_points", 3, {(1, 3): (2, 0), (2, 4): (2, 0), (3, 4): (0, 2), (4, 5): (2, 0)}),
    ],
)
def test_each_tie_break_can_put_the_second_seed_first(
    name: str, best_of: int, scores: Scores
) -> None:
    forfeited = {} if name != "fewest_forfeits" else {(1, 4): BOTH_FORFEIT}
    found = lines(5, scores, best_of=best_of, told=breaking(name), forfeits=forfeited)
    by_team = {line.team: line for line in found}
    assert by_team[1].points == by_team[2].points
    assert by_team[2].place < by_team[1].place
    assert by_team[2].decided_by == name


def test_a_team_that_was_annulled_is_last_and_counts_for_nobody() -> None:
    scores = {(1, 2): (2, 0), (1, 3): (2, 0), (2, 3): (2, 0)}
    found = lines(3, scores, withdrawn={1: "annul"})
    assert [(line.team, line.played, line.points) for line in found] == [
        (2, 1, 3),
        (3, 1, 0),
        (1, 0, 0),
    ]


def test_a_team_that_forfeits_the_rest_keeps_what_it_won() -> None:
    found = lines(3, {(1, 2): (2, 0)}, withdrawn={1: "forfeit"})
    assert {line.team: (line.played, line.points) for line in found} == {
        1: (2, 3),
        2: (1, 0),
        3: (1, 3),
    }


def test_meetings_of_both_legs_count_head_to_head() -> None:
    plan = round_robin([1, 2], 3, legs=2)
    outcomes = {Key("group", 1, 1, "A"): score(2, 0), Key("group", 2, 1, "A"): score(2, 1)}
    stands = determine(plan, outcomes, {}, RULES)
    found = table(plan, stands, "A", RULES, {})
    assert order(found) == [(1, 1, "game_difference"), (2, 2, "game_difference")]
