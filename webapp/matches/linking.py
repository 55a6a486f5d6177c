"""Links players' lines to people by steamid; set-based, in ranges of matches.

Anonymous lines carry no steamid and are never linked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.accounts.models import SteamAccount
from webapp.accounts.steam_accounts import steam_accounts_changed
from webapp.core.db import db, lock
from webapp.matches.models import Match, PlayerMatchStats
from webapp.matches.rows import LINKS_LOCK

Lines = PlayerMatchStats


@dataclass(frozen=True)
class Relinked:
    """How many lines changed: linked to their owner now, or to nobody any more."""

    linked: int
    unlinked: int


def relink(low: int, high: int, only: Sequence[int] | None = None) -> Relinked:
    """Set the links of every line of matches ``low`` to ``high`` (inclusive) afresh."""
    lock(LINKS_LOCK, shared=True)
    scope = [Lines.match_id >= low, Lines.match_id <= high]
    if only is not None:
        scope.append(Lines.match_id.in_(only))
    return _set_links(scope)


def relink_accounts(steam_ids: Sequence[int]) -> Relinked:
    """Set the links of these steamids' lines afresh, everywhere, in this transaction.

    Takes the lock alone: a batch that stores lines at this moment is waited for, so that neither
    misses the other.
    """
    lock(LINKS_LOCK)
    return _set_links([Lines.steam_id.in_(steam_ids)])


def listen() -> None:
    """Link a person's lines in the transaction that gives or takes their steamid."""
    steam_accounts_changed.connect(_on_change)


def _on_change(
    _sender: object, *, user_id: int, added: Sequence[int], removed: Sequence[int]
) -> None:
    relink_accounts([*added, *removed])


def _set_links(scope: list[sa.ColumnElement[bool]]) -> Relinked:
    owner = (
        sa.select(SteamAccount.user_id)
        .where(SteamAccount.steam_id == Lines.steam_id)
        .scalar_subquery()
    )
    owned = sa.exists().where(SteamAccount.steam_id == Lines.steam_id)
    unlinked = db.session.execute(
        sa.update(Lines)
        .where(*scope, Lines.user_id.is_not(None), ~owned)
        .values(user_id=None)
        .execution_options(synchronize_session=False)
    )
    linked = db.session.execute(
        sa.update(Lines)
        .where(*scope, owned, Lines.user_id.is_distinct_from(owner))
        .values(user_id=owner)
        .execution_options(synchronize_session=False)
    )
    return Relinked(linked.rowcount, unlinked.rowcount)  # type: ignore[attr-defined]


def next_range(after: int, size: int, only: Sequence[int] | None = None) -> list[int]:
    """The next ``size`` match ids above ``after``, ascending."""
    query = sa.select(Match.id).where(Match.id > after).order_by(Match.id).limit(size)
    if only is not None:
        query = query.where(Match.id.in_(only))
    return list(db.session.scalars(query))
