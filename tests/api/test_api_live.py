"""Live games: one call of Steam for all visitors, and no failure shown as data."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from tests.api.rows import add_league, take_redis_away
from webapp.core.db import db
from webapp.core.sources import Source
from webapp.sandbox.faults import Rule
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import LeagueSpec, WorldSpec

LEAGUE, OTHER = 17929, 18204
LIVE = "/api/steam/live/"
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    leagues = (LeagueSpec(LEAGUE, "Northern Lights League", 5, live=1, anonymous=0.3),)
    with Sandbox(WorldSpec(leagues=(*leagues, LeagueSpec(OTHER, "Copper Coast", 5)))) as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], sandbox: Sandbox) -> dict[str, str]:
    return environment | {
        "STEAM_API_KEY": sandbox.world.spec.steam_key,
        "STEAM_API_URL": f"{sandbox.url}/steam",
        "BREAKER_DELAY": "300",
    }


def age(redis: Redis, seconds: int) -> None:
    """Let what is kept be so much older."""
    left = redis.pttl(f"aegis:live:{LEAGUE}")
    redis.pexpire(f"aegis:live:{LEAGUE}", left - seconds * 1000)


def test_a_game_is_told_with_sides_players_and_picks(client: FlaskClient) -> None:
    answer = client.get(LIVE)
    assert answer.status_code == 200
    assert set(answer.json) == {"games", "fetched_at"}
    assert answer.json["fetched_at"].endswith("Z")
    (game,) = answer.json["games"]
    assert isinstance(game["match_id"], int)
    assert game["league_id"] == LEAGUE
    assert isinstance(game["lobby_id"], str)
    assert isinstance(game["duration"], int)
    for side in ("radiant", "dire"):
        assert isinstance(game[side]["logo"], str)
        assert isinstance(game[side]["score"], int)
        assert game[side]["name"]
        assert len(game[side]["picks"]) == 5
        assert len(game[side]["players"]) == 5, "spectators are no players"


def test_anonymous_players_have_no_ids_and_others_strings(client: FlaskClient) -> None:
    (game,) = client.get(LIVE).json["games"]
    players = game["radiant"]["players"] + game["dire"]["players"]
    shown = {player["account_id"]: player["steam_id"] for player in players}
    assert None in shown, "nobody is anonymous in this world"
    assert shown.pop(None) is None
    assert all(int(shown[one]) - one == 76561197960265728 for one in shown)


def test_all_visitors_cost_one_call(app: Flask, sandbox: Sandbox) -> None:
    sandbox.faults.put(Rule("slow", source="live", seconds=0.3))
    bodies: list[object] = []

    def visit() -> None:
        with app.app_context():
            bodies.append(app.test_client().get(LIVE).json)

    visitors = [threading.Thread(target=visit) for _ in range(12)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(bodies) == 12
    assert bodies.count(bodies[0]) == 12
    assert sandbox.calls.count("live") == 1


def test_what_is_fifteen_seconds_old_is_asked_anew(
    client: FlaskClient, sandbox: Sandbox, redis: Redis
) -> None:
    client.get(LIVE)
    age(redis, 14)
    client.get(LIVE)
    assert sandbox.calls.count("live") == 1
    age(redis, 2)
    client.get(LIVE)
    assert sandbox.calls.count("live") == 2


def test_a_failure_shows_what_is_kept_and_when_it_was_fetched(
    client: FlaskClient, sandbox: Sandbox, redis: Redis
) -> None:
    first = client.get(LIVE).json
    sandbox.faults.put(Rule("status", source="live", status=500))
    age(redis, 30)
    assert client.get(LIVE).json == first
    assert client.get(LIVE).json == first
    assert sandbox.calls.count("live") == 2, "a failure is not asked for again at once"


@pytest.mark.parametrize("action", ["status", "html", "empty_object", "truncated"])
def test_a_failure_is_never_shown_as_no_games(
    client: FlaskClient, sandbox: Sandbox, redis: Redis, action: str
) -> None:
    sandbox.faults.put(Rule(action, source="live", status=500, count=1))
    first, second = client.get(LIVE), client.get(LIVE)
    for answer in (first, second):
        assert answer.status_code == 503
        assert answer.json["error"]["code"] == "busy"
        assert 1 <= int(answer.headers["Retry-After"]) <= 30
    assert sandbox.calls.count("live") == 1
    redis.delete(f"aegis:live:{LEAGUE}:failed")
    assert client.get(LIVE).status_code == 200, "Steam answers again, and so do we"


def test_a_refused_key_rests_the_source_and_says_for_how_long(
    app: Flask, client: FlaskClient, sandbox: Sandbox, redis: Redis
) -> None:
    sandbox.faults.put(Rule("status", source="live", status=403))
    assert client.get(LIVE).status_code == 503
    assert db.session.get_one(Source, "live").reason == "auth"
    redis.delete(f"aegis:live:{LEAGUE}:failed")
    resting = client.get(LIVE)
    assert resting.status_code == 503
    assert "resting" in resting.json["error"]["message"]
    assert 200 < int(resting.headers["Retry-After"]) <= 300
    assert sandbox.calls.count("live") == 1


def test_other_leagues_are_those_known_here(client: FlaskClient, sandbox: Sandbox) -> None:
    assert client.get(f"{LIVE}?league_id={OTHER}").status_code == 404
    add_league(OTHER)
    answer = client.get(f"{LIVE}?league_id={OTHER}")
    assert (answer.status_code, answer.json["games"]) == (200, [])
    assert sandbox.calls.count("live") == 1


def test_without_redis_steam_is_not_asked(app: Flask, sandbox: Sandbox, tmp_path: Path) -> None:
    take_redis_away(app, tmp_path)
    answer = app.test_client().get(LIVE)
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "busy")
    assert sandbox.calls.count("live") == 0


class TestWithoutAKey:
    @pytest.fixture
    def environment(self, environment: dict[str, str]) -> dict[str, str]:
        return environment | {"STEAM_API_KEY": ""}

    def test_the_missing_setting_is_named(self, client: FlaskClient) -> None:
        answer = client.get(LIVE)
        assert answer.status_code == 409
        assert "STEAM_API_KEY" in answer.json["error"]["message"]
