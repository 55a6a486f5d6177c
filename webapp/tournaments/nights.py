"""Game nights: an evening that crosses midnight is one night. Pure.

Nights go by the clock on the wall, so that on the two days a year when it is changed a night is an
hour shorter or longer and its games stay together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")


def night_of(moment: datetime, zone: ZoneInfo, ends_hour: int) -> date:
    """The day on which the evening of this moment began; until ``ends_hour`` it is still that."""
    local = moment.astimezone(zone)
    return local.date() - timedelta(days=int(local.hour < ends_hour))


def span_of(night: date, zone: ZoneInfo, ends_hour: int) -> tuple[datetime, datetime]:
    """The first moment of a night, and the first that is no longer in it; in UTC."""
    first, after = (
        datetime.combine(day, time(ends_hour), zone).astimezone(UTC)
        for day in (night, night + timedelta(days=1))
    )
    return first, after


def by_night(
    items: Iterable[T], moment: Callable[[T], datetime], zone: ZoneInfo, ends_hour: int
) -> list[tuple[date, list[T]]]:
    """Items in the order of their moments, night by night."""
    nights: dict[date, list[T]] = {}
    for item in sorted(items, key=moment):
        nights.setdefault(night_of(moment(item), zone, ends_hour), []).append(item)
    return list(nights.items())
