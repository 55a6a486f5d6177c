"""Steam profiles of the world's accounts: what GetPlayerSummaries and vanity names answer."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from webapp.sandbox.people import STEAM_BASE
from webapp.sandbox.spec import chance
from webapp.sandbox.world import World

PICTURES = "https://avatars.steamstatic.com/"


def player_summaries(world: World, wanted: list[str]) -> dict[str, Any]:
    """Known accounts among ``wanted``, in no order of theirs; unknown ones are left out."""
    accounts = {int(one) - STEAM_BASE for one in wanted if one.isdigit()}
    found = sorted(account for account in accounts if account in world.names)
    chance(world.spec.seed, *found).shuffle(found)
    return {"response": {"players": [_summary(world, account) for account in found]}}


def _summary(world: World, account_id: int) -> dict[str, Any]:
    picture = hashlib.sha1(str(account_id).encode(), usedforsecurity=False).hexdigest()
    steamid = str(account_id + STEAM_BASE)
    private = account_id in world.private_accounts
    summary: dict[str, Any] = {
        "steamid": steamid,
        "communityvisibilitystate": 1 if private else 3,
        "profilestate": 1,
        "personaname": world.names[account_id],
        "commentpermission": 1,
        "profileurl": f"https://steamcommunity.com/profiles/{steamid}/",
        "avatar": f"{PICTURES}{picture}.jpg",
        "avatarmedium": f"{PICTURES}{picture}_medium.jpg",
        "avatarfull": f"{PICTURES}{picture}_full.jpg",
        "avatarhash": picture,
        "personastate": 0,
        "primaryclanid": "103582791429521408",
        "timecreated": 1_300_000_000 + account_id % 100_000_000,
        "personastateflags": 0,
    }
    hidden = {"commentpermission", "primaryclanid", "timecreated", "personastateflags"}
    return {key: value for key, value in summary.items() if not (private and key in hidden)}


def vanity_name(name: str) -> str:
    """The address a persona has on the community site: its plain letters and digits."""
    return re.sub(r"[^a-z0-9_-]", "", name.lower())


def resolve_vanity(world: World, name: str) -> dict[str, Any]:
    """``success`` 1 with the steamid, or 42 where no one has the name."""
    for account_id, persona in sorted(world.names.items()):
        if name and vanity_name(persona) == name.lower():
            return {"response": {"steamid": str(account_id + STEAM_BASE), "success": 1}}
    return {"response": {"success": 42, "message": "No match"}}
