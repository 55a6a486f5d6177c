"""People: who they are and what they may do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from webapp.accounts.models import SteamAccount, User
from webapp.accounts.roles import SIGNED_IN_ROLES
from webapp.core.db import db, insert, lock
from webapp.core.errors import BadInput, Conflict, NotFound
from webapp.core.time import utcnow

LARGEST_DISCORD_ID = 2**63 - 1
_AVATAR = re.compile(r"(a_)?[0-9a-f]{32}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a name may not hold: control characters and those that turn or hide text."""


@dataclass(frozen=True, slots=True)
class DiscordPerson:
    """What Discord says of somebody who signs in."""

    discord_id: int
    name: str
    avatar: str = ""


def read_discord_id(text: str) -> int:
    """A Discord id as a person wrote it.

    Raises:
        BadInput: it is not one.
    """
    text = text.strip()
    if text.isascii() and text.isdecimal() and 0 < len(text) < 20:
        value = int(text)
        if 0 < value <= LARGEST_DISCORD_ID:
            return value
    why = "a number of 17 to 19 digits: in Discord, Copy User ID"
    raise BadInput("That is no Discord id.", fields={"discord_id": why})


def clean_name(text: str) -> str:
    """A name from outside without what turns or hides text, and of a length a table can hold."""
    return _UNSEEN.sub("", text).strip()[:100]


def person_by_id(user_id: int) -> User:
    """Raises: NotFound, where nobody has this id."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such person.")
    return user


def person_by_discord_id(discord_id: int) -> User:
    """Raises: NotFound, where nobody has this Discord id."""
    user = db.session.scalar(sa.select(User).where(User.discord_id == discord_id))
    if user is None:
        raise NotFound("Nobody has this Discord id: they have never signed in, nor been added.")
    return user


def find_or_add(discord_id: int, name: str = "") -> tuple[User, bool]:
    """The person with this Discord id, made as a plain player if new; whether they are new."""
    values = {
        "discord_id": discord_id,
        "name": clean_name(name) or f"Discord {discord_id}",
        "avatar": "",
        "role": "player",
        "session_version": 1,
        "created_at": utcnow(),
    }
    table = cast(sa.Table, User.__table__)
    adding = insert(table).values(values).on_conflict_do_nothing(index_elements=["discord_id"])
    added = db.session.scalar(adding.returning(table.c.id))
    user = db.session.scalars(sa.select(User).where(User.discord_id == discord_id)).one()
    return user, added is not None


def arrive(person: DiscordPerson) -> tuple[User, bool]:
    """Somebody signs in: note their name and picture as Discord has them now."""
    user, new = find_or_add(person.discord_id, person.name)
    user.name = clean_name(person.name) or user.name
    user.avatar = person.avatar if _AVATAR.fullmatch(person.avatar) else ""
    user.last_seen_at = utcnow()
    return user, new


def grant(discord_id: int, role: str) -> tuple[User, str | None]:
    """Give a role to whoever has this Discord id, made if absent; answers the role before."""
    user, new = find_or_add(discord_id)
    before = change_role(user, role)
    return user, None if new else before


def change_role(user: User, role: str) -> str:
    """Change a role, which ends the person's sessions; answers the role before.

    Raises:
        BadInput: there is no such role.
        Conflict: nobody would be left who can give roles.
    """
    if role not in SIGNED_IN_ROLES:
        raise BadInput("There is no such role.", fields={"role": ", ".join(SIGNED_IN_ROLES)})
    before = user.role
    if role == before:
        return before
    lock("admins")
    if before == "admin" and not _other_admins(user):
        raise Conflict("This is the only admin. Make somebody else an admin first.")
    user.role = role
    end_sessions(user)
    return before


def end_sessions(user: User) -> None:
    """Sign this person out everywhere; their API tokens go on working."""
    user.session_version += 1


def _other_admins(user: User) -> int:
    others = sa.select(sa.func.count()).select_from(User)
    return db.session.scalar(others.where(User.role == "admin", User.id != user.id)) or 0


def people(search: str = "", *, page: int = 1, per_page: int = 50) -> tuple[list[User], bool]:
    """People by name, a page of them, and whether there are more.

    ``search`` meets names and personas by any part, Discord ids and steamids as a whole.
    """
    found = sa.select(User).options(selectinload(User.steam_accounts))
    if search := clean_name(search):
        found = found.where(_meets(search))
    order = (sa.func.lower(User.name), User.id)
    rows = db.session.scalars(
        found.order_by(*order).limit(per_page + 1).offset((page - 1) * per_page)
    ).all()
    return list(rows[:per_page]), len(rows) > per_page


def _meets(search: str) -> sa.ColumnElement[bool]:
    personas = sa.select(SteamAccount.user_id).where(
        SteamAccount.persona.icontains(search, autoescape=True)
    )
    met = sa.or_(User.name.icontains(search, autoescape=True), User.id.in_(personas))
    if search.isascii() and search.isdecimal() and len(search) < 19:
        number = int(search)
        owners = sa.select(SteamAccount.user_id).where(SteamAccount.steam_id == number)
        met = sa.or_(met, User.discord_id == number, User.id.in_(owners))
    return met
