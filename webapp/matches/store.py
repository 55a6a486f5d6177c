"""Stores what the services told of matches: a handful of statements per batch, never per player.

Nothing here asks a service or commits. Every function may be run twice with the same rows, and by
two workers at once, and leaves the same rows.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table

from webapp.accounts.models import SteamAccount, SteamProfile
from webapp.clients.shapes import ListedMatch, ListedPlayer, MatchDetails, PlayerLine
from webapp.core.db import db, insert, lock, upsert
from webapp.matches.models import Match, PlayerMatchStats, RawPayload, RoundAnswer, SteamTeam

SEATS = frozenset({*range(5), *range(128, 133)})
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""When a profile was checked that another service's answer named in passing."""

LINKS_LOCK = "steam accounts and lines"
LISTED_COLUMNS = (
    "match_seq_num",
    "start_time",
    "lobby_type",
    "series_id",
    "series_type",
    "radiant_team_id",
    "dire_team_id",
)
KEPT_WHEN_ABSENT = frozenset({"match_seq_num", "series_id", "series_type", "patch", "region"})
"""Known from the list or another source; an answer without them does not take them away."""

DETAIL_COLUMNS = (
    *LISTED_COLUMNS,
    *("duration", "radiant_win", "game_mode", "radiant_name", "dire_name"),
    *("radiant_logo", "dire_logo", "radiant_team_complete", "dire_team_complete"),
    *("radiant_captain", "dire_captain", "radiant_score", "dire_score"),
    *("tower_status_radiant", "tower_status_dire"),
    *("barracks_status_radiant", "barracks_status_dire"),
    *("cluster", "first_blood_time", "pre_game_duration", "human_players", "flags", "engine"),
    *("patch", "region", "picks_bans"),
)
LISTED_LINE_COLUMNS = (
    *("player_slot", "steam_id", "account_id", "team_number", "team_slot"),
    *("hero_id", "hero_variant"),
)
LINE_COLUMNS = (
    *LISTED_LINE_COLUMNS,
    *("kills", "deaths", "assists", "leaver_status", "last_hits", "denies"),
    *("gold_per_min", "xp_per_min", "level", "net_worth", "gold", "gold_spent"),
    *("hero_damage", "tower_damage", "hero_healing"),
    *("scaled_hero_damage", "scaled_tower_damage", "scaled_hero_healing"),
    *("aghanims_scepter", "aghanims_shard", "moonshard"),
    *("item_0", "item_1", "item_2", "item_3", "item_4", "item_5"),
    *("backpack_0", "backpack_1", "backpack_2", "item_neutral", "item_neutral2"),
    "ability_upgrades",
)


@dataclass(frozen=True)
class Listed:
    """What storing a page of the list came to."""

    new: tuple[int, ...]
    updated: tuple[int, ...]
    known: bool
    """Whether every id of the page stood here before."""


@dataclass(frozen=True)
class Fetched:
    """One match's details as a source answered them, with the raw answer."""

    match_id: int
    source: str
    details: MatchDetails
    body: bytes


def table(model: type[Any]) -> Table:
    found = model.__table__
    assert isinstance(found, Table)
    return found


# ---- the list --------------------------------------------------------------------------------


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
    statement = insert(lines).values(user_id=_owner())
    told = [_line(match_id, player, LISTED_LINE_COLUMNS) for match_id, player in players]
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


# ---- details ---------------------------------------------------------------------------------


def store_details(fetched: Sequence[Fetched], now: datetime, run_id: int | None) -> None:
    """Store known matches with their lines, raw answers, team names and links to people.

    A match entered by hand keeps what the person wrote: true details are offered beside it.
    """
    if not fetched:
        return
    told = sorted(fetched, key=lambda item: item.match_id)
    # Before any row is locked: whoever gives a steamid takes this lock first, and then the lines.
    lock(LINKS_LOCK, shared=True)
    store_raw([(item.match_id, item.source, item.body, True) for item in told], now)
    items = _hold_back_manual(told)
    if not items:
        return
    ids = [item.match_id for item in items]
    _update_matches(items, now, run_id)
    db.session.execute(
        sa.delete(PlayerMatchStats)
        .where(PlayerMatchStats.match_id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    _insert_lines(items)
    _store_teams(items)
    _store_personas(items)


def _hold_back_manual(items: Sequence[Fetched]) -> list[Fetched]:
    """Lock the batch's matches; what was entered by hand is only offered the true details."""
    rows = db.session.execute(
        sa.select(Match.id, Match.source)
        .where(Match.id.in_([item.match_id for item in items]))
        .order_by(Match.id)
        .with_for_update()
    )
    manual = {row.id for row in rows if row.source == "manual"}
    for item in items:
        if item.match_id in manual:
            db.session.execute(
                sa.update(Match)
                .where(Match.id == item.match_id)
                .values(offered_source=item.source, next_attempt_at=None)
                .execution_options(synchronize_session=False)
            )
    return [item for item in items if item.match_id not in manual]


def _update_matches(items: Sequence[Fetched], now: datetime, run_id: int | None) -> None:
    match = table(Match)
    values: dict[str, Any] = {
        name: sa.func.coalesce(sa.bindparam(f"b_{name}", type_=match.c[name].type), match.c[name])
        if name in KEPT_WHEN_ABSENT
        else sa.bindparam(f"b_{name}", type_=match.c[name].type)
        for name in (*DETAIL_COLUMNS, "steam_league_id", "source")
    }
    values |= {
        "state": "detailed",
        "detailed_at": now,
        "detailed_by_run": run_id,
        "last_fetch_attempt": now,
        "next_attempt_at": None,
        "fetch_error": None,
    }
    db.session.connection().execute(
        sa.update(match).where(match.c.id == sa.bindparam("b_id")).values(values),
        [_match_row(item) for item in items],
    )


def _match_row(item: Fetched) -> dict[str, Any]:
    details = item.details
    return {
        **{f"b_{name}": getattr(details, name) for name in DETAIL_COLUMNS},
        "b_picks_bans": [dict(pick) for pick in details.picks_bans or ()] or None,
        "b_id": item.match_id,
        "b_steam_league_id": details.league_id,
        "b_source": item.source,
    }


def _insert_lines(items: Sequence[Fetched]) -> None:
    """The link to a person is looked up by the insert itself, in one statement for all lines."""
    rows = [
        _line(item.match_id, player, LINE_COLUMNS)
        for item in items
        for player in item.details.players
    ]
    if rows:
        db.session.execute(sa.insert(table(PlayerMatchStats)).values(user_id=_owner()), rows)


def _owner() -> sa.ScalarSelect[int]:
    return (
        sa.select(SteamAccount.user_id)
        .where(SteamAccount.steam_id == sa.bindparam("b_owner", type_=sa.BigInteger))
        .scalar_subquery()
    )


def _line(
    match_id: int, player: ListedPlayer | PlayerLine, columns: Iterable[str]
) -> dict[str, Any]:
    row = {name: getattr(player, name) for name in columns}
    if row.get("ability_upgrades") is not None:
        row["ability_upgrades"] = [dict(upgrade) for upgrade in row["ability_upgrades"]] or None
    return {**row, "match_id": match_id, "b_owner": player.steam_id}


def _seats(players: Iterable[ListedPlayer]) -> list[ListedPlayer]:
    """The ten seats; a list may carry spectators and broken slots beside them."""
    return list({p.player_slot: p for p in players if p.player_slot in SEATS}.values())


def _store_teams(items: Sequence[Fetched]) -> None:
    newest: dict[int, dict[str, Any]] = {}
    for item in items:
        for side in ("radiant", "dire"):
            team = getattr(item.details, f"{side}_team_id")
            name = getattr(item.details, f"{side}_name")
            if team and name:
                logo = getattr(item.details, f"{side}_logo")
                newest[team] = {"id": team, "name": name, "logo": logo, "seen_in": item.match_id}
    upsert(
        table(SteamTeam),
        [newest[team] for team in sorted(newest)],
        where=lambda new: new.seen_in >= SteamTeam.seen_in,
    )


def _store_personas(items: Sequence[Fetched]) -> None:
    named = {
        player.steam_id: player.personaname
        for item in items
        for player in item.details.players
        if player.steam_id and player.personaname
    }
    upsert(
        table(SteamProfile),
        [
            {
                "steam_id": steam_id,
                "persona": named[steam_id][:100],
                "avatar_url": "",
                "checked_at": NEVER,
            }
            for steam_id in sorted(named)
        ],
        update=("persona",),
    )


def store_raw(answers: Sequence[tuple[int, str, bytes, bool]], now: datetime) -> None:
    """Keep raw answers ``(match_id, source, body, readable)``, compressed, with their hash."""
    upsert(
        table(RawPayload),
        [
            {
                "match_id": match_id,
                "source": source,
                "body": zlib.compress(body, 6),
                "sha256": hashlib.sha256(body).hexdigest(),
                "size": len(body),
                "readable": readable,
                "fetched_at": now,
            }
            for match_id, source, body, readable in answers
        ],
    )


def clear_answers(ids: Sequence[int], *, keep_definite: bool = False) -> None:
    """Forget the answers of the open round; ``definite`` ones outlive a round."""
    statement = sa.delete(RoundAnswer).where(RoundAnswer.match_id.in_(ids))
    if keep_definite:
        statement = statement.where(RoundAnswer.answer != "definite")
    db.session.execute(statement.execution_options(synchronize_session=False))
