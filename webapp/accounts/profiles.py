"""Names and pictures of Steam accounts: asked of Steam for one person, kept for everybody seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import sqlalchemy as sa
from itsdangerous import BadData, URLSafeTimedSerializer

from webapp.accounts.models import SteamProfile
from webapp.accounts.people import clean_name
from webapp.accounts.steam_ids import read_steam_ref
from webapp.clients.shapes import PlayerSummary
from webapp.clients.steam import SteamClient
from webapp.core.db import upsert
from webapp.core.errors import BadInput
from webapp.core.http import Patience
from webapp.core.time import utcnow

PICTURE_SITES = ("steamstatic.com", "akamaihd.net")
CONFIRM_WITHIN = 3600
"""Seconds a found profile may wait for the person's yes."""


@dataclass(frozen=True, slots=True)
class FoundProfile:
    """A Steam account as shown before it is given; without a name where Steam was not asked."""

    steam_id: int
    persona: str = ""
    avatar: str = ""


def look_up(text: str, steam: SteamClient, patience: Patience, *, has_key: bool) -> FoundProfile:
    """The account behind what a person wrote, with its name and picture.

    Without a key Steam cannot be asked: a number is then taken as it is, a name cannot be.

    Raises:
        BadInput: it is no account, or Steam knows none.
        UpstreamError, NotNow, Busy: Steam could not be asked.
    """
    ref = read_steam_ref(text)
    if not has_key:
        if ref.steam_id is None:
            raise _unknown("Names need STEAM_API_KEY to be set. Give the 64-bit number.")
        return FoundProfile(ref.steam_id)
    steam_id = ref.steam_id or steam.resolve_vanity(ref.vanity or "", patience)
    if steam_id is None:
        raise _unknown(f"Nobody on Steam has the vanity name {ref.vanity}.")
    answered = steam.player_summaries([steam_id], patience)
    found = next((one for one in answered if one.steam_id == steam_id), None)
    if found is None:
        raise _unknown("Steam knows no account with this id.")
    return FoundProfile(steam_id, clean_name(found.persona_name or ""), picture(found.avatar))


def picture(url: str | None) -> str:
    """The address of a picture where it is one of Steam's hosts, else nothing."""
    parts = urlsplit(url or "")
    host = parts.hostname or ""
    ours = any(host == site or host.endswith(f".{site}") for site in PICTURE_SITES)
    return url if url and ours and parts.scheme == "https" and len(url) <= 300 else ""


def _unknown(why: str) -> BadInput:
    return BadInput("No such Steam account.", fields={"steam": why})


# ---- what was found, kept by the browser between looking and giving -----------------------------


def seal(secret_key: str, user_id: int, found: FoundProfile) -> str:
    """What was found for this person, signed, for the form that confirms it."""
    values = [user_id, found.steam_id, found.persona, found.avatar]
    return _seals(secret_key).dumps(values)


def unseal(secret_key: str, user_id: int, sealed: str) -> FoundProfile:
    """Raises: BadInput, where it was not sealed here, for this person, within the hour."""
    try:
        whose, *values = _seals(secret_key).loads(sealed, max_age=CONFIRM_WITHIN)
    except BadData:
        whose, values = None, []
    if whose != user_id:
        raise BadInput("Look the account up again.", fields={"steam": "looked up too long ago"})
    return FoundProfile(*values)


def _seals(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="found steam profile")


# ---- everybody ever seen -----------------------------------------------------------------------


def remember(summaries: Iterable[PlayerSummary | FoundProfile]) -> None:
    """Keep the latest names and pictures, whoever they belong to."""
    now = utcnow()
    rows = {}
    for one in summaries:
        name = one.persona if isinstance(one, FoundProfile) else one.persona_name
        values = {"persona": clean_name(name or ""), "avatar_url": picture(one.avatar)}
        rows[one.steam_id] = {"steam_id": one.steam_id, "checked_at": now, **values}
    upsert(cast(sa.Table, SteamProfile.__table__), list(rows.values()))
