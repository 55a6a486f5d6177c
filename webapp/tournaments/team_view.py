"""Teams with their rosters as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.matches.names import players_named
from webapp.tournaments import teams as services
from webapp.tournaments.models import Team, TeamMember


@dataclass(frozen=True, slots=True)
class Seat:
    """A member under the name they play by; ``also_in`` are other teams they stand in."""

    member: TeamMember
    name: str
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """A team: who is in it, captain first; who left; and the mean of the MMRs that are known."""

    team: Team
    seats: list[Seat]
    left: list[Seat]
    average: float | None
    unknown: int
    same_seed: tuple[str, ...] = ()

    @property
    def flags(self) -> list[str]:
        """What an organizer should look at: a hint, never a refusal."""
        found = [
            f"{seat.name} also stands in {', '.join(seat.also_in)}"
            for seat in self.seats
            if seat.also_in
        ]
        if self.same_seed:
            found.append(f"{', '.join(self.same_seed)} has seed {self.team.seed} too")
        if not any(seat.member.captain for seat in self.seats):
            found.append("No captain")
        return found


def rosters(teams: Sequence[Team]) -> list[Roster]:
    """The teams with everybody's name, in two statements."""
    unnamed = (one.steam_id for team in teams for one in team.members if not one.name)
    names = {steam_id: player.name for steam_id, player in players_named(unnamed).items()}
    several = services.in_several(teams)
    return [
        _roster(
            team,
            names,
            {one.steam_id: _others(several.get(one.steam_id, ()), team) for one in team.present},
            _others((other for other in teams if team.seed and other.seed == team.seed), team),
        )
        for team in teams
    ]


def _others(teams: Iterable[Team], team: Team) -> tuple[str, ...]:
    return tuple(other.name for other in teams if other.id != team.id)


def _roster(
    team: Team,
    names: dict[int, str],
    also_in: dict[int, tuple[str, ...]],
    same_seed: tuple[str, ...],
) -> Roster:
    def seat(member: TeamMember) -> Seat:
        name = member.name or names.get(member.steam_id, "")
        return Seat(member, name, also_in.get(member.steam_id, ()))

    present = sorted(team.present, key=lambda one: (not one.captain, not one.deputy, one.id))
    known = [one.mmr for one in present if one.mmr is not None]
    return Roster(
        team,
        [seat(one) for one in present],
        [seat(one) for one in team.members if one.left_at is not None],
        sum(known) / len(known) if known else None,
        len(present) - len(known),
        same_seed,
    )
