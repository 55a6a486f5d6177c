"""Which matches are suggested first for a game, and what is said of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bench.suggest.measure import Figures, measure
from bench.suggest.season import season
from tests.bracket.seating import EVENING, A, B, facts, linked, listed, match, roster, seats
from webapp.bracket import evening
from webapp.bracket.known import Facts, GameFacts, Linked, Player, Rival, Roster, Seat, StandIn
from webapp.bracket.suggest import Suggestion, rank


def only(asked: Facts, **how: bool) -> Suggestion:
    (one,) = rank(asked, **how)
    return one


def order(asked: Facts) -> list[int]:
    return [one.match_id for one in rank(asked)]


# ---- seats ---------------------------------------------------------------------------------------


def test_ten_of_ten_are_all_players() -> None:
    one = only(facts(match(1)))
    assert (one.overlap, one.expected, one.overlap_percent, one.tier) == (
        10,
        10,
        100,
        "all_players",
    )
    assert one.opposite and not one.sides_swapped and one.radiant == "a"


def test_team_a_on_dire_is_sides_swapped() -> None:
    one = only(facts(match(1, radiant=B, dire=A)))
    assert one.sides_swapped and one.radiant == "b" and one.opposite
    assert "sides swapped" in one.reasons


def test_anonymous_players_are_unknown_and_never_absent() -> None:
    one = only(facts(match(1, radiant=(None, 2, 3, 4, 5), dire=(11, None, None, 14, 15))))
    assert (one.overlap, one.tier, one.anonymous) == (7, "all_players", 3)
    assert [tick.state for tick in one.ticks_a] == ["anonymous", "seen", "seen", "seen", "seen"]
    assert "three seats anonymous" in one.reasons


def test_a_stranger_leaves_somebody_absent() -> None:
    one = only(facts(match(1, radiant=(1, 2, 3, 4, 99))))
    assert (one.overlap, one.tier) == (9, "captains_plus")
    assert one.ticks_a[4].state == "absent"
    assert [(who.steam_id, who.side) for who in one.strangers] == [(99, "a")]
    assert [player.steam_id for player in one.strangers[0].stand_in_for] == [5]


def test_an_approved_stand_in_counts_for_whom_they_replace() -> None:
    given = (StandIn(99, 5, "Nin"),)
    one = only(facts(match(1, radiant=(1, 2, 3, 4, 99)), a=roster(A, 1, stand_ins=given)))
    assert (one.overlap, one.tier, one.strangers) == (10, "all_players", ())
    assert one.ticks_a[4].state == "stand_in"
    assert "stand-in Nin for P5" in one.reasons


def test_a_stand_in_for_anyone_takes_the_place_that_is_empty() -> None:
    given = (StandIn(99, None),)
    one = only(facts(match(1, radiant=(1, 2, 99, 4, 5)), a=roster(A, 1, stand_ins=given)))
    assert one.overlap == 10 and one.ticks_a[2].by == given[0]


def test_a_stand_in_beside_the_one_they_replace_counts_for_nobody() -> None:
    given = (StandIn(99, 5),)
    one = only(facts(match(1, radiant=(1, 2, 3, 99, 5)), a=roster(A, 1, stand_ins=given)))
    assert one.overlap == 9 and [who.steam_id for who in one.strangers] == [99]


def test_of_six_any_five_are_all_players() -> None:
    one = only(facts(match(1, radiant=(1, 2, 3, 4, 6)), a=roster((1, 2, 3, 4, 5, 6), 1)))
    assert (one.overlap, one.expected, one.tier) == (10, 10, "all_players")
    assert one.ticks_a[4].state == "reserve"


def test_a_short_roster_expects_fewer() -> None:
    one = only(facts(match(1), a=roster((1, 2, 3), 1)))
    assert (one.overlap, one.expected, one.tier) == (8, 8, "all_players")


def test_both_captains_and_six_are_captains_plus_fewer_are_captains_only() -> None:
    six = match(1, radiant=(1, 2, 3, 91, 92), dire=(11, 12, 13, 94, 95))
    two = match(2, radiant=(1, 96, 97, 91, 92), dire=(11, 98, 93, 94, 95))
    without = match(3, radiant=(2, 3, 4, 5, 92), dire=B)
    found = {one.match_id: one.tier for one in rank(facts(six, two, without))}
    assert found == {1: "captains_plus", 2: "captains_only", 3: "partial"}


def test_rosters_that_are_mixed_do_not_face_each_other() -> None:
    one = only(facts(match(1, radiant=(1, 2, 11, 12, 13), dire=(3, 4, 5, 14, 15))))
    assert one.overlap == 10 and not one.opposite and one.tier == "captains_plus"
    assert "the rosters do not stand on opposite sides" in one.reasons


def test_who_plays_for_both_teams_says_nothing_of_the_sides() -> None:
    both = (11, 12, 13, 14, 15, 1)
    one = only(facts(match(1), b=roster(both, 2)))
    assert one.opposite and not one.sides_swapped


def test_anonymous_seats_alone_are_nobodys_match() -> None:
    hidden = (None,) * 5
    one = only(facts(match(1, radiant=hidden, dire=hidden)))
    assert (one.overlap, one.tier, one.opposite) == (0, "partial", False)


def test_steam_teams_tell_the_sides_where_no_player_does() -> None:
    hidden = (None,) * 5
    known = {"a": roster(A, 1, steam_team_id=70), "b": roster(B, 2, steam_team_id=80)}
    one = only(facts(match(1, 0, hidden, hidden, radiant_team_id=80, dire_team_id=70), **known))
    assert one.sides_swapped and one.teams_agree is True
    other = only(facts(match(1, radiant_team_id=70, dire_team_id=81), **known))
    assert other.teams_agree is False


def test_a_roster_without_players_is_no_error() -> None:
    assert only(facts(match(1), a=Roster(0, "", ()))).overlap == 5


# ---- reasons -------------------------------------------------------------------------------------


def test_the_reasons_say_what_a_person_would_ask() -> None:
    first = match(1, 12, series_id=7)
    second = match(2, 70, radiant=B, dire=(1, 2, 3, 4, None), series_id=7)
    found = rank(facts(first, second, number=2, games=[linked(1, first)]))
    assert found[0].match_id == 2
    assert found[0].reasons == (
        "9 of 10 players",
        "both captains",
        "1 h 10 min after the scheduled start",
        "18 min after game 1 ended",
        "game 2 of the same series",
        "sides swapped",
        "one seat anonymous",
    )


def test_a_listed_match_is_suggested_without_duration_and_winner() -> None:
    one = only(facts(listed(1, -20)))
    assert one.tier == "all_players" and one.doubt is None
    assert one.reasons[-1] == "no details yet"
    assert "20 min before the scheduled start" in one.reasons


def test_without_a_schedule_nothing_is_said_of_the_clock() -> None:
    one = only(facts(match(1), scheduled_at=None))
    assert one.minutes is None
    assert not [text for text in one.reasons if "schedule" in text]


# ---- order ---------------------------------------------------------------------------------------


def test_the_games_of_a_series_are_told_apart_by_their_order() -> None:
    games = [match(1, 5), match(2, 60), match(3, 110)]
    assert [order(facts(*games, number=number))[0] for number in (1, 2, 3)] == [1, 2, 3]


def test_the_next_game_follows_the_linked_one() -> None:
    first, second, third = match(1, 5), match(2, 60), match(3, 110)
    # the match of game 1 was cut short and is not among the games
    found = order(facts(first, second, third, number=2, games=[linked(1, second)]))
    assert found[0] == 3


def test_remakes_void_and_short_matches_come_last() -> None:
    real = match(5, 60, radiant=(1, 2, None, None, None), dire=(11, 12, 13, None, None))
    doubtful = [
        match(1, 0, duration=200),
        match(2, 5, radiant_score=0, dire_score=0),
        match(3, 10, mark="void"),
        match(4, 15, mark="remake"),
    ]
    found = rank(facts(*doubtful, real))
    assert found[0].match_id == 5
    assert {one.match_id: one.doubt for one in found[1:]} == {
        1: "3 min long, perhaps a remake",
        2: "0:0, perhaps a remake",
        3: "marked as void",
        4: "marked as a remake",
    }


def test_a_match_that_is_linked_elsewhere_is_shown_after_the_others() -> None:
    where = Linked(77, 9, "game 1 of U3")
    taken, free = match(1, 0, linked=where), match(2, 50, radiant=(1, 2, None, None, None))
    found = rank(facts(taken, free))
    assert [one.match_id for one in found] == [2, 1]
    assert found[1].taken == where and "already linked to game 1 of U3" in found[1].reasons


def test_dismissed_matches_are_hidden_unless_asked_for() -> None:
    game = GameFacts(1, 1, dismissed=frozenset({1}))
    assert order(facts(match(1), match(2, 50), games=[game])) == [2]
    shown = rank(facts(match(1), match(2, 50), games=[game]), dismissed=True)
    assert [(one.match_id, one.dismissed) for one in shown] == [(2, False), (1, True)]


def rival(hours: float, best_of: int = 3) -> Rival:
    return Rival(2, "U2", best_of, scheduled_at=EVENING + timedelta(hours=hours))


def test_two_series_on_one_day_each_have_their_own_matches() -> None:
    games = [match(1, 30), match(2, 80), match(3, 260), match(4, 310)]
    assert order(facts(*games, rivals=(rival(4),)))[:2] == [1, 2]
    later = EVENING + timedelta(hours=4)
    assert order(facts(*games, rivals=(rival(0),), scheduled_at=later))[:2] == [3, 4]


def test_a_series_that_follows_at_once_begins_where_the_first_was_decided() -> None:
    games = [match(at, 50 * at) for at in range(1, 5)]  # team a wins all
    later = EVENING + timedelta(hours=2)
    found = order(facts(*games, rivals=(rival(0.5),), scheduled_at=later))
    assert found[0] == 3


def test_practice_before_the_teams_time_is_no_game_once_they_kept_it() -> None:
    practice, games = match(1, -50), [match(2, 5), match(3, 60)]
    assert order(facts(practice, *games)) == [2, 3, 1]
    assert order(facts(practice, *games, number=2))[0] == 3
    assert order(facts(practice)) == [1]  # perhaps they began early
    assert order(facts(practice, *games, scheduled_at=None))[0] == 1
    # the match before is the other series'
    earlier = EVENING - timedelta(hours=1)
    before = facts(practice, games[0], best_of=1, rivals=(rival(0),), scheduled_at=earlier)
    assert order(before)[0] == 1


def test_a_quarter_of_an_hour_is_hardly_a_game() -> None:
    found = rank(facts(match(1, 0, duration=700), match(2, 15)))
    assert [(one.match_id, one.doubt) for one in found] == [
        (2, None),
        (1, "11 min long, perhaps a remake"),
    ]


def test_an_unscheduled_series_leaves_the_others_theirs() -> None:
    games = [match(1, 30), match(2, 400)]
    found = order(facts(*games, best_of=1, rivals=(rival(6, best_of=1),), scheduled_at=None))
    assert found[0] == 1


@pytest.mark.parametrize("scheduled", [True, False])
def test_many_series_of_the_same_teams_cost_no_more_than_a_few(
    monkeypatch: pytest.MonkeyPatch, *, scheduled: bool
) -> None:
    """Every week one of seventeen: what is counted are the ways that are gone into."""
    calls: list[int] = []
    choices = evening._choices

    def counted(*asked: Any) -> Any:
        calls.append(1)
        return choices(*asked)

    monkeypatch.setattr(evening, "_choices", counted)
    games = [match(week + 1, 5 + week * 7 * 24 * 60) for week in range(17)]
    weeks = [EVENING + timedelta(weeks=week) for week in range(17)]
    others = tuple(
        Rival(100 + at, f"S{at}", 1, scheduled_at=week if scheduled else None, order=(1, at))
        for at, week in enumerate(weeks)
        if at
    )
    asked = facts(*games, best_of=1, rivals=others, until=EVENING + timedelta(days=400))
    assert order(asked)[0] == 1
    assert len(calls) <= (3 * 17 if scheduled else evening.WAYS * 17)


def test_a_match_of_two_other_teams_with_shared_players_is_no_meeting() -> None:
    def plays(ids: tuple[int, ...], team: int) -> dict[int, frozenset[tuple[int, int]]]:
        return {one: frozenset({(5, team)}) for one in ids}

    x, y = (1, 2, 3, 101, 102), (11, 12, 111, 112, 113)
    known = plays(x, 30) | plays(y, 31)
    other = match(
        1, seats=tuple(Seat(s.slot, s.steam_id, "", known[s.steam_id or 0]) for s in seats(x, y))
    )
    ours = match(2, 90, radiant=(1, 2, None, None, 91), dire=(None, 12, 13, None, 92))
    assert order(facts(other, ours)) == [2, 1]


def test_deputies_and_names_are_carried_along() -> None:
    players = (Player(1, "One", captain=True), Player(2, "Two", deputy=True))
    one = only(facts(match(1), a=Roster(1, "A", players)))
    assert [tick.player.deputy for tick in one.ticks_a] == [False, True]


# ---- invented seasons ----------------------------------------------------------------------------


def test_the_right_match_is_first_in_invented_seasons() -> None:
    """Two seasons; ``test_bracket_sure`` has the many, and bench/README.md the figures."""
    total = Figures()
    for seed in (1, 3):
        total.add(measure(season(seed)))
    assert total.games > 200
    assert total.first >= 0.99 * total.games
    assert total.first_in_turn >= 0.99 * total.games
    assert total.linked >= 0.85 * total.games
    assert total.wrong == []
