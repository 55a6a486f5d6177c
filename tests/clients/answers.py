"""Small answers in the services' shapes."""

from __future__ import annotations

from typing import Any

SEATS = (0, 1, 2, 3, 4, 128, 129, 130, 131, 132)


def line(slot: int, **more: Any) -> dict[str, Any]:
    return {"player_slot": slot, "account_id": 1000 + slot, "hero_id": 1 + slot, **more}


def lines() -> list[dict[str, Any]]:
    return [line(slot) for slot in SEATS]


def listed(match_id: int, **more: Any) -> dict[str, Any]:
    row = {
        "match_id": match_id,
        "match_seq_num": match_id - 1000,
        "start_time": 1_760_000_000,
        "lobby_type": 1,
        "series_id": 0,
        "series_type": 0,
        "radiant_team_id": 0,
        "dire_team_id": 77,
        "players": lines(),
    }
    return {**row, **more}


def page(*matches: dict[str, Any], remaining: int = 0) -> dict[str, Any]:
    head = {"status": 1, "num_results": 0, "total_results": 9, "results_remaining": remaining}
    return {"result": {**head, "matches": list(matches)}}


def match(match_id: int = 8_000_000_001, **more: Any) -> dict[str, Any]:
    body = {
        "match_id": match_id,
        "match_seq_num": 7_000_000_001,
        "leagueid": 18204,
        "start_time": 1_760_000_000,
        "duration": 1800,
        "radiant_win": True,
        "game_mode": 2,
        "lobby_type": 1,
        "players": lines(),
    }
    return {**body, **more}


def sequence(*matches: dict[str, Any]) -> dict[str, Any]:
    return {"result": {"status": 1, "matches": list(matches)}}
