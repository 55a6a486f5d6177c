"""What teams and players are called on the pages, a page's worth in one or two statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.accounts.models import SteamAccount, SteamProfile, User
from webapp.accounts.steam_ids import account_id
from webapp.core.db import db
from webapp.matches.models import Match, SteamTeam

SIDES = {"radiant": "Radiant", "dire": "Dire"}


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody who plays: ``name`` is the person's, else the persona, else the account id.

    ``owner`` is the name of the person whose Steam account it is; empty where nobody's.
    """

    steam_id: int
    name: str
    persona: str = ""
    avatar: str = ""
    owner: str = ""
    owner_id: int | None = None


def players_named(steam_ids: Iterable[int | None]) -> dict[int, Player]:
    """Every one of these steamids with its name; unknown ones are called by their account id."""
    asked = sorted({one for one in steam_ids if one})
    if not asked:
        return {}
    profiles = {
        row.steam_id: row
        for row in db.session.execute(
            sa.select(SteamProfile.steam_id, SteamProfile.persona, SteamProfile.avatar_url).where(
                SteamProfile.steam_id.in_(asked)
            )
        )
    }
    owned = {
        row.steam_id: row
        for row in db.session.execute(
            sa.select(
                SteamAccount.steam_id, SteamAccount.persona, SteamAccount.avatar, User.id, User.name
            )
            .join(User, User.id == SteamAccount.user_id)
            .where(SteamAccount.steam_id.in_(asked))
        )
    }
    return {one: _player(one, profiles.get(one), owned.get(one)) for one in asked}


def _player(
    steam_id: int,
    profile: sa.Row[int, str, str] | None,
    owned: sa.Row[int, str, str, int, str] | None,
) -> Player:
    persona = (profile.persona if profile else "") or (owned.persona if owned else "")
    avatar = (profile.avatar_url if profile else "") or (owned.avatar if owned else "")
    owner = owned.name if owned else ""
    name = owner or persona or str(account_id(steam_id))
    return Player(steam_id, name, persona, avatar, owner, owned.id if owned else None)


def team_names(matches: Sequence[Match]) -> dict[int, str]:
    """The newest names of the teams that their matches carry by id alone."""
    asked = sorted(
        {
            team
            for match in matches
            for side in SIDES
            if (team := getattr(match, f"{side}_team_id")) and not getattr(match, f"{side}_name")
        }
    )
    if not asked:
        return {}
    rows = db.session.execute(
        sa.select(SteamTeam.id, SteamTeam.name).where(SteamTeam.id.in_(asked))
    )
    return {row.id: row.name for row in rows}


def side_name(match: Match, side: str, teams: dict[int, str]) -> str:
    """What a side of a match is called: its team's name, else its team's id, else the side."""
    name: str | None = getattr(match, f"{side}_name")
    team: int | None = getattr(match, f"{side}_team_id")
    if name or not team:
        return name or SIDES[side]
    return teams.get(team) or f"Team {team}"
