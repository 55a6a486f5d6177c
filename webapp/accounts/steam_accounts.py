"""Which steamids belong to whom."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from blinker import Signal
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import SteamAccount, User
from webapp.accounts.steam_ids import ANONYMOUS, BASE
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict, NotFound

steam_accounts_changed = Signal()
"""Sent inside the changing transaction with ``user_id``, and the ids ``added`` and ``removed``.

Listeners take ``(sender, *, user_id: int, added: Sequence[int], removed: Sequence[int])`` and
neither commit nor call another service.
"""


def steam_accounts_of(user_id: int) -> list[SteamAccount]:
    """This person's Steam accounts, the main one first."""
    found = sa.select(SteamAccount).where(SteamAccount.user_id == user_id)
    order = (SteamAccount.is_main.desc(), SteamAccount.added_at, SteamAccount.steam_id)
    return list(db.session.scalars(found.order_by(*order)))


def give_steam_account(
    user: User, steam_id: int, *, persona: str = "", avatar: str = "", by: int | None = None
) -> SteamAccount:
    """Make a steamid this person's; their first one is their main one.

    Raises:
        BadInput: no account has this steamid.
        Conflict: it belongs to somebody, who is named.
    """
    if not BASE < steam_id < BASE + ANONYMOUS:
        raise BadInput("That is no Steam account.", fields={"steam": "no account has this id"})
    _refuse_owned(steam_id, user)
    account = SteamAccount(
        steam_id=steam_id,
        user_id=user.id,
        is_main=not steam_accounts_of(user.id),
        persona=persona[:100],
        avatar=avatar[:300],
        added_by=by,
    )
    try:
        with db.session.begin_nested():
            db.session.add(account)
    except IntegrityError:
        # Two people gave at the same moment: this steamid, or this person's first one.
        _refuse_owned(steam_id, user)
        raise Conflict("Somebody changed these Steam accounts just now. Look again.") from None
    _tell(user.id, added=[steam_id])
    return account


def remove_steam_account(user: User, steam_id: int) -> SteamAccount:
    """Take a steamid from this person; if it was the main one, the oldest left becomes it.

    Raises:
        NotFound: it is not theirs.
    """
    account = _own(user, steam_id)
    db.session.delete(account)
    db.session.flush()
    rest = steam_accounts_of(user.id)
    if account.is_main and rest:
        rest[0].is_main = True
        db.session.flush()
    _tell(user.id, removed=[steam_id])
    return account


def set_main_steam_account(user: User, steam_id: int) -> int | None:
    """Make one of this person's steamids the main one; answers which was before.

    Raises:
        NotFound: it is not theirs.
    """
    account = _own(user, steam_id)
    before = next((one for one in steam_accounts_of(user.id) if one.is_main), None)
    if before is not None:
        before.is_main = False
        db.session.flush()
    account.is_main = True
    db.session.flush()
    return before.steam_id if before else None


def _own(user: User, steam_id: int) -> SteamAccount:
    account = db.session.get(SteamAccount, steam_id)
    if account is None or account.user_id != user.id:
        raise NotFound(f"{user.name} does not have that Steam account.")
    return account


def _refuse_owned(steam_id: int, user: User) -> None:
    owner = db.session.scalar(
        sa.select(User)
        .join(SteamAccount, SteamAccount.user_id == User.id)
        .where(SteamAccount.steam_id == steam_id)
    )
    if owner is None:
        return
    whose = "has this Steam account already" if owner.id == user.id else "owns this Steam account"
    raise Conflict(f"{owner.name} {whose}.", fields={"steam": f"belongs to {owner.name}"})


def _tell(user_id: int, *, added: Sequence[int] = (), removed: Sequence[int] = ()) -> None:
    steam_accounts_changed.send(user_id=user_id, added=tuple(added), removed=tuple(removed))
