"""The short texts that say why a match is suggested; None where there is nothing to say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from webapp.bracket.known import Facts, Linked
from webapp.bracket.seats import Stranger, Tick

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
STATES = {
    "stub": "no details yet",
    "failed": "its details could not be read",
    "withheld": "no source gives its details",
}


def players(overlap: int, expected: int) -> str:
    return f"{overlap} of {expected} players"


def captains(ticks: Sequence[Tick]) -> str | None:
    seen = [tick.player for tick in ticks if tick.state == "seen"]
    if len(seen) == 2:
        return "both captains"
    return f"captain {seen[0].name or seen[0].steam_id}" if seen else None


def taken(where: Linked | None, series_id: int) -> str | None:
    if where is None:
        return None
    return f"already linked to {where.label}" + (
        " of this series" if where.series_id == series_id else ""
    )


def clock(minutes: int | None) -> str | None:
    if minutes is None:
        return None
    if minutes == 0:
        return "at the scheduled start"
    side = "after" if minutes > 0 else "before"
    return f"{_span(abs(minutes))} {side} the scheduled start"


def since_last(facts: Facts, start: datetime | None) -> str | None:
    """How long after the game before, where that is linked and ended first."""
    before = [game for game in facts.series.games if game.number < facts.number and game.end]
    if start is None or not before:
        return None
    last = max(before, key=lambda game: game.number)
    assert last.end is not None
    pause = start - last.end
    if not timedelta(0) <= pause < timedelta(hours=24):
        return None if pause > timedelta(0) else f"began before game {last.number} ended"
    return f"{_span(int(pause.total_seconds()) // 60)} after game {last.number} ended"


def order(number: int | None, *, same_series: bool) -> str | None:
    if same_series:
        return f"game {number} of the same series" if number else "of the same series"
    return f"game {number} of that evening" if number and number > 1 else None


def teams(agree: bool | None) -> str | None:
    return {True: "Steam's team ids agree", False: "other Steam teams", None: None}[agree]


def sides(opposite: bool, *, swapped: bool) -> str | None:
    if not opposite:
        return "the rosters do not stand on opposite sides"
    return "sides swapped" if swapped else None


def stand_ins(ticks: Sequence[Tick]) -> str | None:
    names = [f"{tick.by.name or tick.by.steam_id} for {_name(tick)}" for tick in ticks if tick.by]
    return f"stand-in {', '.join(names)}" if names else None


def anonymous(seats: int) -> str | None:
    if not seats:
        return None
    return f"{NUMBERS[seats]} seat{'s' if seats > 1 else ''} anonymous"


def strangers(found: Sequence[Stranger]) -> str | None:
    if not found:
        return None
    return f"{NUMBERS[len(found)]} unexpected player{'s' if len(found) > 1 else ''}"


def state(name: str) -> str | None:
    return STATES.get(name)


def _name(tick: Tick) -> str:
    return tick.player.name or str(tick.player.steam_id)


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
