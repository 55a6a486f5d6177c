"""Which games are linked without a person, and all that keeps the machine from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bench.suggest.measure import Figures, measure
from bench.suggest.season import season
from tests.bracket.seating import EVENING, linked, listed, match, roster, series
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
    assert sure(games[0], best_of=1) == [(1, 1)]
    assert sure(*games[:2], best_of=2) == [(1, 1), (2, 2)]


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


def test_what_began_after_a_game_was_forfeited_is_the_next_one() -> None:
    late = GameFacts(1, 1, "done", hands_off=True, winner="b")
    entered = EVENING + timedelta(minutes=15)
    assert sure(match(1, 20), games=[replace(late, forfeited_at=entered)]) == [(2, 1)]
    assert sure(match(1, 5), games=[replace(late, forfeited_at=entered)]) == []
    assert sure(match(1, 20), games=[late]) == []


def test_the_later_games_say_their_true_order() -> None:
    games = [won_by("a", 1, 5), won_by("b", 2, 60), won_by("a", 3, 115)]
    said = [one.suggestion.reasons for one in sure_links(series(*games))]
    assert ["game 2 of that evening" in texts for texts in said] == [False, True, False]
    assert "game 3 of that evening" in said[2] and "15 min after game 2 ended" in said[2]
    by_steam = [replace(one, series_id=7) for one in games]
    said = [one.suggestion.reasons for one in sure_links(series(*by_steam))]
    assert "game 2 of the same series" in said[1] and "game 3 of the same series" in said[2]
    assert sure_links(series(*by_steam))[2].suggestion.order == 3


# ---- what is not ---------------------------------------------------------------------------------


def test_a_settled_series_is_left_alone() -> None:
    assert sure(match(1, 5), settled=True) == []


def test_what_a_person_unlinked_stays_so_and_nothing_after_it_is_linked() -> None:
    held = GameFacts(1, 1, hands_off=True)
    assert sure(match(1, 5), match(2, 60), games=[held]) == []


def test_without_any_bound_in_time_nothing_is_sure() -> None:
    assert sure(match(1, 5), scheduled_at=None, since=None, not_before=None) == []
    bound = EVENING + timedelta(hours=1)
    assert sure(match(1, 5), scheduled_at=None, since=None, not_before=bound) == []
    assert sure(match(1, 65), scheduled_at=None, since=None, not_before=bound) == [(1, 1)]


def dismissing(*numbers: int) -> list[GameFacts]:
    return [GameFacts(one, one, dismissed=frozenset({1})) for one in numbers]


@pytest.mark.parametrize("numbers", [(1,), (2,), (1, 2)])
def test_what_was_dismissed_for_one_game_may_be_another_and_stands_in_the_way(
    numbers: tuple[int, ...],
) -> None:
    assert sure(match(1, 5), games=dismissing(*numbers)) == []
    assert sure(match(1, 5), match(2, 60), games=dismissing(*numbers)) == []


def test_what_was_dismissed_for_every_open_game_is_passed_over() -> None:
    assert sure(match(1, 5), match(2, 60), games=dismissing(1, 2, 3)) == [(1, 2)]
    first = match(9, 5)
    taken = replace(first, linked=Linked(1, 1, "game 1"))
    games = [linked(1, first), *dismissing(2, 3)]
    assert sure(taken, match(1, 50), match(2, 95), games=games) == [(2, 2)]


def test_nothing_is_linked_before_what_a_person_linked_ahead() -> None:
    second = match(2, 60)
    taken = replace(second, linked=Linked(2, 1, "game 2"))
    ahead = [linked(2, second)]
    assert sure(taken, match(3, 110), games=ahead) == []
    assert sure(match(1, 5, mark="void"), taken, match(3, 110), games=ahead) == []
    assert sure(match(1, 5), taken, games=ahead) == []


def test_a_match_without_details_is_waited_for() -> None:
    assert sure(listed(1, 5)) == []
    assert sure(listed(1, 5), match(2, 60)) == []
    assert sure(match(1, 5), listed(2, 60), match(3, 115)) == [(1, 1)]
    waiting = linked(1, listed(1, 5), winner=None)  # type: ignore[arg-type]
    assert sure(match(2, 60), games=[waiting]) == []


@pytest.mark.parametrize("minutes", [7, 11, 14])
def test_what_may_have_been_a_short_game_stands_in_the_way(minutes: int) -> None:
    short = match(1, 0, duration=60 * minutes)
    assert sure(short, match(2, 25)) == []
    assert sure(short, match(2, 25), best_of=1) == []
    assert sure(short, best_of=1) == []


def test_more_meetings_than_games_are_left_to_a_person() -> None:
    assert sure(match(1, 0), match(2, 50), best_of=1) == []
    assert sure(*(match(at, 50 * at) for at in range(1, 5))) == []
    assert sure(*(match(at, 50 * at, series_id=7) for at in range(1, 5))) == []
    # what another series may have left over is no game too many
    assert sure(match(1, 0), match(2, 130), best_of=1, rivals=rival(2)) == [(1, 1)]
    assert sure(match(1, 0), match(2, 60), best_of=1, rivals=rival(4)) == []
    assert sure(*(match(at, 75 * at - 75) for at in (1, 2, 3)), best_of=1, rivals=rival(2)) == []


def test_a_practice_game_before_the_scheduled_start_is_no_game() -> None:
    assert sure(match(1, -50), match(2, 5), match(3, 60)) == []
    assert sure(match(1, -50), match(2, 5), best_of=1) == []
    assert sure(match(1, -50)) == []
    assert sure(match(1, -10)) == [(1, 1)]


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


def test_a_series_that_was_put_off_may_claim_whatever_comes_later() -> None:
    late = [match(1, -30), match(2, 60)]
    assert sure(*late, best_of=1, rivals=rival(-72)) == []
    assert sure(match(1, 5), best_of=1, rivals=rival(-72)) == []
    begun = {"start": EVENING - timedelta(days=3), "end": EVENING - timedelta(days=2, hours=23)}
    assert sure(match(1, 5), best_of=1, rivals=rival(-72, **begun)) == []


def test_a_series_that_is_over_claims_nothing_that_began_later() -> None:
    over = {"until": EVENING - timedelta(hours=1)}
    assert sure(match(1, 5), rivals=rival(-3, **over)) == [(1, 1)]
    assert sure(match(1, 5), rivals=rival(-3, until=EVENING + timedelta(hours=9))) == []


def test_a_series_that_both_teams_may_reach_is_in_the_way_as_well() -> None:
    assert sure(match(1, 5), pending=rival(None)) == []
    assert sure(match(1, 5), pending=rival(24)) == [(1, 1)]


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
