"""What really happened, as plain values that a test compares a database with."""

from __future__ import annotations

from typing import Any

from webapp.sandbox.game import Game
from webapp.sandbox.match import Match
from webapp.sandbox.people import steam_id

FIGURES = (
    *("player_slot", "hero_id", "kills", "deaths", "assists", "last_hits", "denies"),
    *("gold_per_min", "xp_per_min", "level", "net_worth", "hero_damage", "tower_damage"),
    *("hero_healing", "leaver_status"),
)


def truth_of(match: Match, game: Game, reachable: bool) -> dict[str, Any]:
    """One match: its figures, and how the services treat it.

    ``reachable`` says that a complete walk of history lists it, ``known`` that any source names
    it, ``detailed`` that some source gives its details sooner or later. An anonymous player has
    ``account_id`` and ``steam_id`` None. Patches laid over the bodies are not in the figures.
    """
    return {
        "match_id": match.match_id,
        "match_seq_num": match.match_seq_num,
        "league_id": match.league_id,
        "series_id": match.series_id,
        "series_type": match.series_type,
        "game_number": match.game_number,
        "start_time": match.start,
        "end_time": match.end,
        "duration": match.duration,
        "radiant_win": match.radiant_win,
        **_teams(match),
        "radiant_score": game.radiant_score,
        "dire_score": game.dire_score,
        "game_mode": match.game_mode,
        "lobby_type": 1,
        "picks_bans": list(game.picks_bans),
        "hidden": match.hidden,
        "withheld": match.withheld,
        "fails": match.fails,
        "odd": match.odd,
        "reachable": reachable,
        "known": reachable or not match.withheld,
        "detailed": not match.withheld,
        "players": _players(match, game),
    }


def _teams(match: Match) -> dict[str, Any]:
    """Team fields are None where the services leave them out (history says 0)."""
    shown = match.has_teams
    return {
        "radiant_team_id": match.radiant.team_id if shown else None,
        "dire_team_id": match.dire.team_id if shown else None,
        "radiant_name": match.radiant.name if shown else None,
        "dire_name": match.dire.name if shown else None,
        "radiant_logo": match.radiant.logo if shown else None,
        "dire_logo": match.dire.logo if shown else None,
    }


def _players(match: Match, game: Game) -> list[dict[str, Any]]:
    lines = []
    for line in game.players:
        account_id = match.account(line["player_slot"])
        lines.append(
            {name: line[name] for name in FIGURES}
            | {
                "account_id": account_id,
                "steam_id": None if account_id is None else steam_id(account_id),
                "items": [line[f"item_{place}"] for place in range(6)],
                "backpack": [line[f"backpack_{place}"] for place in range(3)],
                "neutral": line["item_neutral"],
            }
        )
    return lines
