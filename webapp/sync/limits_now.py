"""What slows a sync: each limit with its use now, and the sources that rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.clients.outside import Outside
from webapp.core.errors import Busy
from webapp.core.figures import thin
from webapp.core.limits import Bucket
from webapp.core.sources import NAMES, Source
from webapp.core.time import utcnow
from webapp.settings import Rate, Settings

STEAM_A_DAY = 100_000
OPENDOTA_A_DAY = 3_000
"""Calls a day: of one Steam key, and of OpenDota's guests."""

REASONS = {
    "throttled": "it asks for fewer calls",
    "auth": "it refuses the key",
    "server": "it answers with errors",
    "network": "it cannot be reached",
    "not_json": "it answers with something else",
}


@dataclass(frozen=True)
class Limit:
    """One source. ``state``: free, full, resting or unknown; ``until`` while it rests."""

    name: str
    title: str
    detail: str
    state: str
    used: int = 0
    of: int = 1
    until: datetime | None = None


@dataclass(frozen=True)
class Budget:
    """Calls a service was asked today; ``limit`` None: it has no daily one."""

    service: str
    title: str
    spent: int | None
    limit: int | None

    @property
    def left(self) -> int | None:
        if self.spent is None or self.limit is None:
            return None
        return max(0, self.limit - self.spent)


def resting(states: Mapping[str, Source]) -> list[Source]:
    """The sources that rest now."""
    now = utcnow()
    return [one for one in states.values() if one.open_until and one.open_until > now]


def limits_now(settings: Settings, outside: Outside, states: Mapping[str, Source]) -> list[Limit]:
    """The limits of the sources a sync asks; Redis being away is asked about once only."""
    sources = [
        ("history", outside.steam.bucket, "steam"),
        ("sequence", outside.steam.sequence_bucket, "steam"),
        ("opendota", outside.opendota.bucket, "opendota"),
    ]
    wanted = {"history", *settings.detail_sources}
    answers = True
    found = []
    for name, bucket, service in sources:
        if name not in wanted:
            continue
        use: tuple[int, float] | None = None
        if answers:
            try:
                use = outside.limits.usage(bucket), outside.limits.paused_for(service)
            except Busy:
                answers = False
        found.append(_limit(name, bucket, states.get(name), use))
    return found


def _limit(
    name: str, bucket: Bucket, source: Source | None, use: tuple[int, float] | None
) -> Limit:
    title, rate = NAMES[name], bucket.rate
    now = utcnow()
    if source and source.open_until and source.open_until > now:
        why = REASONS.get(source.reason or "", "it does not answer")
        return Limit(name, title, f"{_cap(rate)}; {why}", "resting", until=source.open_until)
    if use is None:
        return Limit(name, title, f"{_cap(rate)}; Redis does not say", "unknown")
    used, paused = use
    if paused:
        until = now + timedelta(seconds=paused)
        return Limit(name, title, f"{_cap(rate)}; it asked for a pause", "resting", until=until)
    state = "full" if rate.amount and used >= rate.amount else "free"
    return Limit(name, title, _cap(rate), state, used, rate.amount or 1)


def _cap(rate: Rate) -> str:
    return str(rate)


def budgets(settings: Settings, outside: Outside) -> list[Budget]:
    """Calls of each service since midnight UTC."""
    services = [
        ("steam", "Steam", STEAM_A_DAY),
        ("opendota", "OpenDota", None if settings.opendota_api_key else OPENDOTA_A_DAY),
    ]
    found = []
    answers = True
    for service, title, limit in services:
        spent: int | None = None
        if answers:
            try:
                spent = outside.limits.calls_today(service)
            except Busy:
                answers = False
        found.append(Budget(service, title, spent, limit))
    return found


def in_words(budget: Budget) -> str:
    """``2 140 of 3 000 calls left today``."""
    if budget.spent is None:
        return "Redis does not say what was spent today"
    if budget.left is None or budget.limit is None:
        return f"{thin(budget.spent)} calls today"
    return f"{thin(budget.left)} of {thin(budget.limit)} calls left today"
