"""What a stand-in world is made of: leagues, their odd matches, and how time runs in it."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

STEAM_KEY = "sandbox-steam-key"
DISCORD_CLIENT_ID = "sandbox"
DISCORD_CLIENT_SECRET = "sandbox-discord-secret"  # noqa: S105 - the stand-in's own, known to all
COPPER_COAST, NORTHERN_LIGHTS, EMBERFALL = 18204, 17929, 18346
FIXED_NOW = 1_790_000_000


def chance(*parts: object) -> random.Random:
    """A generator that gives the same numbers for the same parts, in every process."""
    return random.Random(":".join(map(str, parts)))  # noqa: S311 - invents figures, guards nothing


@dataclass(frozen=True)
class CupSpec:
    """How a league's double elimination of eight teams goes on after ``now``, game after game.

    ``length`` is how many seconds a game is live, 0 for as long as it says it lasted: a quarter of
    an hour. With a length, what is still to come says it was played before ``now``, so that even
    games of seconds look whole and follow each other. ``pause`` is seconds from one to the next.
    """

    length: int = 0
    pause: int = 75


@dataclass(frozen=True)
class LeagueSpec:
    """One invented league of ``matches`` finished matches.

    ``hidden`` of them history leaves out and OpenDota names; ``withheld`` history lists and no
    source details; ``fail_first`` is pairs (times, matches): so many matches answer so many first
    detail calls at each source with ``fail_with``, ``{}`` (200) or ``500``. ``live`` games are in
    progress at ``now`` when the world does not grow. In a league with a ``cup`` a tournament is
    played, and nothing else.
    """

    league_id: int
    name: str
    matches: int
    hidden: int = 0
    withheld: int = 0
    fail_first: tuple[tuple[int, int], ...] = ()
    fail_with: str = "{}"
    odd: int = 0
    live: int = 0
    teams: int = 16
    anonymous: float = 0.03
    cup: CupSpec | None = None


@dataclass(frozen=True)
class WorldSpec:
    """A whole world. The same spec makes the same world, to the last figure.

    ``now`` is the moment up to which leagues have been played. With ``grow`` the world's clock is
    the real one and new games start every ``every`` seconds, spread over the leagues; without, the
    clock stands at ``now`` until ``World.advance``. ``opendota_minute`` is OpenDota's allowance of
    calls (0: none is enforced). ``details`` lets GetMatchDetails answer instead of its 500.
    """

    leagues: tuple[LeagueSpec, ...] = ()
    seed: int = 1
    now: int = FIXED_NOW
    grow: bool = False
    every: int = 180
    details: bool = False
    steam_key: str = STEAM_KEY
    opendota_minute: int = 0
    opendota_string_ids: bool = False
    redirect_uris: tuple[str, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The spec ``to_json`` wrote; fields left out keep their defaults."""
        given: dict[str, Any] = json.loads(text)
        given["leagues"] = tuple(_league(one) for one in given.get("leagues", ()))
        given["redirect_uris"] = tuple(given.get("redirect_uris", ()))
        return cls(**given)


def _league(given: Mapping[str, Any]) -> LeagueSpec:
    values = {one.name: given[one.name] for one in fields(LeagueSpec) if one.name in given}
    values["fail_first"] = tuple((times, count) for times, count in values.get("fail_first", ()))
    values["cup"] = CupSpec(**values["cup"]) if values.get("cup") else None
    return LeagueSpec(**values)


def default_spec(now: int | None = None) -> WorldSpec:
    """The world of ``aegis up --sandbox``: it grows from ``now`` on, the present by default."""
    return WorldSpec(
        leagues=(
            LeagueSpec(COPPER_COAST, "Copper Coast Cup", 200, fail_first=((1, 2),), odd=2),
            LeagueSpec(
                NORTHERN_LIGHTS,
                "Northern Lights League",
                731,
                hidden=3,
                withheld=2,
                fail_first=((1, 5), (3, 2)),
                odd=4,
            ),
            cup_league(),
        ),
        seed=2026,
        now=int(time.time()) if now is None else now,
        grow=True,
        opendota_string_ids=True,
    )


def cup_league(cup: CupSpec | None = None) -> LeagueSpec:
    """The league of eight teams in which a double elimination is played."""
    return LeagueSpec(EMBERFALL, "Emberfall Cup", 0, teams=8, anonymous=0.05, cup=cup or CupSpec())


def small_spec() -> WorldSpec:
    """A world for tests: one league of 30 matches with one of everything, and a still clock."""
    league = LeagueSpec(
        COPPER_COAST, "Copper Coast Cup", 30, hidden=1, withheld=1, fail_first=((1, 1),), live=1
    )
    return WorldSpec(leagues=(league,))


def remembered_spec(state: Path) -> WorldSpec:
    """The default world as first made beside ``state``, so that a restart finds it unchanged.

    A file with leagues in it is a whole world of its own, as ``WorldSpec.to_json`` writes it.
    """
    try:
        text = state.read_text(encoding="utf-8")
        given = json.loads(text)
        if "leagues" in given:
            return WorldSpec.from_json(text)
        return default_spec(int(given["now"]))
    except (OSError, ValueError, KeyError, TypeError):
        spec = default_spec()
        state.parent.mkdir(parents=True, exist_ok=True)
        state.write_text(json.dumps({"now": spec.now}), encoding="utf-8")
        return spec


PRESETS = {"default": default_spec, "small": small_spec}
