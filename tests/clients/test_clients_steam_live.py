from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.clients.conftest import CANARY
from tests.scripted import Service, reply
from webapp.clients.steam import SteamClient
from webapp.core.errors import AnswerClass, UpstreamError
from webapp.core.http import Patience

HISTORY = "/IDOTA2Match_570/GetMatchHistory/v1/"
HTML = reply(b"<html>no</html>", 403, "text/html")


def refused(call: Callable[[], Any]) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        call()
    assert caught.value.service == "steam"
    return caught.value


SCORED = {
    "account_id": 1000,
    "hero_id": 1,
    "kills": 3,
    "death": 5,
    "net_worth": 7166,
    "item0": 0,
    "item1": 60,
}
GAME = {
    "match_id": 9000,
    "lobby_id": 23972521217273801,
    "league_id": 18204,
    "spectators": 56,
    "stream_delay_s": 120,
    "series_type": 1,
    "radiant_series_wins": 1,
    "dire_series_wins": 0,
    "radiant_team": {"team_name": "Reds", "team_id": 5, "team_logo": 46500877983858209},
    "players": [
        {"account_id": 4, "name": "Caster", "hero_id": 0, "team": 4},
        {"account_id": 5, "name": "Watcher", "hero_id": 0, "team": 2},
        {"account_id": 1000, "name": "Anna", "hero_id": 1, "team": 0},
        {"account_id": 1128, "name": "Ben", "hero_id": 0, "team": 1},
    ],
    "scoreboard": {
        "duration": 131.6,
        "radiant": {
            "score": 19,
            "tower_state": 1796,
            "picks": [{"hero_id": 95}],
            "bans": [{"hero_id": 17}],
            "players": [SCORED],
        },
    },
}


def test_live_games_tell_players_from_spectators(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    upstream.will(reply({"result": {"games": [GAME], "status": 200}}))
    (game,) = steam.live_games(18204, patience)
    assert upstream.asked[0][1] == {"league_id": "18204", "key": CANARY}
    assert (game.match_id, game.duration, game.lobby_id) == (9000, 131.6, "23972521217273801")
    assert (game.radiant.name, game.radiant.logo) == ("Reds", "46500877983858209")
    assert (game.radiant.score, game.radiant.picks, game.radiant.bans) == (19, (95,), (17,))
    assert (game.radiant.series_wins, game.dire.score) == (1, None)
    (anna,), (ben,) = game.radiant.players, game.dire.players
    assert (anna.name, anna.kills, anna.deaths, anna.items) == ("Anna", 3, 5, (60,))
    assert (ben.name, ben.hero_id, ben.kills) == ("Ben", None, None)


def test_live_games_before_the_horn_have_no_scoreboard(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    waiting = {name: value for name, value in GAME.items() if name != "scoreboard"}
    upstream.will(reply({"result": {"games": [waiting, {"match_id": 0, "players": []}]}}))
    (game,) = steam.live_games(None, patience)
    assert game.duration is None
    assert game.radiant.players[0].kills is None
    upstream.will(reply({"result": {"games": []}}))
    assert steam.live_games(None, patience) == ()


def test_profiles_are_read_in_any_order(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    shown = {
        "steamid": "76561198000000002",
        "communityvisibilitystate": 3,
        "personaname": "Anna",
        "profileurl": "https://steamcommunity.com/id/anna/",
        "avatarfull": "https://avatars.steamstatic.com/a_full.jpg",
        "avatarmedium": "https://avatars.steamstatic.com/a_medium.jpg",
        "timecreated": 1_357_309_801,
    }
    hidden = {"steamid": "76561198000000001", "communityvisibilitystate": 1}
    upstream.will(reply({"response": {"players": [shown, hidden]}}))
    anna, other = steam.player_summaries([76561198000000001, 76561198000000002], patience)
    assert (anna.steam_id, anna.persona_name, anna.is_public) == (76561198000000002, "Anna", True)
    assert anna.avatar == "https://avatars.steamstatic.com/a_full.jpg"
    assert anna.created_at == datetime.fromtimestamp(1_357_309_801, UTC)
    assert (other.persona_name, other.is_public) == (None, False)
    assert upstream.asked[0][1]["steamids"] == "76561198000000001,76561198000000002"


def test_nobody_is_asked_for_without_a_call_and_too_many_are_refused(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    assert steam.player_summaries([], patience) == ()
    with pytest.raises(ValueError, match="at most 100"):
        steam.player_summaries(range(101), patience)
    assert upstream.heads == []


def test_a_profile_s_name_is_resolved(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    upstream.will(
        reply({"response": {"steamid": "76561198000000002", "success": 1}}),
        reply({"response": {"success": 42, "message": "No match"}}),
        reply({"response": {"success": 7}}),
    )
    assert steam.resolve_vanity("anna & co", patience) == 76561198000000002
    assert upstream.asked[0][1]["vanityurl"] == "anna & co"
    assert steam.resolve_vanity("nobody", patience) is None
    error = refused(lambda: steam.resolve_vanity("x", patience))
    assert error.answer is AnswerClass.SERVER


def test_leagues_are_listed_without_the_key(
    steam: SteamClient, upstream: Service, patience: Patience
) -> None:
    info = {
        "league_id": 600,
        "name": "The Cup",
        "tier": 2,
        "region": 1,
        "most_recent_activity": 1_405_973_570,
        "total_prize_pool": 0,
        "start_timestamp": 1_399_878_000,
        "end_timestamp": 0,
        "status": 5,
    }
    upstream.will(reply({"infos": [info, {"league_id": 0}]}))
    (league,) = steam.leagues(patience)
    assert (league.league_id, league.name, league.tier) == (600, "The Cup", "2")
    assert league.end_time is None
    assert upstream.asked == [("/webapi/IDOTA2League/GetLeagueInfoList/v001", {})]
