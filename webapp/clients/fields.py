"""Reading one field of an answer: its type and range, or a plain sentence about what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from webapp.clients.shapes import ANONYMOUS
from webapp.core.time import from_unix

LARGEST = 2**63 - 1
NAME_LENGTH = 200

Fields = Mapping[str, Any]


class Unreadable(Exception):
    """An answer that cannot be read; the message says why in words and quotes nothing of it."""


def mapping(value: Any, what: str) -> Fields:
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is not an object")
    return value


def rows(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise Unreadable(f"{what} is not a list")
    return value


def integer(fields: Fields, name: str) -> int | None:
    """A whole number of 64 bits, which may come as digits in a string; None where absent."""
    value = fields.get(name)
    if value is None:
        return None
    number = _whole(value)
    if number is None:
        raise Unreadable(f"{name} is not a whole number")
    if not -LARGEST - 1 <= number <= LARGEST:
        raise Unreadable(f"{name} is out of range")
    return number


def _whole(value: Any) -> int | None:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value):
        return int(value)
    return None


def lenient_integer(fields: Fields, name: str) -> int | None:
    """Like ``integer``, and None for what cannot be read: for rows that must not be lost."""
    try:
        return integer(fields, name)
    except Unreadable:
        return None


def required_id(fields: Fields, name: str) -> int:
    number = integer(fields, name)
    if number is None or number <= 0:
        raise Unreadable(f"the answer has no {name}")
    return number


def some_id(number: int | None) -> int | None:
    """An id, where 0 and below mean none."""
    return number if number is not None and number > 0 else None


def account(number: int | None) -> int | None:
    """An account id, where Steam's number for anonymous players means none."""
    return number if number is not None and 0 < number < ANONYMOUS else None


def boolean(fields: Fields, name: str) -> bool | None:
    value = fields.get(name)
    if value is None:
        return None
    if value not in (0, 1):
        raise Unreadable(f"{name} is neither true nor false")
    return bool(value)


def text(fields: Fields, name: str, length: int = NAME_LENGTH) -> str | None:
    """A string that any database takes: no NUL, no half of a surrogate pair, not endless."""
    value = fields.get(name)
    if not isinstance(value, str):
        return None
    clean = value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return clean[:length] or None


def large_id(fields: Fields, name: str) -> str | None:
    """An unsigned 64-bit id as digits; None for 0."""
    number = _whole(fields.get(name))
    return str(number) if number and 0 < number < 2**64 else None


def moment(number: int | None) -> datetime | None:
    """A Unix time; 0 means unknown."""
    if number is not None and number < 0:
        raise Unreadable("a time is before 1970")
    try:
        return from_unix(number)
    except (ValueError, OverflowError, OSError):
        raise Unreadable("a time is out of range") from None


def lenient_moment(number: int | None) -> datetime | None:
    try:
        return moment(number)
    except Unreadable:
        return None
