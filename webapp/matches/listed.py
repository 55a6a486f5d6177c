"""Stores what a league's list says: new ids as stubs, and what a stub did not know yet.

A handful of statements per page. Nothing here asks a service or commits. Every function may be
run twice with the same rows, and by two workers at once, and leaves the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from webapp.clients.shapes import ListedMatch, ListedPlayer
from webapp.core.db import db, insert, lock, upsert
from webapp.matches.models import Match, PlayerMatchStats
from webapp.matches.rows import (
    LINKS_LOCK,
    LISTED_COLUMNS,
    LISTED_LINE_COLUMNS,
    line_row,
    owner,
    table,
)

SEATS = frozenset({*range(5), *range(128, 133)})


@dataclass(frozen=True)
class Listed:
    """What storing a page of the list came to."""

    new: tuple[int, ...]
    updated: tuple[int, ...]
    known: bool
    """Whether every id of the page stood here before."""


def store_listed(
    league_id: int, rows: Sequence[ListedMatch], now: datetime, *, walk_started: datetime | None
) -> Listed:
    """Store a page of the league's list: new ids as stubs, and what a stub did not know yet.

    ``walk_started`` (full walks only) marks every row as seen by that walk.
    """
    page = {row.match_id: row for row in rows}
    known = _known(page)
    new = [row for match_id, row in sorted(page.items()) if match_id not in known]
    upsert(
        table(Match),
        [_stub(league_id, row, now, walk_started) for row in new],
        update=(),
    )
    changed = [
        page[match_id]
        for match_id, match in sorted(known.items())
        if _tells_more(page[match_id], match, league_id)
    ]
    _update_listed(league_id, changed, known, now)
    _store_listed_lines(
        [*new, *(row for row in changed if known[row.match_id].state != "detailed")]
    )
    _mark_seen(known, now, walk_started)
    return Listed(
        new=tuple(row.match_id for row in new),
        updated=tuple(row.match_id for row in changed),
        known=bool(page) and not new,
    )


def store_ids(league_id: int, ids: Iterable[int], now: datetime) -> tuple[int, ...]:
    """Store ids of which nothing else is known; returns the new ones."""
    asked = sorted(set(ids))
    known: set[int] = set()
    for start in range(0, len(asked), 500):
        part = asked[start : start + 500]
        known |= set(db.session.scalars(sa.select(Match.id).where(Match.id.in_(part))))
    new = [match_id for match_id in asked if match_id not in known]
    rows = [
        {
            **dict.fromkeys(LISTED_COLUMNS),
            "id": match_id,
            "league_id": league_id,
            "state": "stub",
            "next_attempt_at": now,
            "listed_at": None,
            "created_at": now,
            **_fresh(),
        }
        for match_id in new
    ]
    upsert(table(Match), rows, update=())
    return tuple(new)


def _fresh() -> dict[str, Any]:
    return {"retry_count": 0, "unanswered": 0, "pinned": False}


def _known(page: Mapping[int, ListedMatch]) -> dict[int, Any]:
    columns = [getattr(Match, name) for name in LISTED_COLUMNS]
    rows = db.session.execute(
        sa.select(
            Match.id,
            Match.state,
            Match.league_id,
            Match.pinned,
            Match.listed_at,
            Match.unlisted_at,
            *columns,
        ).where(Match.id.in_(list(page)))
    )
    return {row.id: row for row in rows}


def _stub(
    league_id: int, row: ListedMatch, now: datetime, walk_started: datetime | None
) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in LISTED_COLUMNS},
        "id": row.match_id,
        "league_id": league_id,
        "state": "stub",
        "next_attempt_at": now,
        "listed_at": walk_started or now,
        "created_at": now,
        **_fresh(),
    }


def _tells_more(row: ListedMatch, match: Any, league_id: int) -> bool:
    """Whether the list says something the stored match does not: details outrank the list."""
    if match.league_id != league_id and not match.pinned:
        return True
    for name in LISTED_COLUMNS:
        told, stored = getattr(row, name), getattr(match, name)
        if told is not None and told != stored and (stored is None or match.state != "detailed"):
            return True
    return False


def _update_listed(
    league_id: int, rows: Sequence[ListedMatch], known: Mapping[int, Any], now: datetime
) -> None:
    """Take over what the list newly says; a first sequence number opens a new way to ask."""
    if not rows:
        return
    match = table(Match)
    given = {name: sa.bindparam(f"b_{name}", type_=match.c[name].type) for name in LISTED_COLUMNS}
    detailed = match.c.state == "detailed"
    reopened = sa.and_(
        match.c.state.in_(("failed", "withheld")),
        match.c.match_seq_num.is_(None),
        given["match_seq_num"].is_not(None),
    )
    values: dict[str, Any] = {
        name: sa.case(
            (detailed, sa.func.coalesce(match.c[name], value)),
            else_=sa.func.coalesce(value, match.c[name]),
        )
        for name, value in given.items()
    }
    values["league_id"] = sa.case((match.c.pinned, match.c.league_id), else_=league_id)
    values["state"] = sa.case((reopened, "stub"), else_=match.c.state)
    values["retry_count"] = sa.case((reopened, 0), else_=match.c.retry_count)
    values["next_attempt_at"] = sa.case((reopened, now), else_=match.c.next_attempt_at)
    db.session.connection().execute(
        sa.update(match).where(match.c.id == sa.bindparam("b_id")).values(values),
        [
            {"b_id": row.match_id, **{f"b_{name}": getattr(row, name) for name in LISTED_COLUMNS}}
            for row in rows
        ],
    )


def _store_listed_lines(rows: Sequence[ListedMatch]) -> None:
    players = [(row.match_id, player) for row in rows for player in _seats(row.players)]
    if not players:
        return
    lines = table(PlayerMatchStats)
    statement = insert(lines).values(user_id=owner())
    told = [line_row(match_id, player, LISTED_LINE_COLUMNS) for match_id, player in players]
    lock(LINKS_LOCK, shared=True)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["match_id", "player_slot"],
            set_={name: statement.excluded[name] for name in (*LISTED_LINE_COLUMNS, "user_id")},
            where=lines.c.kills.is_(None),
        ),
        told,
    )


def _mark_seen(known: Mapping[int, Any], now: datetime, walk_started: datetime | None) -> None:
    """Note which known matches this page listed: by a full walk all, else the first time only."""
    seen = [
        match_id
        for match_id, match in sorted(known.items())
        if match.unlisted_at is not None
        or match.listed_at is None
        or (walk_started is not None and match.listed_at != walk_started)
    ]
    if seen:
        db.session.execute(
            sa.update(Match)
            .where(Match.id.in_(seen))
            .values(listed_at=walk_started or now, unlisted_at=None)
            .execution_options(synchronize_session=False)
        )


def mark_unlisted(league_id: int, low: int, high: int, walk_started: datetime) -> int:
    """Mark matches Steam once listed that a complete walk did not see between its ids."""
    result = db.session.execute(
        sa.update(Match)
        .where(
            Match.league_id == league_id,
            Match.id > low,
            Match.id < high,
            Match.listed_at < walk_started,
            Match.unlisted_at.is_(None),
            ~Match.pinned,
        )
        .values(unlisted_at=walk_started)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _seats(players: Iterable[ListedPlayer]) -> list[ListedPlayer]:
    """The ten seats; a list may carry spectators and broken slots beside them."""
    return list({p.player_slot: p for p in players if p.player_slot in SEATS}.values())
