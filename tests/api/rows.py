"""Rows the API's tests read: leagues, matches with their lines; and what the database was asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from webapp.clients import outside
from webapp.core.db import db
from webapp.leagues.models import League
from webapp.matches.models import Match, PlayerMatchStats

BASE = 76561197960265728
LEAGUE = 17929
START = datetime(2026, 3, 1, 18, tzinfo=UTC)
SLOTS = (0, 1, 2, 3, 4, 128, 129, 130, 131, 132)


def steam_id(number: int) -> int:
    """The steamid of an invented player."""
    return BASE + 1000 + number


def add_league(league_id: int = LEAGUE) -> League:
    league = League(id=league_id, name=f"League {league_id}", created_at=START)
    db.session.add(league)
    db.session.commit()
    return league


def add_match(
    match_id: int,
    players: Sequence[int | None] = (),
    *,
    league_id: int = LEAGUE,
    state: str = "detailed",
    **columns: Any,
) -> Match:
    """A match in which these players stood, by number, seat by seat; None is an anonymous one."""
    usual: dict[str, Any] = {
        "source": "sequence" if state == "detailed" else None,
        "next_attempt_at": START if state == "stub" else None,
        "start_time": START + timedelta(minutes=match_id % 1000),
        "match_seq_num": match_id - 1000 if match_id > 1000 else match_id,
        "created_at": START,
    }
    values = usual | columns
    match = Match(id=match_id, league_id=league_id, state=state, **values)
    db.session.add(match)
    db.session.flush()
    for slot, number in zip(SLOTS, players, strict=False):
        db.session.add(_line(match_id, slot, number, detailed=state == "detailed"))
    db.session.commit()
    return match


def _line(match_id: int, slot: int, number: int | None, *, detailed: bool) -> PlayerMatchStats:
    who = None if number is None else steam_id(number)
    line = PlayerMatchStats(match_id=match_id, player_slot=slot, hero_id=slot % 100 + 1)
    line.steam_id, line.account_id = who, None if who is None else who - BASE
    if detailed:
        line.kills, line.deaths, line.assists, line.item_0, line.item_1 = 7, 3, 11, 36, 0
    return line


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement the database is asked within the block."""
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def take_redis_away(app: Flask, folder: Path) -> None:
    """From now on nobody answers at Redis's address."""
    away = replace(app.extensions["settings"], redis_url=f"unix://{folder / 'nobody.sock'}")
    app.extensions["outside"] = outside.build(away)
