"""What an invented season is made of, and how often what makes it hard happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from webapp.bracket.known import Player, Roster, Seat, StandIn

LEAGUE, OTHER_LEAGUE = 17929, 18111


@dataclass(frozen=True, slots=True)
class Rates:
    """How often what makes it hard happens; the first two are shares of all seats.

    ``long_remakes``: those of the remakes that were cut short after ten minutes or later.
    """

    stand_ins: float = 0.05
    anonymous: float = 0.08
    approved: float = 0.5
    remakes: float = 0.05
    long_remakes: float = 0.2
    practice: float = 0.02
    rematches: float = 0.08
    unscheduled: float = 0.1
    late: float = 0.06
    no_details: float = 0.01
    no_team_ids: float = 0.4
    no_series_ids: float = 0.12
    broken_series_ids: float = 0.05
    shared: float = 0.15
    second_evening: float = 0.01
    other_league: float = 0.05


@dataclass(slots=True)
class Team:
    team_id: int
    tournament_id: int
    name: str
    players: list[Player]
    steam_team_id: int | None

    @property
    def ids(self) -> set[int]:
        return {player.steam_id for player in self.players}


@dataclass(slots=True)
class Played:
    """A match as it truly was; the seats as Steam shows them."""

    match_id: int
    league_id: int
    start: datetime
    duration: int
    radiant_win: bool
    scores: tuple[int, int]
    seats: list[Seat]
    team_ids: tuple[int | None, int | None]
    series_id: int | None
    series_type: int
    listed_at: datetime
    detailed_at: datetime | None
    remake: bool = False

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.duration)


@dataclass(slots=True)
class Series:
    """A series with its truth: ``games`` are the ids of its matches in order."""

    series_id: int
    tournament_id: int
    a: Team
    b: Team
    best_of: int
    planned: datetime
    scheduled_at: datetime | None
    round_start: datetime
    feeders: list[int] = field(default_factory=list)
    stand_ins: dict[int, list[StandIn]] = field(default_factory=dict)
    games: list[int] = field(default_factory=list)
    wins: list[str] = field(default_factory=list)
    order: tuple[int, ...] = ()

    def roster(self, team: Team) -> Roster:
        given = tuple(self.stand_ins.get(team.team_id, ()))
        return Roster(team.team_id, team.name, tuple(team.players), given, team.steam_team_id)


@dataclass(slots=True)
class Season:
    teams: list[Team]
    series: list[Series]
    matches: dict[int, Played]

    def tournaments_of(self) -> dict[int, frozenset[tuple[int, int]]]:
        """For each player the (tournament, team) pairs they play for."""
        found: dict[int, set[tuple[int, int]]] = {}
        for team in self.teams:
            for steam_id in team.ids:
                found.setdefault(steam_id, set()).add((team.tournament_id, team.team_id))
        return {steam_id: frozenset(pairs) for steam_id, pairs in found.items()}
