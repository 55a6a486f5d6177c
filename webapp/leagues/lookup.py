"""What the outside services say of a league, shown before anything is saved.

Nothing here is called within a transaction: each look-up waits for services on the internet.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, cast

import structlog
from redis import Redis
from redis.exceptions import RedisError

from webapp.clients.outside import Outside
from webapp.clients.shapes import HistoryPage, LeagueInfo
from webapp.core import time
from webapp.core.errors import AegisError, UpstreamError
from webapp.core.http import Patience
from webapp.core.limits import NotNow
from webapp.core.sources import ask
from webapp.leagues.services import read_league_id

NAMES_KEY = "aegis:leagues:names"
NAMES_KEPT = 6 * 3600
"""Seconds the list of all leagues' names is kept: it is a megabyte and hardly changes."""

MOST_HITS = 20
PAGE_ROWS = 100
LOOK_UP_SECONDS = 12
NOTHING_LISTED = (
    "Steam lists nothing under this id: a wrong id, or no match played on its ticket yet?"
)

T = TypeVar("T")
log = structlog.get_logger()


@dataclass(frozen=True)
class Hit:
    """A league whose name has what was asked for."""

    league_id: int
    name: str
    last_activity: datetime | None


@dataclass(frozen=True)
class Found:
    """What is known of one league id.

    ``listed`` counts the matches of Steam's first page, ``more`` says that the list goes on;
    ``listed`` None: Steam could not be asked, and ``trouble`` says why.
    """

    league_id: int
    name: str | None
    listed: int | None
    more: bool = False
    newest: datetime | None = None
    newest_id: int | None = None
    trouble: str = ""

    @property
    def nothing_listed(self) -> bool:
        return self.listed == 0


@dataclass(frozen=True)
class LookUp:
    """The answer to what a person typed: one league, or a list to choose from, or neither."""

    found: Found | None = None
    hits: tuple[Hit, ...] = ()
    more_hits: int = 0
    trouble: str = ""


@dataclass(frozen=True)
class Asker:
    """Whom a look-up asks. ``has_key``: Steam's lists can be read."""

    outside: Outside
    has_key: bool
    breaker_delay: float

    def look_up(self, text: str) -> LookUp:
        """Find a league by id, or leagues by a part of their name.

        Raises:
            BadInput: it is a number, but no league can have it.
        """
        patience = Patience(time.monotonic() + LOOK_UP_SECONDS, interactive=True)
        league_id = read_league_id(text)
        names, trouble = _tried("dota2.com", lambda: all_names(self.outside, patience))
        if league_id is not None:
            name = next((one.name for one in names or () if one.league_id == league_id), None)
            return LookUp(found=self._found(league_id, name, patience))
        if names is None:
            why = "Names cannot be searched just now; an id still works."
            return LookUp(trouble=f"{trouble} {why}")
        hits = matching(text, names)
        if len(hits) == 1:
            return LookUp(found=self._found(hits[0].league_id, hits[0].name, patience))
        return LookUp(hits=tuple(hits[:MOST_HITS]), more_hits=max(0, len(hits) - MOST_HITS))

    def _found(self, league_id: int, name: str | None, patience: Patience) -> Found:
        if name is None:
            asked, _ = _tried("OpenDota", lambda: self.outside.opendota.league(league_id, patience))
            name = asked.name if asked else None
        if not self.has_key:
            why = "STEAM_API_KEY is not set, so Steam was not asked what it lists."
            return Found(league_id, name, None, trouble=why)
        page, trouble = _tried("Steam", lambda: self._first_page(league_id, patience))
        if page is None:
            return Found(league_id, name, None, trouble=trouble)
        newest = page.matches[0] if page.matches else None
        return Found(
            league_id,
            name,
            len(page.matches),
            more=page.results_remaining > 0 or len(page.matches) >= PAGE_ROWS,
            newest=newest.start_time if newest else None,
            newest_id=newest.match_id if newest else None,
        )

    def _first_page(self, league_id: int, patience: Patience) -> HistoryPage:
        steam = self.outside.steam
        return ask(
            "history",
            self.breaker_delay,
            lambda: steam.league_history(league_id, None, patience),
            attempts=2,
        )


def matching(text: str, names: Sequence[Hit]) -> list[Hit]:
    """Leagues whose name holds every word of ``text``: the same name first, then the newest."""
    wanted = text.casefold().split()
    hits = [one for one in names if all(word in one.name.casefold() for word in wanted)]

    def rank(one: Hit) -> tuple[bool, float, int]:
        active = one.last_activity.timestamp() if one.last_activity else 0
        return one.name.casefold() != " ".join(wanted), -active, -one.league_id

    return sorted(hits, key=rank)


def _tried(service: str, call: Callable[[], T]) -> tuple[T | None, str]:
    """The answer, or why there is none, in words: a look-up shows what it could get."""
    try:
        return call(), ""
    except UpstreamError as error:
        log.info("look_up_failed", service=service, answer=error.answer)
        return None, f"{service} does not answer just now."
    except NotNow:
        return None, f"{service} is asked as often as it allows; try again in a moment."
    except AegisError as error:
        return None, error.message


# ---- the list of names -----------------------------------------------------------------------


def all_names(outside: Outside, patience: Patience) -> list[Hit]:
    """Every league that has a name, from Redis where it was read within some hours."""
    kept = _kept(outside.redis)
    if kept is not None:
        return kept
    names = [_hit(info) for info in outside.steam.leagues(patience) if info.name]
    _keep(outside.redis, names)
    return names


def _hit(info: LeagueInfo) -> Hit:
    return Hit(info.league_id, info.name or "", info.last_activity)


def _kept(redis: Redis) -> list[Hit] | None:
    try:
        packed = cast("bytes | None", redis.get(NAMES_KEY))
    except RedisError:
        return None
    if not packed:
        return None
    rows = json.loads(zlib.decompress(packed))
    return [Hit(league_id, name, time.from_unix(active)) for league_id, name, active in rows]


def _keep(redis: Redis, names: Sequence[Hit]) -> None:
    rows = [
        (one.league_id, one.name, int(one.last_activity.timestamp()) if one.last_activity else 0)
        for one in names
    ]
    try:
        redis.set(NAMES_KEY, zlib.compress(json.dumps(rows).encode()), ex=NAMES_KEPT)
    except RedisError as error:
        log.warning("names_not_kept", error=type(error).__name__)
