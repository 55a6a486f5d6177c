"""An invented season with its truth: which match each game of each series was.

Two divisions and a cup share one league and some players. Evenings start before midnight UTC and
end after it; teams meet twice on a day, games are cut short and played again, some teams warm
up against each other before their time, seats are taken by stand-ins or hidden, Steam's series and
team ids are there, missing or broken off.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bench.suggest.shapes import LEAGUE, OTHER_LEAGUE, Played, Rates, Season, Series, Team
from webapp.bracket.known import Player, Seat, StandIn

DAY = timedelta(days=1)
FIRST_EVENING = datetime(2026, 1, 9, 17, 30, tzinfo=UTC)
FIRST_ID = 8_000_000_000


def season(seed: int, *, teams: int = 8, rates: Rates | None = None) -> Season:
    """A season; without ``rates`` those of the seed, every fourth the hardest."""
    rng = random.Random(seed)
    return _Maker(rng, teams, rates or _rates(rng, seed)).make()


def _rates(rng: random.Random, seed: int) -> Rates:
    hardest = seed % 4 == 0
    stand_ins = 0.10 if hardest else rng.uniform(0, 0.10)
    anonymous = 0.15 if hardest else rng.uniform(0, 0.15)
    return Rates(stand_ins=stand_ins, anonymous=anonymous)


class _Maker:
    def __init__(self, rng: random.Random, teams: int, rates: Rates) -> None:
        self.rng, self.size, self.rates = rng, teams, rates
        self.people = iter(range(76_561_198_000_000_001, 76_561_198_000_100_000))
        self.free = [next(self.people) for _ in range(30)]
        self.hidden: set[int] = set()
        self.made = Season([], [], {})
        self.busy: dict[int, list[tuple[datetime, datetime]]] = {}
        self.steam_series = iter(range(1_000_000, 2_000_000))
        self.drafts: list[Played] = []
        self.sat: list[list[int]] = []

    def make(self) -> Season:
        first = self._division(1, [])
        second = self._division(2, first)
        cup = [self._again(team, 3) for team in first]
        for tournament, teams in ((1, first), (2, second)):
            self._league(tournament, teams)
        self._cup(cup)
        self.made.series.sort(key=lambda one: one.planned)
        for series in self.made.series:
            self._play(series)
        self._number()
        return self.made

    # ---- people ----

    def _division(self, tournament: int, others: list[Team]) -> list[Team]:
        teams = []
        for index in range(self.size):
            ids = [self._person(others) for _ in range(6 if self.rng.random() < 0.2 else 5)]
            ids = list(dict.fromkeys(ids))
            while len(ids) < 5:
                ids.append(next(self.people))
            teams.append(self._team(tournament, f"Team {tournament}.{index + 1}", ids))
        return teams

    def _person(self, others: list[Team]) -> int:
        taken = {one for team in self.made.teams if team.tournament_id == 2 for one in team.ids}
        shared = [one for team in others for one in team.ids if one not in taken]
        if shared and self.rng.random() < self.rates.shared:
            return self.rng.choice(shared)
        person = next(self.people)
        if self.rng.random() < self.rates.anonymous * 0.6:
            self.hidden.add(person)
        return person

    def _team(self, tournament: int, name: str, ids: list[int]) -> Team:
        players = [
            Player(steam_id, f"Player {steam_id % 10_000}", captain=place == 0)
            for place, steam_id in enumerate(ids)
        ]
        number = len(self.made.teams) + 1
        steam = None if self.rng.random() < self.rates.no_team_ids else 9_000_000 + number
        team = Team(number, tournament, name, players, steam)
        self.made.teams.append(team)
        return team

    def _again(self, team: Team, tournament: int) -> Team:
        """The same team in the cup, at times with one other player."""
        ids = [player.steam_id for player in team.players]
        if self.rng.random() < 0.3:
            ids[-1] = next(self.people)
        again = self._team(tournament, team.name, ids)
        again.steam_team_id = team.steam_team_id
        return again

    # ---- what is to be played ----

    def _league(self, tournament: int, teams: list[Team]) -> None:
        """A round robin, a round on every evening of a week."""
        best_of = self.rng.choice((1, 2, 3))
        evening = FIRST_EVENING + (tournament - 1) * timedelta(minutes=45)
        for number, pairs in enumerate(_rounds(len(teams))):
            start = evening + number * 7 * DAY
            for position, (one, other) in enumerate(pairs):
                at = start + timedelta(minutes=self.rng.choice((0, 0, 90, 150, 240)))
                order = (number, position)
                first = self._add(
                    tournament,
                    teams[one],
                    teams[other],
                    best_of=best_of,
                    at=at,
                    round_start=start,
                    order=order,
                )
                if self.rng.random() < self.rates.rematches:
                    self._rematch(first, order)

    def _rematch(self, first: Series, order: tuple[int, ...]) -> None:
        """The same teams once more on the same day, in this tournament or in the cup."""
        pause = timedelta(minutes=self.rng.choice((50, 60, 75)) * first.best_of)
        at = first.planned + pause + timedelta(minutes=self.rng.choice((0, 15, 30, 60, 120)))
        tournament, a, b = first.tournament_id, first.a, first.b
        cup = [team for team in self.made.teams if team.tournament_id == 3]
        if tournament == 1 and self.rng.random() < 0.4:
            tournament = 3
            a, b = (next(team for team in cup if team.name == one.name) for one in (a, b))
        sides = (a, b) if self.rng.random() < 0.5 else (b, a)
        self._add(
            tournament,
            *sides,
            best_of=first.best_of,
            at=at,
            round_start=first.round_start,
            order=(*order, 1),
        )

    def _cup(self, teams: list[Team]) -> None:
        """A knock-out on one weekend after another, fed round by round."""
        full = 1 << (len(teams).bit_length() - 1)
        alive: list[tuple[Team, int | None]] = [(team, None) for team in teams[:full]]
        start, number = FIRST_EVENING + 3 * DAY, 0
        while len(alive) > 1:
            best_of = 5 if len(alive) == 2 else self.rng.choice((1, 3, 3))
            following: list[tuple[Team, int | None]] = []
            for position in range(0, len(alive), 2):
                (a, fed_a), (b, fed_b) = alive[position : position + 2]
                at = start + timedelta(minutes=self.rng.choice((0, 30, 90)))
                one = self._add(
                    3, a, b, best_of=best_of, at=at, round_start=start, order=(number, position)
                )
                one.feeders = [fed for fed in (fed_a, fed_b) if fed is not None]
                one.wins = [self.rng.choice("ab")]  # who moves on; kept by _play
                following.append((a if one.wins == ["a"] else b, one.series_id))
            alive, number = following, number + 1
            start += (2 if self.rng.random() < 0.5 else 7) * DAY

    def _add(
        self,
        tournament: int,
        a: Team,
        b: Team,
        *,
        best_of: int,
        at: datetime,
        round_start: datetime,
        order: tuple[int, ...],
    ) -> Series:
        number = len(self.made.series) + 1
        scheduled = None if self.rng.random() < self.rates.unscheduled else at
        made = Series(number, tournament, a, b, best_of, at, scheduled, round_start, order=order)
        self.made.series.append(made)
        return made

    # ---- how it was played ----

    def _play(self, series: Series) -> None:
        rng, rates = self.rng, self.rates
        moves_on = series.wins[0] if series.wins else None
        series.wins = []
        start = self._begin(series)
        steam = None if rng.random() < rates.no_series_ids else next(self.steam_series)
        line_up = {team.team_id: self._line_up(series, team) for team in (series.a, series.b)}
        if series.scheduled_at is not None and rng.random() < rates.practice:
            self._practice(series, line_up)
        for winner in _course(rng, series.best_of, moves_on):
            if rng.random() < rates.remakes:
                cut = self._match(series, line_up, start, steam, winner, remake=True)
                start = cut.end + timedelta(minutes=rng.uniform(4, 15))
            if steam is not None and rng.random() < rates.broken_series_ids:
                steam = rng.choice((None, next(self.steam_series)))
            match = self._match(series, line_up, start, steam, winner)
            series.games.append(len(self.drafts) - 1)
            series.wins.append(winner)
            start = match.end + timedelta(minutes=rng.gammavariate(3, 4) + 3)
            if rng.random() < rates.second_evening:
                start += timedelta(hours=21)
        self._block(series)
        if rng.random() < rates.other_league:
            self._elsewhere(series, line_up, start)

    def _begin(self, series: Series) -> datetime:
        """When it began: some minutes late, at times much later, and once both teams are free."""
        rng = self.rng
        late = rng.gammavariate(2, 6) - rng.choice((0, 0, 5, 15))
        if rng.random() < self.rates.late:
            late += rng.uniform(30, 150)
        start = series.planned + timedelta(minutes=late)
        fed = [one for one in self.made.series if one.series_id in series.feeders]
        starts = [start, *(self.drafts[one.games[-1]].end for one in fed)]
        core = series.a.players[:4] + series.b.players[:4]
        starts += [self._free_from(player.steam_id, start) for player in core[:2] + core[4:6]]
        begin = max(starts)
        return begin if begin == start else begin + timedelta(minutes=rng.uniform(5, 30))

    def _free_from(self, steam_id: int, start: datetime) -> datetime:
        spans = sorted(self.busy.get(steam_id, ()))
        for began, ended in spans:
            if began - timedelta(minutes=60) < start < ended:
                start = ended
        return start

    def _block(self, series: Series) -> None:
        """Whoever sat there plays nothing else meanwhile."""
        for game in series.games:
            span = self.drafts[game].start - timedelta(minutes=15), self.drafts[game].end
            for person in self.sat[game]:
                self.busy.setdefault(person, []).append(span)

    def _line_up(self, series: Series, team: Team) -> list[int]:
        """Five who play, the first captain among them where they can, with stand-ins."""
        rng, rates = self.rng, self.rates
        ids = [player.steam_id for player in team.players]
        five = ids[:1] + rng.sample(ids[1:], 4)
        at = series.planned
        for place, steam_id in enumerate(five):
            away = any(
                a - timedelta(hours=1) < at < b + timedelta(minutes=30)
                for a, b in self.busy.get(steam_id, ())
            )
            if (away and place > 1) or rng.random() < rates.stand_ins:
                five[place] = self._stand_in(series, team, steam_id, five)
        return five

    def _stand_in(self, series: Series, team: Team, out: int, five: list[int]) -> int:
        rng = self.rng
        others = [
            one
            for other in self.made.teams
            if other.tournament_id != 3 and other.name not in {series.a.name, series.b.name}
            for one in other.ids
        ]
        pool = self.free if rng.random() < 0.6 else others
        near = series.a.ids | series.b.ids | set(five)
        person = rng.choice([one for one in pool if one not in near])
        if rng.random() < self.rates.approved:
            given = StandIn(person, out if rng.random() < 0.7 else None)
            series.stand_ins.setdefault(team.team_id, []).append(given)
        return person

    def _match(
        self,
        series: Series,
        line_up: dict[int, list[int]],
        start: datetime,
        steam: int | None,
        winner: str,
        *,
        remake: bool = False,
        league: int = LEAGUE,
    ) -> Played:
        rng = self.rng
        a_radiant = rng.random() < 0.5
        sides = (series.a, series.b) if a_radiant else (series.b, series.a)
        people = [one for team in sides for one in rng.sample(line_up[team.team_id], 5)]
        duration, scores = self._cut_short() if remake else self._played_out()
        end = start + timedelta(seconds=duration)
        listed = end + timedelta(minutes=rng.uniform(1, 6))
        known = remake or rng.random() >= self.rates.no_details
        made = Played(
            match_id=0,
            league_id=league,
            start=start,
            duration=duration,
            radiant_win=(winner == "a") == a_radiant,
            scores=scores,
            seats=[self._seat(place, one) for place, one in enumerate(people)],
            team_ids=tuple(self._team_id(team) for team in sides),  # type: ignore[arg-type]
            series_id=steam,
            series_type={1: 0, 2: 3, 3: 1, 5: 2}[series.best_of],
            listed_at=listed,
            detailed_at=listed + timedelta(minutes=rng.gammavariate(1, 6)) if known else None,
            remake=remake,
        )
        self.sat.append(people)
        self.drafts.append(made)
        return made

    def _played_out(self) -> tuple[int, tuple[int, int]]:
        rng = self.rng
        duration = int(max(900, rng.gauss(2300, 500)))
        return duration, (rng.randint(8, 50), rng.randint(8, 50))

    def _cut_short(self) -> tuple[int, tuple[int, int]]:
        """A remake: most before anything happened, some after ten minutes or more."""
        rng = self.rng
        if rng.random() < self.rates.long_remakes:
            return rng.randrange(600, 900), (rng.randint(1, 12), rng.randint(1, 12))
        scores = (0, 0) if rng.random() < 0.8 else (rng.randint(0, 3), rng.randint(0, 3))
        return int(rng.uniform(90, 480)), scores

    def _practice(self, series: Series, line_up: dict[int, list[int]]) -> None:
        """The two teams warm up against each other, half an hour or more before their time."""
        start = series.planned - timedelta(minutes=self.rng.uniform(35, 75))
        people = [one for five in line_up.values() for one in five]
        if all(self._free_from(one, start) == start for one in people):
            made = self._match(series, line_up, start, None, self.rng.choice("ab"))
            made.duration = min(made.duration, int((series.planned - start).total_seconds()))
            told = made.detailed_at is not None
            made.listed_at = made.end + timedelta(minutes=self.rng.uniform(1, 6))
            made.detailed_at = made.listed_at + timedelta(minutes=5) if told else None

    def _seat(self, place: int, person: int) -> Seat:
        slot = place if place < 5 else 123 + place
        hides = person in self.hidden or self.rng.random() < self.rates.anonymous * 0.4
        return Seat(slot, None if hides else person)

    def _team_id(self, team: Team) -> int | None:
        return team.steam_team_id if self.rng.random() < 0.8 else None

    def _elsewhere(self, series: Series, line_up: dict[int, list[int]], start: datetime) -> None:
        """The same players meet under another league's ticket."""
        self._match(series, line_up, start, None, "a", league=OTHER_LEAGUE)

    def _number(self) -> None:
        """Ids grow with the start; who plays for whom is written on the seats."""
        order = sorted(range(len(self.drafts)), key=lambda at: self.drafts[at].start)
        ids = {at: FIRST_ID + 1000 * place for place, at in enumerate(order)}
        plays = self.made.tournaments_of()
        for at in order:
            one = self.drafts[at]
            one.match_id = ids[at]
            one.seats = [
                replace(seat, teams=plays.get(seat.steam_id or 0, frozenset()))
                for seat in one.seats
            ]
            self.made.matches[one.match_id] = one
        for series in self.made.series:
            series.games = [ids[at] for at in series.games]


def _rounds(teams: int) -> Iterator[list[tuple[int, int]]]:
    """A round robin by the circle."""
    ring = list(range(1, teams))
    for _ in range(teams - 1):
        line = [0, *ring]
        yield [(line[at], line[-1 - at]) for at in range(teams // 2)]
        ring = [*ring[1:], ring[0]]


def _course(rng: random.Random, best_of: int, winner: str | None) -> Iterator[str]:
    """Who won each game, until the series was decided (a best of two: both)."""
    needed = best_of // 2 + 1
    games = [rng.choice("ab") for _ in range(best_of)]
    wins = {"a": 0, "b": 0}
    for game in games:
        wins[game] += 1
        if best_of > 2 and wins[game] == needed:
            break
    top = max(wins, key=lambda side: wins[side])
    flip = best_of != 2 and winner is not None and top != winner
    played = {"a": 0, "b": 0}
    for game in games:
        played[game] += 1
        yield ({"a": "b", "b": "a"}[game]) if flip else game
        if best_of > 2 and played[game] == needed:
            return
