from __future__ import annotations

import time
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as ConnectionCut

from tests.scripted import Service, reply
from webapp.clients.outside import build, connect
from webapp.core.errors import Busy
from webapp.core.http import Patience
from webapp.settings import Rate, load

KEY = "CANARYKEY123"


def environment(tmp_path: Path, redis_url: str, url: str) -> dict[str, str]:
    return {
        "DATA_DIR": str(tmp_path),
        "REDIS_URL": redis_url,
        "SECRET_KEY": "a-key-for-the-tests-alone",
        "STEAM_API_KEY": KEY,
        "STEAM_API_URL": f"{url}/steam",
        "DOTA2_WEB_URL": f"{url}/webapi",
        "OPENDOTA_API_URL": f"{url}/opendota",
        "STEAM_RATE": "7/second",
        "STEAM_SEQUENCE_RATE": "0",
        "OPENDOTA_RATE": "6/minute",
    }


def test_clients_are_built_from_the_settings(
    tmp_path: Path, clean_redis: str, upstream: Service
) -> None:
    settings = load(environment(tmp_path, clean_redis, upstream.url), dotenv=False)
    outside = build(settings)
    patience = Patience(time.monotonic() + 5)
    upstream.will(reply({"result": {"games": []}}), reply({"infos": []}), reply([]))
    outside.steam.live_games(None, patience)
    outside.steam.leagues(patience)
    outside.opendota.league_match_ids(5, patience)
    assert [path for path, _ in upstream.asked] == [
        "/steam/IDOTA2Match_570/GetLiveLeagueGames/v1/",
        "/webapi/IDOTA2League/GetLeagueInfoList/v001",
        "/opendota/leagues/5/matchIds",
    ]
    assert outside.steam.bucket.rate == Rate(7, 1)
    assert outside.steam.sequence_bucket.rate.amount == 0
    assert outside.limits.calls_today("steam") == 2
    assert KEY not in repr(outside)
    outside.redis.close()


def test_nothing_is_connected_before_its_first_use(tmp_path: Path) -> None:
    settings = load(
        environment(tmp_path, "redis://127.0.0.1:1", "http://127.0.0.1:1"), dotenv=False
    )
    outside = build(settings)
    with pytest.raises(Busy):
        outside.steam.live_games(None, Patience(time.monotonic() + 5))


def test_a_redis_that_is_away_is_given_up_soon() -> None:
    started = time.monotonic()
    with pytest.raises(ConnectionCut), connect("redis://127.0.0.1:1") as away:
        away.ping()
    assert time.monotonic() - started < 1


def test_a_connection_that_was_cut_is_made_anew(redis: Redis, clean_redis: str) -> None:
    with connect(clean_redis) as client:
        redis.client_kill_filter(_id=str(client.client_id()))
        assert client.ping()
