"""The many ways a person writes a Steam account.

Pure: reads text, asks nobody. A vanity name must still be resolved by Steam.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from webapp.core.errors import BadInput

BASE = 76561197960265728
"""A 64-bit steamid is this plus the 32-bit account id, which Dota calls the friend id."""

ANONYMOUS = 4294967295
"""The account id of players who hide their data; it belongs to nobody."""

_HOST = r"(?:https?://)?(?:www\.)?steamcommunity\.com"
_PROFILE = re.compile(rf"{_HOST}/profiles/(\d{{17}})(?:[/?#].*)?", re.IGNORECASE)
_VANITY = re.compile(rf"{_HOST}/id/([A-Za-z0-9_-]{{2,32}})(?:[/?#].*)?", re.IGNORECASE)
_STEAM3 = re.compile(r"\[?U:1:(\d{1,10})\]?", re.IGNORECASE)
_STEAM2 = re.compile(r"STEAM_[01]:([01]):(\d{1,10})", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_-]{2,32}")
_HELP = (
    "a profile address, a vanity name, a friend id or a 64-bit steamid, such as 76561198046783616"
)


@dataclass(frozen=True, slots=True)
class SteamRef:
    """A steamid, or the vanity name Steam must resolve; exactly one is set."""

    steam_id: int | None = None
    vanity: str | None = None


def read_steam_ref(text: str) -> SteamRef:
    """What a person wrote for a Steam account.

    Raises:
        BadInput: it is none of the known forms, or an id no account can have.
    """
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return SteamRef(steam_id=_from_number(text))
    if found := _PROFILE.fullmatch(text):
        return SteamRef(steam_id=_from_number(found[1]))
    if found := _STEAM3.fullmatch(text):
        return SteamRef(steam_id=_from_account(int(found[1])))
    if found := _STEAM2.fullmatch(text):
        return SteamRef(steam_id=_from_account(int(found[2]) * 2 + int(found[1])))
    if found := _VANITY.fullmatch(text):
        return SteamRef(vanity=found[1])
    if _NAME.fullmatch(text):
        return SteamRef(vanity=text)
    raise _unknown()


def account_id(steam_id: int) -> int:
    """The 32-bit account id, as matches list players."""
    return steam_id - BASE


def steam_id_of(account: int) -> int:
    """The 64-bit steamid of an account id.

    Raises:
        BadInput: no account has this id; 4294967295 stands for the anonymous ones.
    """
    return _from_account(account)


def _from_number(text: str) -> int:
    if len(text) > 17:
        raise _unknown()
    value = int(text)
    return _from_account(value - BASE if value > BASE else value)


def _from_account(account: int) -> int:
    if not 0 < account < ANONYMOUS:
        raise _unknown()
    return BASE + account


def _unknown() -> BadInput:
    return BadInput("That is no Steam account.", fields={"steam": f"Give {_HELP}."})
