"""The tournament's league as the services see it: games become matches when they open."""

from __future__ import annotations

import random
from typing import Any

from webapp.sandbox.calendar import League, make_odd
from webapp.sandbox.cup_plan import CupGame, CupSeries, all_series
from webapp.sandbox.cup_times import all_games
from webapp.sandbox.game import HEROES
from webapp.sandbox.match import BEST_OF_FIVE, BEST_OF_THREE, PRE_GAME, Match, Numbers, Team
from webapp.sandbox.people import owned_accounts
from webapp.sandbox.spec import CupSpec, WorldSpec, chance

SWAPPED = ("U6", 2)
"""The game whose lobby has Steam's teams on the wrong sides: their players sit on the others'."""

NO_STEAM_SERIES, NO_STEAM_TEAMS = "L1", ("U3", 2)
HALF = 0.5
"""Of a second: the cup takes its ids between those of the other leagues, never one of theirs."""

AT_LEAST = 600
"""Seconds a game must have lasted to count as one."""


class Cup:
    """``series`` and ``games`` are the truth, up to the grand final, in the order they open."""

    def __init__(self, league: League, world: WorldSpec, numbers: Numbers) -> None:
        self.league = league
        self._world = world
        self._numbers = numbers
        self.series = all_series(league, world.seed)
        self.games = all_games(self.series, world, league.spec.cup or CupSpec())
        self._matches: dict[int, Match] = {}

    def opened(self, now: float) -> list[Match]:
        """The matches of games that opened since somebody last asked."""
        found = []
        for place in range(len(self._matches), len(self.games)):
            if self.games[place].opened > now:
                break
            found.append(self._match(place))
        return found

    def live(self, now: float) -> CupGame | None:
        """The game that is being played."""
        return next((one for one in self.games if one.opened <= now < one.end), None)

    def end_live(self, now: float) -> tuple[Match, float]:
        """End the live game, and all after it so much earlier; the match, and when it is over.

        That is at once, unless the game would say that it was over before it was one.

        Raises:
            ValueError: no game is live.
        """
        game = self.live(now)
        if game is None:
            raise ValueError("no game of the cup is live")
        place = self.games.index(game)
        match = self._matches[place]
        over = int(now)
        if game.said_end > now:
            over = max(over, game.start + PRE_GAME + AT_LEAST)
            game.duration = match.duration = over - game.start - PRE_GAME
        earlier = game.end - over
        game.end = match.end = over
        match.match_seq_num = self._numbers.match_seq_num(over + HALF)
        for later in self.games[place + 1 :]:
            honest = later.start == later.opened
            later.opened, later.end = later.opened - earlier, later.end - earlier
            later.start = later.opened if honest else later.start
        return match, over

    def truth(self) -> dict[str, Any]:
        """Series and games with who won; ``match_id`` is null for what has not begun."""
        return {
            "league_id": self.league.spec.league_id,
            "series": [_series(one) for one in self.series],
            "games": [_game(one) for one in self.games],
        }

    def _match(self, place: int) -> Match:
        game = self.games[place]
        series, spec = game.series, self.league.spec
        rng = chance(self._world.seed, "cup", series.label, game.number, game.remade)
        radiant, dire = game.sides
        lineup = _five(radiant, game) + _five(dire, game)
        shown = (dire, radiant) if (series.label, game.number) == SWAPPED else (radiant, dire)
        in_series = series.label != NO_STEAM_SERIES
        match = Match(
            match_id=self._numbers.match_id(game.start + HALF),
            match_seq_num=self._numbers.match_seq_num(game.end + HALF),
            league_id=spec.league_id,
            series_id=1_000_000 * (self.league.index + 1) + series.number if in_series else 0,
            series_type=_series_type(game) if in_series else 0,
            start=game.start,
            end=game.end,
            duration=game.duration,
            radiant=shown[0],
            dire=shown[1],
            radiant_win=game.winner is radiant,
            lineup=lineup,
            heroes=tuple(rng.sample(HEROES, 10)),
            anonymous=self._anonymous(rng, game, lineup),
            game_number=game.number,
            odd="remade" if game.remade else "",
            opened=game.opened if game.opened != game.start else 0,
            series_wins=(_wins(game, radiant), _wins(game, dire)),
        )
        if (series.label, game.number) == NO_STEAM_TEAMS:
            make_odd(match, "teamless")
        self._matches[place] = match
        game.match_id = match.match_id
        return match

    def _anonymous(
        self, rng: random.Random, game: CupGame, lineup: tuple[int, ...]
    ) -> frozenset[int]:
        """Who shares nothing: never the sandbox's people, nor who stands in."""
        known = {*owned_accounts(self.league.index), *(game.series.stand_in or ())}
        drawn = [account for account in lineup if rng.random() < self.league.spec.anonymous]
        return frozenset(drawn) - known


def _five(team: Team, game: CupGame) -> tuple[int, ...]:
    comes, goes = game.series.stand_in or (0, 0)
    return tuple(comes if account == goes else account for account in team.roster)


def _series_type(game: CupGame) -> int:
    return BEST_OF_FIVE if game.series.best_of == 5 else BEST_OF_THREE


def _wins(game: CupGame, team: Team) -> int:
    before = game.series.won[: game.number - 1]
    return before.count("a" if team is game.series.a else "b")


def _series(series: CupSeries) -> dict[str, Any]:
    return {
        "label": series.label,
        **series.key._asdict(),
        "best_of": series.best_of,
        "team_a": series.a.name,
        "team_b": series.b.name,
        "score_a": series.won.count("a"),
        "score_b": series.won.count("b"),
        "winner": series.winner.name,
        "scheduled_at": series.scheduled_at,
    }


def _game(game: CupGame) -> dict[str, Any]:
    radiant, dire = game.sides
    return {
        "series": game.series.label,
        "number": game.number,
        "match_id": game.match_id,
        "radiant": radiant.name,
        "dire": dire.name,
        "winner": game.winner.name if game.winner else None,
        "remade": game.remade,
        "opened": game.opened,
        "end": game.end,
    }
