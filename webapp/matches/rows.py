"""What a match and its lines are stored as, whoever told of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table

from webapp.accounts.models import SteamAccount
from webapp.clients.shapes import ListedPlayer, PlayerLine

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


def table(model: type[Any]) -> Table:
    found = model.__table__
    assert isinstance(found, Table)
    return found


def owner() -> sa.ScalarSelect[int]:
    return (
        sa.select(SteamAccount.user_id)
        .where(SteamAccount.steam_id == sa.bindparam("b_owner", type_=sa.BigInteger))
        .scalar_subquery()
    )


def line_row(
    match_id: int, player: ListedPlayer | PlayerLine, columns: Iterable[str]
) -> dict[str, Any]:
    row = {name: getattr(player, name) for name in columns}
    if row.get("ability_upgrades") is not None:
        row["ability_upgrades"] = [dict(upgrade) for upgrade in row["ability_upgrades"]] or None
    return {**row, "match_id": match_id, "b_owner": player.steam_id}
