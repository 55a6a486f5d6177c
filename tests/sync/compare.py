"""Holds the database against what the stand-in knows to be true."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from webapp.core.db import db, reading
from webapp.matches.models import Match, PlayerMatchStats
from webapp.sandbox.world import World

ALWAYS = ("match_seq_num", "series_id", "series_type", "radiant_team_id", "dire_team_id")
WITH_DETAILS = (
    *("duration", "radiant_win", "radiant_score", "dire_score", "game_mode", "lobby_type"),
    *("radiant_name", "dire_name", "radiant_logo", "dire_logo"),
)
LINE = (
    *("steam_id", "account_id", "hero_id", "kills", "deaths", "assists", "last_hits", "denies"),
    *("gold_per_min", "xp_per_min", "level", "net_worth", "hero_damage", "tower_damage"),
    *("hero_healing", "leaver_status"),
)


@contextmanager
def one_moment() -> Iterator[None]:
    """Reads that all see the database as it stands now, whoever writes meanwhile."""
    with reading():
        db.session.rollback()
        db.session.expire_all()
        if db.engine.dialect.name == "postgresql":
            db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield


def stored(league_id: int) -> dict[int, dict[str, Any]]:
    """Every stored match of the league in the shape of the stand-in's truth."""
    with one_moment():
        return _stored(league_id)


def _stored(league_id: int) -> dict[int, dict[str, Any]]:
    lines: dict[int, list[dict[str, Any]]] = {}
    for row in db.session.scalars(
        sa.select(PlayerMatchStats)
        .join(Match, Match.id == PlayerMatchStats.match_id)
        .where(Match.league_id == league_id)
        .order_by(PlayerMatchStats.match_id, PlayerMatchStats.player_slot)
    ):
        lines.setdefault(row.match_id, []).append(
            {name: getattr(row, name) for name in LINE}
            | {
                "player_slot": row.player_slot,
                "items": row.items,
                "backpack": [row.backpack_0, row.backpack_1, row.backpack_2],
                "neutral": row.item_neutral,
            }
        )
    found = {}
    for match in db.session.scalars(sa.select(Match).where(Match.league_id == league_id)):
        found[match.id] = {
            name: getattr(match, name)
            for name in (*ALWAYS, *WITH_DETAILS, "picks_bans", "state", "source")
        } | {
            "start_time": int(match.start_time.timestamp()) if match.start_time else None,
            "players": lines.get(match.id, []),
        }
    return found


def true_states(world: World, league_id: int) -> dict[int, str]:
    """What each match must be in the end: detailed, or withheld where no source has it."""
    return {
        match_id: "detailed" if told["detailed"] else "withheld"
        for match_id, told in world.truth(league_id).items()
        if told["known"]
    }


def assert_equals_truth(world: World, league_id: int) -> None:
    """Field by field: ids, figures, lines; of a match without details what the list says."""
    here = stored(league_id)
    truth = {i: _as_stored(told) for i, told in world.truth(league_id).items() if told["known"]}
    assert set(here) == set(truth)
    for match_id, told in truth.items():
        match = here[match_id]
        detailed = match["state"] == "detailed"
        names = (*ALWAYS, "start_time", *(WITH_DETAILS if detailed else ()))
        wrong = [(n, match[n], told[n]) for n in names if match[n] != told[n]]
        assert not wrong, (match_id, match["source"], wrong)
        if detailed:
            assert (match["picks_bans"] or []) == told["picks_bans"], match_id
            for line, true_line in zip(match["players"], told["players"], strict=True):
                differs = [(n, line.get(n), v) for n, v in true_line.items() if line.get(n) != v]
                assert not differs, (match_id, match["source"], differs)


def _as_stored(told: dict[str, Any]) -> dict[str, Any]:
    """Logo ids pass 2^53, so they are kept as text; steamids are kept as numbers."""
    logos = {
        name: None if told[name] is None else str(told[name])
        for name in ("radiant_logo", "dire_logo")
    }
    players = [
        line | {"steam_id": None if line["steam_id"] is None else int(line["steam_id"])}
        for line in told["players"]
    ]
    return told | logos | {"players": players}


def assert_invariants(world: World, league_id: int, *, settled: bool = True) -> None:
    """Promises 1 and 4. ``settled`` False: at any moment, when an answer may still be under way."""
    truth = world.truth(league_id)
    query = sa.select(Match.state, sa.func.count()).where(Match.league_id == league_id)
    with one_moment():
        here = _stored(league_id)
        counts = dict(db.session.execute(query.group_by(Match.state)).all())
        worst = db.session.scalar(sa.select(sa.func.max(Match.retry_count)))
    served = world.served.get(league_id, set())
    assert not settled or served <= set(here), "an id that was served is missing"
    assert sum(counts.values()) == len(here)
    for match_id, match in here.items():
        seats = [line["player_slot"] for line in match["players"]]
        assert len(seats) == len(set(seats))
        if match["state"] == "detailed":
            assert len(seats) == len(truth[match_id]["players"])
    assert (worst or 0) <= 3
