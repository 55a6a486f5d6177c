"""When the matches of a league are played: rounds of series before ``now``, single games after."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.sandbox.game import HEROES
from webapp.sandbox.match import (
    BEST_OF_ONE,
    BEST_OF_THREE,
    BEST_OF_TWO,
    PRE_GAME,
    Match,
    Numbers,
    Team,
)
from webapp.sandbox.names import persona_name, team_names
from webapp.sandbox.people import FIRST_ACCOUNT, owned_accounts
from webapp.sandbox.spec import LeagueSpec, WorldSpec, chance

ROUND_EVERY = 2 * 86_400
BREAK = 600
SHORTEST, LONGEST = 1_260, 3_420
DAY_OF_GROWTH = 480
ODD_KINDS = ("nine", "remade", "teamless", "all_pick")


@dataclass
class League:
    """One league's teams, free agents and matches as planned."""

    spec: LeagueSpec
    index: int
    teams: list[Team]
    agents: tuple[int, ...]
    names: dict[int, str]


def found_league(spec: LeagueSpec, index: int, seed: int) -> League:
    """The teams and players of a league, people of the sandbox among them."""
    rng = chance(seed, "league", spec.league_id)
    first = FIRST_ACCOUNT + 100_000 * (index + 1) + 7
    numbers = range(spec.teams * 5 + 8)
    accounts = [first + 37 * number + rng.randrange(30) for number in numbers]
    names = {account: persona_name(rng, number) for number, account in enumerate(accounts)}
    for team, account in enumerate(owned_accounts(index)[: spec.teams]):
        accounts[team * 5 + team % 5] = account
    teams = [
        Team(9_000_000 + index * 1_000 + number * 7, name, _logo(rng), _five(accounts, number))
        for number, name in enumerate(team_names(rng, spec.teams))
    ]
    return League(spec, index, teams, tuple(accounts[spec.teams * 5 :]), names)


def _five(accounts: list[int], team: int) -> tuple[int, ...]:
    return tuple(accounts[team * 5 : team * 5 + 5])


def _logo(rng: random.Random) -> int:
    """Past 2^53, as real logo ids are."""
    return rng.randrange(2**60, 2**62)


class Calendar:
    """Plans matches; ``numbers`` is shared by all leagues of a world."""

    def __init__(self, world: WorldSpec, numbers: Numbers) -> None:
        self.world = world
        self.numbers = numbers

    def played(self, league: League) -> list[Match]:
        """Exactly the league's number of finished matches, the last ended before ``now``."""
        rng = chance(self.world.seed, "calendar", league.spec.league_id)
        plans = list(itertools.islice(_plans(rng, league), league.spec.matches))
        if not plans:
            return []
        last = max(plan.start + PRE_GAME + plan.duration for plan in plans)
        shift = self.world.now - 1_800 - 240 * league.index - last
        plans.sort(key=lambda plan: plan.start)
        matches = [self._match(rng, league, plan, plan.start + shift) for plan in plans]
        _treat(rng, league.spec, matches)
        return matches

    def live(self, league: League) -> list[Match]:
        """The games in progress at ``now`` of a world that stands still."""
        rng = chance(self.world.seed, "live", league.spec.league_id)
        sides = iter(rng.sample(league.teams, min(2 * league.spec.live, len(league.teams))))
        games = []
        for number, (home, away) in enumerate(zip(sides, sides, strict=False)):
            plan = _single(rng, (home, away), 40_000 + number, 1_800 + 60 * number)
            start = self.world.now - 900 - 60 * number
            games.append(self._match(rng, league, plan, start))
        return games

    def growth(self, slot: int, leagues: list[League]) -> Match:
        """The game that starts at growth slot ``slot``; leagues take turns."""
        league = leagues[slot % len(leagues)]
        turn, pairs = slot // len(leagues), len(league.teams) // 2
        order = chance(self.world.seed, "round", league.index, turn // pairs)
        teams = order.sample(league.teams, len(league.teams))
        rng = chance(self.world.seed, "growth", slot)
        home, away = teams[turn % pairs * 2], teams[turn % pairs * 2 + 1]
        plan = _single(rng, (home, away), 50_000 + slot, rng.randint(900, 1_500))
        return self._match(rng, league, plan, self.slot_start(slot))

    def late(self, league: League, start: int, end: int, number: int) -> Match:
        """A single game that started at ``start`` and is listed only at ``end``."""
        rng = chance(self.world.seed, "late", league.spec.league_id, number)
        home, away = rng.sample(league.teams, 2)
        plan = _single(rng, (home, away), 60_000 + number, max(60, min(LONGEST, end - start)))
        return self._match(rng, league, plan, start, end)

    def slot_start(self, slot: int) -> int:
        """Every ``every`` seconds for a day's worth of games, then three an hour.

        The first slots lie before ``now``, so that games are live as soon as the world is.
        """
        fast = min(slot, DAY_OF_GROWTH) * self.world.every
        return self.world.now - 1_500 + fast + max(0, slot - DAY_OF_GROWTH) * 1_200

    def _match(
        self, rng: random.Random, league: League, plan: Plan, start: int, end: int = 0
    ) -> Match:
        end = end or start + PRE_GAME + plan.duration
        home, away = league.agents[:4], league.agents[4:]
        lineup = _lineup(rng, plan.radiant, home) + _lineup(rng, plan.dire, away)
        shy = [account for account in lineup if rng.random() < league.spec.anonymous]
        return Match(
            match_id=self.numbers.match_id(start),
            match_seq_num=self.numbers.match_seq_num(end),
            league_id=league.spec.league_id,
            series_id=1_000_000 * (league.index + 1) + plan.series,
            series_type=plan.series_type,
            start=start,
            end=end,
            duration=plan.duration,
            radiant=plan.radiant,
            dire=plan.dire,
            radiant_win=plan.radiant_win,
            lineup=lineup,
            heroes=tuple(rng.sample(HEROES, 10)),
            anonymous=frozenset(shy),
            game_number=plan.game_number,
        )


@dataclass(frozen=True)
class Plan:
    start: int
    duration: int
    series: int
    series_type: int
    game_number: int
    radiant: Team
    dire: Team
    radiant_win: bool


def _plans(rng: random.Random, league: League) -> Iterator[Plan]:
    """Round after round without end; each pairs all teams, whose series run side by side."""
    series = itertools.count(1)
    for number in itertools.count():
        teams = iter(rng.sample(league.teams, len(league.teams)))
        for home, away in zip(teams, teams, strict=False):
            start = number * ROUND_EVERY + rng.randint(0, 900)
            yield from _series(rng, home, away, start, next(series))


def _series(rng: random.Random, home: Team, away: Team, start: int, series: int) -> Iterator[Plan]:
    """A best of one, two or three; sides change after each game."""
    kind = rng.choice((BEST_OF_ONE, BEST_OF_TWO, BEST_OF_TWO, BEST_OF_THREE, BEST_OF_THREE))
    wins = [0, 0]
    for game in range({BEST_OF_ONE: 1, BEST_OF_TWO: 2, BEST_OF_THREE: 3}[kind]):
        if kind == BEST_OF_THREE and max(wins) == 2:
            return
        duration = rng.randint(SHORTEST, LONGEST)
        radiant, dire = (home, away) if game % 2 == 0 else (away, home)
        radiant_win = rng.random() < 0.53
        wins[0 if (radiant is home) == radiant_win else 1] += 1
        yield Plan(start, duration, series, kind, game + 1, radiant, dire, radiant_win)
        start += PRE_GAME + duration + BREAK + rng.randint(0, 300)


def _single(rng: random.Random, teams: tuple[Team, Team], series: int, duration: int) -> Plan:
    home, away = teams
    return Plan(0, duration, series, BEST_OF_ONE, 1, home, away, rng.random() < 0.53)


def _lineup(rng: random.Random, team: Team, agents: tuple[int, ...]) -> tuple[int, ...]:
    """The roster; now and then a free agent stands in for someone."""
    five = list(team.roster)
    if rng.random() < 0.08:
        five[rng.randrange(5)] = rng.choice(agents)
    return tuple(five)


def _treat(rng: random.Random, spec: LeagueSpec, matches: list[Match]) -> None:
    """Pick, among the newest that history reaches, those the services treat specially."""
    wanted = spec.hidden + spec.withheld + spec.odd + sum(count for _, count in spec.fail_first)
    newest = matches[-min(480, len(matches)) :]
    chosen = iter(rng.sample(newest, min(wanted, len(newest))))
    for match in itertools.islice(chosen, spec.hidden):
        match.hidden = True
    for match in itertools.islice(chosen, spec.withheld):
        match.withheld = True
    for times, count in spec.fail_first:
        for match in itertools.islice(chosen, count):
            match.fails, match.fail_with = times, spec.fail_with
    for match, odd in zip(chosen, itertools.cycle(ODD_KINDS), strict=False):
        make_odd(match, odd)


def make_odd(match: Match, odd: str) -> None:
    """Turn a planned match into one of ``ODD_KINDS``; its numbers stay."""
    match.odd = odd
    if odd == "remade":
        match.duration = 0
    if odd == "teamless":
        match.series_id = match.series_type = 0
