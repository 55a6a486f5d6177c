"""How often the right match is suggested first, and what is linked without a person: in memory.

Candidates are chosen as ``webapp.bracket.facts`` chooses them from the database.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bench.suggest.shapes import LEAGUE, Played, Season, Series
from webapp.bracket.known import Candidate, Facts, GameFacts, Linked, Rival, SeriesFacts, Side
from webapp.bracket.seats import read
from webapp.bracket.suggest import rank
from webapp.bracket.sure import sure_links
from webapp.bracket.window import AFTER, BEFORE, CANDIDATES

SIX = 6
"""Players seen from which a game counts in the figures."""


@dataclass
class Figures:
    """What came out. Shares are of games with six or more known players."""

    games: int = 0
    first: int = 0
    first_in_turn: int = 0
    linked: int = 0
    linked_later: int = 0
    wrong: list[tuple[int, int, int]] = field(default_factory=list)
    missed: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        self.games += other.games
        self.first += other.first
        self.first_in_turn += other.first_in_turn
        self.linked += other.linked
        self.linked_later += other.linked_later
        self.wrong += other.wrong
        self.missed += other.missed


def measure(season: Season) -> Figures:
    """Rank every game, and link the season twice: as it goes, and all of it at its end."""
    desk = Desk(season)
    figures = Figures()
    asked = [
        (series, number)
        for series in season.series
        for number in range(1, len(series.games) + 1)
        if desk.known(series, number) >= SIX
    ]
    figures.games = len(asked)
    for series, number in asked:
        if desk.first(series, number) == series.games[number - 1]:
            figures.first += 1
        else:
            figures.missed.append((series.series_id, number, series.games[number - 1]))
        desk.link_before(series, number)
        figures.first_in_turn += desk.first(series, number) == series.games[number - 1]
        desk.unlink_all()
    for live in (True, False):
        desk.unlink_all()
        desk.play() if live else desk.catch_up()
        right = sum(
            desk.links.get(series.games[number - 1]) == (series.series_id, number)
            for series, number in asked
        )
        if live:
            figures.linked = right
        else:
            figures.linked_later = right
        figures.wrong += desk.wrong()
    return figures


class Desk:
    """A season as its organizers see it: what is stored by now, and what is linked to it."""

    def __init__(self, season: Season) -> None:
        self.season = season
        self.links: dict[int, tuple[int, int]] = {}
        self.of_series: dict[int, dict[int, int]] = defaultdict(dict)
        self.swapped: dict[tuple[int, int], bool] = {}
        self.by_id = {series.series_id: series for series in season.series}
        ours = [one for one in season.matches.values() if one.league_id == LEAGUE]
        self.stored = sorted(ours, key=lambda one: one.start)
        self.end = max(one.end for one in ours) + timedelta(days=2)
        self.now = self.end
        self.of_player: dict[int, list[Played]] = defaultdict(list)
        for match in self.stored:
            for seat in match.seats:
                if seat.steam_id is not None:
                    self.of_player[seat.steam_id].append(match)
        self.plays = season.tournaments_of()
        self.rivals = {one.series_id: list(self._rivals(one)) for one in season.series}

    # ---- facts ----

    def known(self, series: Series, number: int) -> int:
        match = self._candidate(self.season.matches[series.games[number - 1]])
        return read(match, series.roster(series.a), series.roster(series.b)).seen

    def facts(self, series: Series) -> SeriesFacts:
        since, until = self._window(series)
        return SeriesFacts(
            series_id=series.series_id,
            best_of=series.best_of,
            a=series.roster(series.a),
            b=series.roster(series.b),
            games=tuple(self._games(series)),
            candidates=tuple(self._candidates(series, since, until)),
            scheduled_at=series.scheduled_at,
            since=since,
            until=until,
            not_before=since,
            begins=self._begins(series),
            rivals=tuple(self._rival(one) for one in self.rivals[series.series_id]),
            order=series.order,
        )

    def _window(self, series: Series) -> tuple[datetime, datetime]:
        if series.scheduled_at is None:
            return series.round_start - BEFORE, self.now
        return series.scheduled_at - BEFORE, min(series.scheduled_at + AFTER, self.now)

    def _begins(self, series: Series) -> datetime | None:
        linked = [one for fed in series.feeders for one in self._linked(self.by_id[fed]).values()]
        return max((one.start for one in linked), default=None)

    def _linked(self, series: Series) -> dict[int, Played]:
        return {
            number: self.season.matches[match]
            for match, number in self.of_series[series.series_id].items()
        }

    def _span(self, series: Series) -> tuple[datetime | None, datetime | None]:
        linked = self._linked(series).values()
        return (
            min((one.start for one in linked), default=None),
            max((one.end for one in linked), default=None),
        )

    def _games(self, series: Series) -> Iterator[GameFacts]:
        linked = self._linked(series)
        for number in range(1, series.best_of + 1):
            match = linked.get(number)
            game_id = series.series_id * 10 + number
            if match is None:
                yield GameFacts(game_id, number)
                continue
            won = self._winner(series, match)
            yield GameFacts(
                game_id,
                number,
                "done",
                match_id=match.match_id,
                start=match.start,
                end=match.end,
                steam_series=match.series_id,
                winner=won,
            )

    def _winner(self, series: Series, match: Played) -> Side:
        key = (series.series_id, match.match_id)
        if key not in self.swapped:
            sides = series.roster(series.a), series.roster(series.b)
            self.swapped[key] = read(self._candidate(match), *sides).sides_swapped
        return "a" if match.radiant_win != self.swapped[key] else "b"

    def _rivals(self, series: Series) -> Iterator[Series]:
        for other in self.season.series:
            if other is series:
                continue
            straight = _share(series.a.ids, other.a.ids) and _share(series.b.ids, other.b.ids)
            swapped = _share(series.a.ids, other.b.ids) and _share(series.b.ids, other.a.ids)
            if straight or swapped:
                yield other

    def _rival(self, other: Series) -> Rival:
        start, end = self._span(other)
        return Rival(
            series_id=other.series_id,
            label=f"series {other.series_id}",
            best_of=other.best_of,
            scheduled_at=other.scheduled_at,
            open=not self.over(other),
            begins=self._begins(other),
            start=start,
            end=end,
            order=other.order,
        )

    def over(self, series: Series) -> bool:
        wins = [game.winner for game in self._games(series) if game.winner]
        needed = series.best_of // 2 + 1
        return len(wins) == series.best_of or max(wins.count("a"), wins.count("b")) >= needed

    def _candidates(self, series: Series, since: datetime, until: datetime) -> list[Candidate]:
        counted: dict[int, int] = defaultdict(int)
        given = [one.steam_id for made in series.stand_ins.values() for one in made]
        for steam_id in series.a.ids | series.b.ids | set(given):
            for match in self.of_player[steam_id]:
                if since <= match.start <= until and match.listed_at <= self.now:
                    counted[match.match_id] += 1
        best = heapq.nlargest(CANDIDATES, counted, key=lambda match: (counted[match], match))
        return [self._candidate(self.season.matches[match]) for match in best]

    def _candidate(self, match: Played) -> Candidate:
        told = match.detailed_at is not None and match.detailed_at <= self.now
        where = self.links.get(match.match_id)
        return Candidate(
            match_id=match.match_id,
            start_time=match.start,
            seats=tuple(match.seats),
            duration=match.duration if told else None,
            state="detailed" if told else "stub",
            radiant_win=match.radiant_win if told else None,
            radiant_score=match.scores[0] if told else None,
            dire_score=match.scores[1] if told else None,
            radiant_team_id=match.team_ids[0],
            dire_team_id=match.team_ids[1],
            series_id=match.series_id,
            series_type=match.series_type,
            linked=Linked(where[0] * 10 + where[1], where[0], f"game {where[1]}")
            if where
            else None,
        )

    # ---- what is asked of them ----

    def first(self, series: Series, number: int) -> int | None:
        found = rank(Facts(self.facts(series), number))
        return found[0].match_id if found else None

    def link(self, match_id: int, series_id: int, number: int) -> None:
        self.links[match_id] = (series_id, number)
        self.of_series[series_id][match_id] = number

    def unlink_all(self) -> None:
        self.links.clear()
        self.of_series.clear()

    def link_before(self, series: Series, number: int) -> None:
        for index, match in enumerate(series.games[: number - 1], 1):
            self.link(match, series.series_id, index)

    def play(self) -> None:
        """The season as it goes: after each match that was detailed, its players' series."""
        moments = [(one.detailed_at, one) for one in self.stored if one.detailed_at is not None]
        of_player: dict[int, list[Series]] = defaultdict(list)
        for series in self.season.series:
            for steam_id in series.a.ids | series.b.ids:
                of_player[steam_id].append(series)
        for moment, match in sorted(moments, key=lambda pair: pair[0]):
            self.now = moment
            seated = {seat.steam_id for seat in match.seats if seat.steam_id is not None}
            met = {one.series_id: one for who in seated for one in of_player[who]}
            self._link_all(sorted(met.values(), key=lambda one: one.series_id))

    def catch_up(self) -> None:
        """All that is stored at once, again until nothing more is sure."""
        self.now = self.end
        while self._link_all(self.season.series):
            pass

    def _link_all(self, asked: Iterable[Series]) -> int:
        count = 0
        for series in asked:
            if self._ready(series) and not self.over(series):
                for one in sure_links(self.facts(series)):
                    self.link(one.suggestion.match_id, series.series_id, one.game.number)
                    count += 1
        return count

    def _ready(self, series: Series) -> bool:
        """Both teams are known: the series that feed it have truly ended."""
        fed = [self.by_id[one] for one in series.feeders]
        return all(self.season.matches[one.games[-1]].end <= self.now for one in fed)

    def wrong(self) -> list[tuple[int, int, int]]:
        """Every link that is not the truth: series, game, match."""
        truth = {
            match: (series.series_id, number)
            for series in self.season.series
            for number, match in enumerate(series.games, 1)
        }
        return [(*where, match) for match, where in self.links.items() if truth.get(match) != where]


def _share(ours: set[int], theirs: set[int]) -> bool:
    return len(ours & theirs) >= 3
