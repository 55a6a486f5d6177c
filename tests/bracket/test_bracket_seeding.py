"""The order of seeds."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from webapp.bracket.seeding import order
from webapp.core.errors import BadInput


@dataclass
class Member:
    name: str = ""
    mmr: int | None = None
    captain: bool = False
    steam_id: int = 76561197960265729


@dataclass
class Team:
    id: int
    name: str = ""
    seed: int | None = None
    present: list[Member] = field(default_factory=list)


def of_mmr(team_id: int, *mmr: int | None) -> Team:
    members = [
        Member(f"player {number}", one, captain=number == 1) for number, one in enumerate(mmr, 1)
    ]
    return Team(team_id, f"T{team_id}", present=members)


def refusal(teams: list[Team], how: str, random_seed: int | None = None) -> str:
    with pytest.raises(BadInput) as refused:
        order(teams, how, random_seed)
    assert refused.value.fields == {"seeding": refused.value.message}
    return refused.value.message


def test_by_hand_teams_without_a_seed_come_last_in_order_of_entry() -> None:
    teams = [Team(4), Team(3, seed=9), Team(2, seed=1), Team(1)]
    assert order(teams, "manual") == [2, 3, 1, 4]


def test_by_hand_teams_that_share_a_seed_are_named() -> None:
    teams = [Team(1, "Owls", 2), Team(2, "Foxes", 2), Team(3, "Hares", 1), Team(4, "Bats", 2)]
    assert refusal(teams, "manual") == "Seed 2 is given to Owls, Foxes and Bats."


def test_by_mmr_the_mean_of_those_present_counts() -> None:
    assert order([of_mmr(1, 4000, 1), of_mmr(2, 3000), of_mmr(3, 2999, 3002)], "mmr") == [3, 2, 1]


def test_by_the_captains_mmr_the_others_may_be_unknown() -> None:
    assert order([of_mmr(1, 4000, None), of_mmr(2, 5000, 1)], "captain_mmr") == [2, 1]


def test_equal_means_stand_in_order_of_entry_however_they_come() -> None:
    teams = [of_mmr(3, 3000, 3000, 3001), of_mmr(2, 3001, 3000, 3000), of_mmr(1, 1)]
    assert order(teams, "mmr") == order(teams[::-1], "mmr") == [2, 3, 1]


def test_a_missing_mmr_is_named_and_never_counts_as_nought() -> None:
    teams = [of_mmr(1, 4000, None), of_mmr(2, 1), of_mmr(3), of_mmr(4, None)]
    assert refusal(teams, "mmr") == (
        "Team T3 has no players. "
        "Team T1: player player 2 has no MMR. Team T4: player player 1 has no MMR."
    )
    teams[3].present[0].name = ""
    assert refusal(teams, "captain_mmr") == (
        "Team T3 has no captain. Team T4: player 76561197960265729 has no MMR."
    )


def test_a_draw_can_be_repeated_with_its_number() -> None:
    teams = [Team(number) for number in range(1, 33)]
    drawn = order(teams, "random", 7)
    assert sorted(drawn) == list(range(1, 33))
    assert order(teams[::-1], "random", 7) == drawn != order(teams, "random", 8)


def test_a_draw_without_a_number_and_an_unknown_way_are_refused() -> None:
    assert "repeated" in refusal([Team(1), Team(2)], "random")
    assert "hat" in refusal([Team(1), Team(2)], "hat")
