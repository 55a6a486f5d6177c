"""Stores matches with their lines, raw answers, team names and links to people.

A handful of statements per batch, never per player. Nothing here asks a service or commits. Every
function may be run twice with the same rows, and by two workers at once, and leaves the same rows.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from webapp.accounts.models import SteamProfile
from webapp.clients.shapes import MatchDetails
from webapp.core.db import db, lock, upsert
from webapp.matches.models import Match, PlayerMatchStats, RawPayload, RoundAnswer, SteamTeam
from webapp.matches.rows import LINE_COLUMNS, LINKS_LOCK, LISTED_COLUMNS, line_row, owner, table

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""When a profile was checked that another service's answer named in passing."""

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


@dataclass(frozen=True)
class Fetched:
    """One match's details as a source answered them, with the raw answer."""

    match_id: int
    source: str
    details: MatchDetails
    body: bytes


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
        line_row(item.match_id, player, LINE_COLUMNS)
        for item in items
        for player in item.details.players
    ]
    if rows:
        db.session.execute(sa.insert(table(PlayerMatchStats)).values(user_id=owner()), rows)


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
