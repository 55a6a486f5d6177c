"""The tournament of the invented world as it truly goes: who meets, and who wins what.

A double elimination of eight teams: two evenings are played, one series is under way, and the
rest follows, in an order the bracket allows.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from webapp.bracket.generate import Options, generate
from webapp.bracket.shape import Entrant, Key, LoserOf, Planned, Source, WinnerOf
from webapp.sandbox.calendar import League, found_league
from webapp.sandbox.match import PRE_GAME, Team
from webapp.sandbox.spec import LeagueSpec, chance

TEAMS = (
    *("Foxglove", "Tin Orchard", "Harbour Owls", "Nine Lanterns"),
    *("Saltmarsh", "Quiet Thunder", "Moss & Iron", "Late Ferry"),
)
"""Best seed first."""

ROSTERS = (1, 0, 4, 5, 2, 6, 3, 7)
"""Which of the league's rosters each plays with: people of the sandbox stand in the first four."""

LETTERS = {"winners": "U", "losers": "L", "final": "GF"}
PLAYED = ("U1", "U2", "U3", "U4", "L1", "L2", "U6")
UNDER_WAY = "U5"
TO_COME = ("L3", "L4", "U7", "L5", "L6", "GF")
WON = {
    **{"U1": "aba", "U2": "bb", "U3": "aa", "U4": "bab"},
    **{"L1": "bb", "L2": "baa", "U6": "abb", UNDER_WAY: "ab"},
}
"""Who won each game of these; the rest is drawn."""

STAND_IN = "U4"
"""The series in which a free agent plays for the last of team a."""


@dataclass
class CupSeries:
    """A series; ``won`` holds the winner of each game, ``a`` or ``b``; times are Unix seconds.

    ``stand_in`` is who plays for whom, both account ids.
    """

    label: str
    key: Key
    number: int
    best_of: int
    a: Team
    b: Team
    won: str
    scheduled_at: int = 0
    stand_in: tuple[int, int] | None = None

    @property
    def winner(self) -> Team:
        return self.a if self.won[-1] == "a" else self.b

    @property
    def loser(self) -> Team:
        return self.b if self.won[-1] == "a" else self.a


@dataclass
class CupGame:
    """A game of a series, or the start of one that was given up and played again (``remade``).

    It says that it began at ``start`` and lasted ``duration``; it is live from ``opened`` to
    ``end``. Sides change after each game.
    """

    series: CupSeries
    number: int
    start: int
    duration: int
    opened: int
    end: int
    remade: bool = False
    match_id: int | None = None

    @property
    def sides(self) -> tuple[Team, Team]:
        """Radiant and dire."""
        series = self.series
        return (series.a, series.b) if self.number % 2 else (series.b, series.a)

    @property
    def winner(self) -> Team | None:
        if self.remade:
            return None
        return self.series.a if self.series.won[self.number - 1] == "a" else self.series.b

    @property
    def said_end(self) -> int:
        return self.start + PRE_GAME + self.duration


def found_cup(spec: LeagueSpec, index: int, seed: int) -> League:
    """The league of the tournament: its teams in order of their seeds."""
    league = found_league(spec, index, seed)
    rosters = [league.teams[place].roster for place in ROSTERS]
    teams = [
        replace(team, name=name, roster=roster)
        for team, name, roster in zip(league.teams, TEAMS, rosters, strict=True)
    ]
    return replace(league, teams=teams)


def all_series(league: League, seed: int) -> list[CupSeries]:
    """The whole bracket in the order it is played, each series with how it ends."""
    planned = _planned(len(league.teams))
    played: dict[Key, CupSeries] = {}
    for number, label in enumerate((*PLAYED, UNDER_WAY, *TO_COME), 1):
        one, rng = planned[label], chance(seed, "cup", league.spec.league_id, label)
        a, b = _team(one.a, league, played), _team(one.b, league, played)
        chance_of_a = 0.5 + 0.05 * (league.teams.index(b) - league.teams.index(a))
        won = _won(rng, one.best_of, chance_of_a, WON.get(label, ""))
        stand_in = (league.agents[3], a.roster[4]) if label == STAND_IN else None
        played[one.key] = CupSeries(
            label, one.key, number, one.best_of, a, b, won, stand_in=stand_in
        )
    return list(played.values())


def _planned(teams: int) -> dict[str, Planned]:
    """The series by what people call them."""
    options = Options(best_of=3, final_best_of=5, grand_final="simple")
    counts: Counter[str] = Counter()
    found = {}
    for one in generate("double_elimination", teams, options):
        letters = LETTERS[one.key.bracket]
        counts[letters] += 1
        found[letters if letters == "GF" else f"{letters}{counts[letters]}"] = one
    return found


def _team(source: Source, league: League, played: Mapping[Key, CupSeries]) -> Team:
    if isinstance(source, WinnerOf):
        return played[source.key].winner
    if isinstance(source, LoserOf):
        return played[source.key].loser
    if isinstance(source, Entrant):
        return league.teams[source.ref - 1]
    raise TypeError(source)


def _won(rng: random.Random, best_of: int, chance_of_a: float, known: str) -> str:
    won = known
    while max(won.count("a"), won.count("b")) <= best_of // 2:
        won += "a" if rng.random() < chance_of_a else "b"
    return won
