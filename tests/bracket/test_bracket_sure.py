"""Which games are linked without a person, and all that keeps the machine from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bench.suggest.measure import Figures, measure
from bench.suggest.season import season
from tests.bracket.seating import EVENING, A, B, linked, listed, match, roster, series
from webapp.bracket.known import Candidate, GameFacts, Linked, Rival, Seat, SeriesFacts
from webapp.bracket.sure import sure_links


def sure(*candidates: Candidate, **known: Any) -> list[tuple[int, int]]:
    """The sure links of the series, as (game, match)."""
    return of(series(*candidates, **known))


def of(asked: SeriesFacts) -> list[tuple[int, int]]:
    return [(one.game.number, one.suggestion.match_id) for one in sure_links(asked)]


def won_by(side: str, match_id: int, minutes: float, **told: Any) -> Candidate:
    return match(match_id, minutes, radiant_win=side == "a", **told)


# ---- what is linked ------------------------------------------------------------------------------


def test_games_are_linked_in_the_order_of_their_start() -> None:
    games = [won_by("b", 2, 60), won_by("a", 1, 5), won_by("a", 3, 115)]
    assert sure(*games) == [(1, 1), (2, 2), (3, 3)]


def test_nothing_is_linked_after_the_game_that_decided() -> None:
    games = [won_by("a", 1, 5), won_by("a", 2, 60), won_by("a", 3, 115)]
    assert sure(*games) == [(1, 1), (2, 2)]
    assert sure(*games, best_of=1) == [(1, 1)]
    assert sure(*games, best_of=2) == [(1, 1), (2, 2)]


def test_swapped_sides_and_anonymous_players_do_not_matter() -> None:
    one = match(1, 5, radiant=(11, 12, None, 14, None), dire=(1, 2, 3, None, None))
    assert sure(one) == [(1, 1)]


def test_a_remake_before_it_is_passed_over() -> None:
    remade = match(1, 0, duration=240, radiant_score=0, dire_score=0)
    assert sure(remade, match(2, 10)) == [(1, 2)]
    marked = match(1, -10, mark="remake")
    assert sure(marked, match(2, 45)) == [(1, 2)]


def test_the_links_carry_what_they_rest_on() -> None:
    (one,) = sure_links(series(match(1, 12), best_of=1))
    assert one.suggestion.overlap == 10 and one.game.game_id == 1
    assert "12 min after the scheduled start" in one.suggestion.reasons


def test_it_goes_on_after_what_a_person_linked() -> None:
    first, second = match(1, 5), match(2, 60)
    by_hand = linked(1, first, hands_off=True)
    taken = replace(first, linked=Linked(1, 1, "game 1"))
    assert sure(taken, second, games=[by_hand]) == [(2, 2)]


def test_the_game_after_a_forfeited_one_is_linked() -> None:
    late = GameFacts(1, 1, "done", hands_off=True, winner="b")
    assert sure(match(1, 20), games=[late]) == [(2, 1)]


# ---- what is not ---------------------------------------------------------------------------------


def test_a_settled_series_is_left_alone() -> None:
    assert sure(match(1, 5), settled=True) == []


def test_what_a_person_unlinked_stays_so_and_nothing_after_it_is_linked() -> None:
    held = GameFacts(1, 1, hands_off=True)
    assert sure(match(1, 5), match(2, 60), games=[held]) == []


def test_a_dismissed_match_is_not_linked_to_any_game_of_the_series() -> None:
    said = GameFacts(2, 2, dismissed=frozenset({1}))
    assert sure(match(1, 5), games=[said]) == []


def test_a_match_without_details_is_waited_for() -> None:
    assert sure(listed(1, 5)) == []
    assert sure(listed(1, 5), match(2, 60)) == []
    assert sure(match(1, 5), listed(2, 60), match(3, 115)) == [(1, 1)]
    waiting = linked(1, listed(1, 5), winner=None)  # type: ignore[arg-type]
    assert sure(match(2, 60), games=[waiting]) == []


def test_what_may_have_been_a_short_game_stands_in_the_way() -> None:
    assert sure(match(1, 0, duration=420), match(2, 15)) == []


def test_too_few_known_players_are_not_enough() -> None:
    five = match(1, 5, radiant=(1, 2, 3, None, None), dire=(11, 12, None, None, None))
    assert sure(five) == []
    one_sided = match(1, 5, dire=(11, None, None, None, None))
    assert sure(one_sided) == []


def test_a_game_with_few_known_players_keeps_its_place() -> None:
    hidden = match(1, 5, radiant=(1, 2, None, None, None), dire=(11, None, None, None, None))
    assert sure(hidden, match(2, 60)) == []


def test_mixed_rosters_are_no_game() -> None:
    assert sure(match(1, 5, radiant=(1, 2, 3, 4, 11), dire=(12, 13, 14, 15, 5))) == []


def test_two_matches_at_once_are_left_to_a_person() -> None:
    assert sure(match(1, 5), match(2, 20)) == []


def test_a_match_that_began_before_the_last_game_ended_is_not_the_next() -> None:
    first = match(1, 5)
    taken = replace(first, linked=Linked(1, 1, "game 1"))
    assert sure(taken, match(2, 30), games=[linked(1, first)]) == []


@pytest.mark.parametrize("hours", [-2, 7])
def test_a_match_far_from_the_schedule_is_left_to_a_person(hours: int) -> None:
    assert sure(match(1, 60 * hours)) == []


def test_a_match_before_the_feeding_series_ended_is_not_it() -> None:
    assert sure(match(1, 5), begins=EVENING + timedelta(hours=1)) == []


def test_a_long_pause_is_left_to_a_person() -> None:
    first = match(1, 5)
    taken = replace(first, linked=Linked(1, 1, "game 1"))
    games = [linked(1, first)]
    assert sure(taken, match(2, 300), games=games) == []
    again = replace(first, series_id=7)
    by_steam = [linked(1, again)]
    assert sure(taken, match(2, 300, series_id=7), games=by_steam) == [(2, 2)]
    assert sure(taken, match(2, 120, series_id=8), games=by_steam) == []


def test_a_match_linked_elsewhere_is_not_taken() -> None:
    assert sure(match(1, 5, linked=Linked(50, 9, "game 1 of U4"))) == []


def rival(hours: float | None, **known: Any) -> tuple[Rival]:
    at = None if hours is None else EVENING + timedelta(hours=hours)
    return (Rival(2, "U2", 1, scheduled_at=at, **known),)


def test_another_series_of_the_same_teams_must_be_out_of_the_question() -> None:
    one = match(1, 5)
    assert sure(one, rivals=rival(3)) == [(1, 1)]
    assert sure(one, rivals=rival(0.5)) == []
    assert sure(one, rivals=rival(-2)) == []
    assert sure(one, rivals=rival(-2, open=False)) == [(1, 1)]
    assert sure(one, rivals=rival(None)) == []
    later = EVENING + timedelta(hours=2)
    assert sure(one, rivals=rival(None, begins=later)) == [(1, 1)]


def test_a_rival_that_is_being_played_keeps_its_next_game() -> None:
    span = {"start": EVENING - timedelta(hours=1), "end": EVENING - timedelta(minutes=20)}
    assert sure(match(1, 5), rivals=rival(-1, **span)) == []


def test_a_seat_that_belongs_to_another_pair_of_teams_makes_it_unsure() -> None:
    """Six of ours, and seven of two teams of another division, who share players with ours."""

    def seat(slot: int, steam_id: int, team: int, *, theirs: bool) -> Seat:
        teams = frozenset({(5, team)}) if theirs else frozenset()
        return Seat(slot, steam_id, "", teams)

    radiant = (1, 2, 3, 101, 102)
    dire = (11, 12, 13, 111, 112)
    shared = tuple(seat(at, one, 30, theirs=one not in {2, 3}) for at, one in enumerate(radiant))
    shared += tuple(seat(128 + at, one, 31, theirs=True) for at, one in enumerate(dire))
    assert sure(match(1, 5, radiant=radiant, dire=dire)) == [(1, 1)]
    assert sure(match(1, 5, seats=shared)) == []


def test_teams_that_nobody_knows_have_no_links() -> None:
    assert sure(match(1, 5), a=roster((), 0), b=roster((), 0)) == []
    assert sure() == []
    assert A and B


# ---- invented seasons ----------------------------------------------------------------------------


@pytest.mark.slow
def test_none_is_linked_wrongly_in_twenty_four_invented_seasons() -> None:
    total = Figures()
    for seed in range(24):
        total.add(measure(season(seed)))
    assert total.wrong == []
    assert total.first >= 0.99 * total.games
    assert total.linked >= 0.85 * total.games
    assert total.linked_later >= 0.85 * total.games
