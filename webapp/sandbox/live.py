"""A game in progress as GetLiveLeagueGames tells of it."""

from __future__ import annotations

from typing import Any

from webapp.sandbox.game import Game
from webapp.sandbox.match import ANONYMOUS, PRE_GAME, Match, Team
from webapp.sandbox.people import FIRST_ACCOUNT
from webapp.sandbox.spec import chance

DRAFTING = 60
"""Seconds after the lobby opened in which there is no scoreboard yet."""


def live_game(match: Match, game: Game, now: float, names: dict[int, str]) -> dict[str, Any]:
    """``players`` lists spectators too (teams 2 and 4); ``scoreboard`` comes with the game."""
    rng = chance("live", match.match_id)
    body: dict[str, Any] = {
        "players": _players(match, names) + _spectators(rng.randint(0, 3)),
        "radiant_team": _team(match.radiant),
        "dire_team": _team(match.dire),
        "lobby_id": 29_000_000_000_000_000 + match.match_id,
        "match_id": match.match_id,
        "spectators": rng.randint(0, 80),
        "league_id": match.league_id,
        "stream_delay_s": 120,
        "radiant_series_wins": match.series_wins[0],
        "dire_series_wins": match.series_wins[1],
        "series_type": match.series_type,
        "league_tier": 1,
    }
    elapsed = _played(match, now) - DRAFTING
    if elapsed >= 0:
        body["scoreboard"] = _scoreboard(match, game, elapsed)
    return body


def _played(match: Match, now: float) -> float:
    """Seconds of the game's own time since its lobby opened: they run as fast as it is shown."""
    shown, whole = match.end - match.live_since, match.duration + PRE_GAME
    since = now - match.live_since
    return since * whole / shown if match.opened and shown else since


def _team(team: Team) -> dict[str, Any]:
    return {
        "team_name": team.name,
        "team_id": team.team_id,
        "team_logo": team.logo,
        "complete": False,
    }


def _players(match: Match, names: dict[int, str]) -> list[dict[str, Any]]:
    players = []
    for slot in match.slots:
        account_id = match.account(slot)
        players.append(
            {
                "account_id": ANONYMOUS if account_id is None else account_id,
                "name": "" if account_id is None else names.get(account_id, ""),
                "hero_id": match.hero(slot),
                "team": slot // 128,
            }
        )
    return players


def _spectators(count: int) -> list[dict[str, Any]]:
    return [
        {
            "account_id": FIRST_ACCOUNT + 30_000_000 + number,
            "name": f"Watcher {number + 1}",
            "hero_id": 0,
            "team": 2 if number else 4,
        }
        for number in range(count)
    ]


def _scoreboard(match: Match, game: Game, elapsed: float) -> dict[str, Any]:
    share = min(1.0, elapsed / max(match.duration, 1))
    return {
        "duration": round(elapsed + 0.25, 4),
        "roshan_respawn_timer": 0,
        "radiant": _side(match, game, 0, share),
        "dire": _side(match, game, 1, share),
    }


def _side(match: Match, game: Game, side: int, share: float) -> dict[str, Any]:
    lines = [line for line in game.players if line["player_slot"] // 128 == side]
    drafted: dict[bool, list[dict[str, int]]] = {True: [], False: []}
    for step in game.picks_bans:
        if step["team"] == side:
            drafted[step["is_pick"]].append({"hero_id": step["hero_id"]})
    players = [_line(match, line, share) for line in lines]
    return {
        "score": sum(line["kills"] for line in players),
        "tower_state": 2047,
        "barracks_state": 63,
        "picks": drafted[True],
        "bans": drafted[False],
        "players": players,
        "abilities": [],
    }


def _line(match: Match, line: dict[str, Any], share: float) -> dict[str, Any]:
    account_id = match.account(line["player_slot"])
    grown = {
        name: int(line[name] * share)
        for name in ("kills", "assists", "last_hits", "denies", "net_worth")
    }
    return {
        "player_slot": line["player_slot"] % 128 + 1,
        "account_id": ANONYMOUS if account_id is None else account_id,
        "hero_id": line["hero_id"],
        "death": int(line["deaths"] * share),
        **grown,
        "gold": line["gold"],
        "level": max(1, int(line["level"] * share)),
        "gold_per_min": line["gold_per_min"],
        "xp_per_min": line["xp_per_min"],
        "ultimate_state": 3,
        "ultimate_cooldown": 0,
        **{f"item{place}": line[f"item_{place}"] if share > 0.3 else 0 for place in range(6)},
        "respawn_timer": 0,
        "position_x": float(line["last_hits"] * 10 - 3000),
        "position_y": float(line["denies"] * 100 - 2000),
    }
