"""OpenDota's answers: the second source of ids and of details."""

from __future__ import annotations

import threading
import time

from webapp.sandbox.answer import Answer, json_answer, opendota_refusal
from webapp.sandbox.bodies import opendota_match
from webapp.sandbox.world import World

ANY_MINUTE, ANY_DAY = 3_000, 50_000


class Allowance:
    """Calls left in this minute and today, told in the headers of every answer."""

    def __init__(self, a_minute: int) -> None:
        self.a_minute = a_minute
        self._lock = threading.Lock()
        self._minute, self._used, self._today = 0, 0, 0

    def take(self) -> tuple[bool, dict[str, str]]:
        """Whether this call is allowed, and the headers that say what is left."""
        with self._lock:
            minute = int(time.time() // 60)
            if minute != self._minute:
                self._minute, self._used = minute, 0
            self._used += 1
            self._today += 1
            left = (self.a_minute or ANY_MINUTE) - self._used
            today = max(0, ANY_DAY - self._today)
        headers = {
            "X-Rate-Limit-Remaining-Minute": str(max(0, left)),
            "X-Rate-Limit-Remaining-Day": str(today),
        }
        return left >= 0 or not self.a_minute, headers


def match(world: World, match_id: int) -> Answer:
    """``/matches/{id}``: any finished match that is not withheld."""
    found = world.match(match_id)
    if found is None or found.withheld or found.end > world.now():
        return opendota_refusal(404)
    if world.still_fails("opendota", found):
        return json_answer({}, 500 if found.fail_with == "500" else 200)
    return json_answer(opendota_match(found, world.game(found), world.names))


def match_ids(world: World, league_id: int) -> Answer:
    """``/leagues/{id}/matchIds``: hidden matches and those past history's reach are among them.

    An unknown league answers 200 with nothing in the body.
    """
    if world.league(league_id) is None:
        return Answer(200)
    ids = [one.match_id for one in world.finished(league_id) if not one.withheld]
    shown = [str(one) for one in ids] if world.spec.opendota_string_ids else ids
    return json_answer(shown, league_id=league_id, listed=tuple(ids))


def league(world: World, league_id: int) -> Answer:
    found = world.league(league_id)
    if found is None:
        return Answer(200)
    row = {
        "leagueid": league_id,
        "ticket": None,
        "banner": None,
        "tier": "excluded",
        "name": found.spec.name,
    }
    return json_answer(row)


def source_of(parts: list[str]) -> str:
    """The name faults and the call log use for a path below ``/opendota``."""
    if parts[:1] != ["leagues"]:
        return "opendota"
    return "opendota_ids" if parts[2:] == ["matchIds"] else "opendota_league"


def route(world: World, parts: list[str]) -> Answer:
    """The answer of a path below ``/opendota``."""
    what, text = parts[0] if parts else "", parts[1] if len(parts) > 1 else ""
    if not text.isdigit() or len(text) > 18:
        return opendota_refusal(404)
    rest, number = parts[2:], int(text)
    if what == "matches" and not rest:
        return match(world, number)
    if what == "leagues" and not rest:
        return league(world, number)
    if what == "leagues" and rest == ["matchIds"]:
        return match_ids(world, number)
    if what == "leagues" and rest in (["matches"], ["teams"]):
        return json_answer([])
    return opendota_refusal(404)
