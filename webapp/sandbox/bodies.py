"""The bodies in which Steam and OpenDota tell of a match, with the keys of today's answers."""

from __future__ import annotations

from typing import Any

from webapp.sandbox.game import Game
from webapp.sandbox.match import ANONYMOUS, PRE_GAME, Match

OPENDOTA_HAS_NOT = (
    *("item_neutral2", "scaled_hero_damage", "scaled_tower_damage", "scaled_hero_healing"),
    "ability_upgrades",
)
BENCHMARKS = (
    *("gold_per_min", "xp_per_min", "kills_per_min", "last_hits_per_min"),
    *("hero_damage_per_min", "hero_healing_per_min", "tower_damage"),
)
PATCH, REGION = 58, 3


def history_row(match: Match) -> dict[str, Any]:
    """A row of GetMatchHistory: no winner, no duration; 0 for no team."""
    players = []
    for slot in match.slots:
        account_id = match.account(slot)
        players.append(
            {
                "account_id": ANONYMOUS if account_id is None else account_id,
                "player_slot": slot,
                "team_number": slot // 128,
                "team_slot": slot % 128,
                "hero_id": match.hero(slot),
                "hero_variant": 1,
            }
        )
    return {
        "series_id": match.series_id,
        "series_type": match.series_type,
        "match_id": match.match_id,
        "match_seq_num": match.match_seq_num,
        "start_time": match.start,
        "lobby_type": 1,
        "radiant_team_id": match.radiant.team_id if match.has_teams else 0,
        "dire_team_id": match.dire.team_id if match.has_teams else 0,
        "players": players,
    }


def steam_match(match: Match, game: Game) -> dict[str, Any]:
    """A whole match as GetMatchHistoryBySequenceNum and GetMatchDetails give it."""
    players = []
    for line in game.players:
        account_id = match.account(line["player_slot"])
        players.append({"account_id": ANONYMOUS if account_id is None else account_id} | line)
    return _as_changed(match, {"players": players} | _result(match, game))


def opendota_match(match: Match, game: Game, names: dict[int, str]) -> dict[str, Any]:
    """A whole match as OpenDota gives one it has not parsed; anonymous players are null."""
    body = _result(match, game) | {
        "players": [_opendota_player(match, game, line, names) for line in game.players],
        "series_id": match.series_id,
        "series_type": match.series_type,
        "replay_salt": match.match_id % 2_000_000_011,
        "od_data": {
            "has_api": True,
            "has_gcdata": True,
            "has_parsed": False,
            "has_archive": False,
        },
        "metadata": None,
        "replay_url": f"http://replay1.invalid/570/{match.match_id}.dem.bz2",
        "patch": PATCH,
        "region": REGION,
    }
    return _as_changed(match, body)


def _result(match: Match, game: Game) -> dict[str, Any]:
    body = {
        "radiant_win": match.radiant_win,
        "duration": match.duration,
        "pre_game_duration": PRE_GAME,
        "start_time": match.start,
        "match_id": match.match_id,
        "match_seq_num": match.match_seq_num,
        "tower_status_radiant": game.towers[0],
        "tower_status_dire": game.towers[1],
        "barracks_status_radiant": game.barracks[0],
        "barracks_status_dire": game.barracks[1],
        "cluster": game.cluster,
        "first_blood_time": game.first_blood_time,
        "lobby_type": 1,
        "human_players": len(game.players),
        "leagueid": match.league_id,
        "game_mode": match.game_mode,
        "flags": 1,
        "engine": 1,
        "radiant_score": game.radiant_score,
        "dire_score": game.dire_score,
    }
    body |= _teams(match, game) if match.has_teams else {}
    return body | ({"picks_bans": list(game.picks_bans)} if game.picks_bans else {})


def _teams(match: Match, game: Game) -> dict[str, Any]:
    return {
        "radiant_team_id": match.radiant.team_id,
        "radiant_name": match.radiant.name,
        "radiant_logo": match.radiant.logo,
        "radiant_team_complete": int(set(match.lineup[:5]) == set(match.radiant.roster)),
        "dire_team_id": match.dire.team_id,
        "dire_name": match.dire.name,
        "dire_logo": match.dire.logo,
        "dire_team_complete": int(set(match.lineup[5:]) == set(match.dire.roster)),
        "radiant_captain": game.captains[0],
        "dire_captain": game.captains[1],
    }


def _opendota_player(
    match: Match, game: Game, line: dict[str, Any], names: dict[int, str]
) -> dict[str, Any]:
    account_id, minutes = match.account(line["player_slot"]), match.duration / 60
    radiant = line["player_slot"] < 128
    won = match.radiant_win is radiant
    return {
        "account_id": account_id,
        **{name: value for name, value in line.items() if name not in OPENDOTA_HAS_NOT},
        "party_id": 0,
        "permanent_buffs": [],
        "party_size": 10,
        "ability_upgrades_arr": [step["ability"] for step in line["ability_upgrades"]],
        **_profile(account_id, names),
        "radiant_win": match.radiant_win,
        "start_time": match.start,
        "duration": match.duration,
        "cluster": game.cluster,
        "lobby_type": 1,
        "game_mode": match.game_mode,
        "is_contributor": False,
        "patch": PATCH,
        "region": REGION,
        "isRadiant": radiant,
        "win": int(won),
        "lose": int(not won),
        "total_gold": int(line["gold_per_min"] * minutes),
        "total_xp": int(line["xp_per_min"] * minutes),
        "kills_per_min": line["kills"] / minutes if minutes else 0,
        "kda": round((line["kills"] + line["assists"]) / (line["deaths"] + 1), 2),
        "abandons": 0,
        "benchmarks": {name: {"raw": line.get(name, 0), "pct": 0.5} for name in BENCHMARKS},
    }


def _profile(account_id: int | None, names: dict[int, str]) -> dict[str, Any]:
    return {
        "personaname": None if account_id is None else names.get(account_id),
        "name": None,
        "last_login": None,
        "rank_tier": None if account_id is None else 40 + account_id % 40,
        "is_subscriber": False,
    }


def _as_changed(match: Match, body: dict[str, Any]) -> dict[str, Any]:
    """The body with a test's patch laid over it."""
    return {name: value for name, value in (body | match.patch).items() if name not in match.drop}
