"""The order in which teams are seeded. Pure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Protocol

from webapp.core.errors import BadInput


class SeededMember(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def steam_id(self) -> int: ...
    @property
    def mmr(self) -> int | None: ...
    @property
    def captain(self) -> bool: ...


class SeededTeam(Protocol):
    """What seeding reads of a team; ``present`` are the members who have not left."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def seed(self) -> int | None: ...
    @property
    def present(self) -> Sequence[SeededMember]: ...


Teams = Sequence[SeededTeam]


def order(teams: Teams, how: str, random_seed: int | None = None) -> list[int]:
    """The teams' ids, best seed first. Teams that are equal stand in the order of their ids.

    ``how``: ``manual`` by seed, teams without one last; ``mmr`` by the mean of the present members;
    ``captain_mmr``; ``random``, which ``random_seed`` repeats.

    Raises BadInput naming the teams that share a seed, and each player without MMR.
    """
    if how not in HOW:
        raise _bad([f"There is no seeding {how}."])
    return HOW[how](sorted(teams, key=lambda team: team.id), random_seed)


def _by_seed(teams: Teams, random_seed: int | None) -> list[int]:
    shared = [
        f"Seed {seed} is given to {_listed([team.name for team in teams if team.seed == seed])}."
        for seed, times in sorted(Counter(team.seed for team in teams if team.seed).items())
        if times > 1
    ]
    if shared:
        raise _bad(shared)
    return [team.id for team in sorted(teams, key=lambda team: (team.seed is None, team.seed or 0))]


def _by_mmr(teams: Teams, random_seed: int | None) -> list[int]:
    return _strongest_first({team.id: list(team.present) for team in teams}, teams, "players")


def _by_captain_mmr(teams: Teams, random_seed: int | None) -> list[int]:
    captains = {team.id: [member for member in team.present if member.captain] for team in teams}
    return _strongest_first(captains, teams, "captain")


def _strongest_first(judged: dict[int, list[SeededMember]], teams: Teams, whom: str) -> list[int]:
    """The ids by the mean MMR of those judged. A missing MMR is named: it never counts as 0."""
    missing = [f"Team {team.name} has no {whom}." for team in teams if not judged[team.id]]
    missing += [
        f"Team {team.name}: player {member.name or member.steam_id} has no MMR."
        for team in teams
        for member in judged[team.id]
        if member.mmr is None
    ]
    if missing:
        raise _bad(missing)
    return sorted((team.id for team in teams), key=lambda own: -_mean(judged[own]))


def _mean(members: Sequence[SeededMember]) -> Fraction:
    return Fraction(sum(member.mmr or 0 for member in members), len(members))


def _drawn(teams: Teams, random_seed: int | None) -> list[int]:
    if random_seed is None:
        raise _bad(["A random seeding needs the number that it can be repeated with."])
    ids = [team.id for team in teams]
    random.Random(random_seed).shuffle(ids)  # noqa: S311  # a draw that anyone can repeat
    return ids


HOW: dict[str, Callable[[Teams, int | None], list[int]]] = {
    "manual": _by_seed,
    "mmr": _by_mmr,
    "captain_mmr": _by_captain_mmr,
    "random": _drawn,
}


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _bad(reasons: list[str]) -> BadInput:
    told = " ".join(reasons)
    return BadInput(told, fields={"seeding": told})
