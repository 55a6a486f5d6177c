"""Live games and the bracket: each game's series, and what is live in a tournament now.

Whoever asks Steam also finds the games' series, once for all visitors; what came of it is kept in
Redis beside the games. ``now`` reads only that, so that no page of a bracket ever waits for Steam.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from redis import Redis
from redis.exceptions import RedisError

from webapp.accounts.context import outside
from webapp.core.figures import game_clock, k
from webapp.core.time import utcnow
from webapp.matches.live import KEPT

NOW = "aegis:live:now"


@dataclass(frozen=True, slots=True)
class LiveShort:
    """A live game of a bracket in a line. Scores are kills; ``lead`` is team a's net worth ahead.

    ``duration`` in seconds is None before the horn.
    """

    tournament_id: int
    tournament: str
    series_id: int
    label: str
    game_id: int
    number: int
    match_id: int
    team_a_id: int
    team_b_id: int
    team_a: str
    team_b: str
    score_a: int | None
    score_b: int | None
    lead: int | None
    duration: int | None

    @property
    def score(self) -> str:
        return f"{self.score_a or 0}:{self.score_b or 0}"

    @property
    def clock(self) -> str:
        return game_clock(self.duration) if self.duration else "draft"

    @property
    def words(self) -> str:
        """``14:9 · 18:20``, or ``draft`` before the horn."""
        return f"{self.score} · {self.clock}" if self.duration else self.clock

    @property
    def ahead(self) -> str:
        """``Quiet Thunder ahead by 4.2k``; empty while nobody is."""
        if not self.lead:
            return ""
        return f"{self.team_a if self.lead > 0 else self.team_b} ahead by {k(abs(self.lead))}"

    @property
    def href(self) -> str:
        return f"/tournaments/{self.tournament_id}?series={self.label}"


# ---- what is live now --------------------------------------------------------------------------


def everything(redis: Redis) -> list[LiveShort]:
    """Every live game of a bracket, from what Redis keeps; nothing where it does not answer."""
    return of(by_league(redis))


def of(told: Mapping[int, Sequence[LiveShort]]) -> list[LiveShort]:
    return sorted((one for games in told.values() for one in games), key=lambda one: one.match_id)


def by_league(redis: Redis) -> dict[int, list[LiveShort]]:
    """The live games of brackets in each league of which Steam told just now; {} without Redis."""
    try:
        kept = cast("dict[bytes, bytes]", redis.hgetall(NOW))
    except RedisError:
        return {}
    bodies = {int(league_id): json.loads(text) for league_id, text in kept.items()}
    return {
        league_id: [LiveShort(**one) for one in told["games"]]
        for league_id, told in bodies.items()
        if utcnow().timestamp() - told["at"] <= KEPT
    }


def now(tournament_id: int) -> dict[int, LiveShort]:
    """What is live in a tournament, by series, from what is kept: Steam is not asked."""
    found = everything(outside().redis)
    return {one.series_id: one for one in found if one.tournament_id == tournament_id}


def token(live: Mapping[int, LiveShort]) -> str:
    """What is live, in a word that changes when any of it does."""
    return ",".join(f"{one.series_id}-{one.number}-{one.words}" for one in live.values())


def keep(redis: Redis, league_id: int, shorts: Iterable[LiveShort]) -> None:
    told = {"at": utcnow().timestamp(), "games": [asdict(one) for one in shorts]}
    pipe = redis.pipeline(transaction=False)
    pipe.hset(NOW, str(league_id), json.dumps(told))
    pipe.expire(NOW, KEPT)
    pipe.execute()


# ---- who plays now -----------------------------------------------------------------------------


def playing(games: Iterable[Mapping[str, Any]], steam_ids: Collection[int]) -> list[Any]:
    """``find_live_game_by_players``: of these games those in which any of these players stands."""
    asked = {str(one) for one in steam_ids}
    return [
        game
        for game in games
        if any(
            player["steam_id"] in asked
            for side in ("radiant", "dire")
            for player in game[side]["players"]
        )
    ]
