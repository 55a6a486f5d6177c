"""How times, durations and figures are written: pure rules, used by the templates' filters.

Everything takes None, which reads as a dash: an unknown figure is never a blank or a zero.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

DASH = "\u2013"
THIN = "\u202f"
"""The narrow no-break space between groups of digits, so that a figure never breaks in two."""

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(moment: datetime, now: datetime, *, weekday: bool = True) -> str:
    """``Sat 21 Nov``, and ``21 Nov 2025`` in another year; both in the same zone."""
    name = f"{moment.day} {MONTHS[moment.month - 1]}"
    if moment.year != now.year:
        return f"{name} {moment.year}"
    return f"{DAYS[moment.weekday()]} {name}" if weekday else name


def short(moment: datetime, now: datetime) -> str:
    """``23:02`` today, ``yesterday 23:02``, ``Thu 23:02`` within six days, else the day alone."""
    clock = f"{moment:%H:%M}"
    days = (now.date() - moment.date()).days
    if days == 0:
        return clock
    if days in {1, -1}:
        return f"{'yesterday' if days == 1 else 'tomorrow'} {clock}"
    if -6 <= days <= 6:
        return f"{DAYS[moment.weekday()]} {clock}"
    return day(moment, now, weekday=False)


def local(moment: datetime | None, zone: tzinfo, now: datetime, style: str = "minute") -> str:
    """``moment`` in ``zone``.

    Styles: ``minute`` Sat 21 Nov, 23:02 · ``short`` see above · ``clock`` 23:02 · ``second``
    23:02:09 · ``date`` Sat 21 Nov.
    """
    if moment is None:
        return DASH
    here, today = moment.astimezone(zone), now.astimezone(zone)
    if style == "short":
        return short(here, today)
    if style == "date":
        return day(here, today)
    if style in {"clock", "second"}:
        return f"{here:%H:%M:%S}" if style == "second" else f"{here:%H:%M}"
    return f"{day(here, today)}, {here:%H:%M}"


def ago(moment: datetime | None, now: datetime) -> str:
    """``12 s ago``, ``4 min ago``, ``3 h ago``, ``5 days ago``; ``in 4 min`` for the future."""
    if moment is None:
        return DASH
    seconds = int((now - moment).total_seconds())
    amount = abs(seconds)
    if amount < 60:
        words = f"{amount} s"
    elif amount < 3600:
        words = f"{amount // 60} min"
    elif amount < 2 * 86400:
        words = f"{amount // 3600} h"
    else:
        words = f"{amount // 86400} days"
    return f"{words} ago" if seconds >= 0 else f"in {words}"


def game_clock(seconds: int | None) -> str:
    """The length of a game as the game shows it: ``38:14``, ``1:02:05``; 0 means unknown."""
    if not seconds:
        return DASH
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def span(seconds: float | timedelta | None) -> str:
    """How long something took: ``12 s``, ``1 min 04 s``, ``2 h 05 min``, ``3 days``."""
    if seconds is None:
        return DASH
    total = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
    whole = max(0, round(total))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 2 * 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} days"


def interval(seconds: int) -> str:
    """How often something comes: ``15 s``, ``60 s``, ``5 min``, ``24 h``."""
    if seconds > 90 and not seconds % 3600:
        return f"{seconds // 3600} h"
    if seconds > 90 and not seconds % 60:
        return f"{seconds // 60} min"
    return f"{seconds} s" if seconds < 3600 else span(seconds)


def thin(number: float | None) -> str:
    """``1 204`` with narrow spaces; whole numbers only."""
    return DASH if number is None else f"{round(number):,}".replace(",", THIN)


def k(number: float | None) -> str:
    """``24.1k``, ``1.2M``; below a thousand as it stands."""
    if number is None:
        return DASH
    if abs(number) < 1_000:
        return str(round(number))
    if abs(number) < 999_950:
        return f"{number / 1_000:.1f}k"
    return f"{number / 1_000_000:.1f}M"


def share(part: float, whole: float) -> str:
    """``69 %``; of nothing it is a dash. Never 0 or 100 unless it is so."""
    if not whole:
        return DASH
    percent = 100 * part / whole
    if 0 < percent < 1:
        return f"under 1{THIN}%"
    if 99 < percent < 100:
        return f"over 99{THIN}%"
    return f"{round(percent)}{THIN}%"


def plural(number: int, one: str, many: str = "") -> str:
    """``1 match``, ``3 matches``; ``many`` defaults to ``one`` with an s."""
    return f"{thin(number)} {one if number == 1 else many or one + 's'}"
