"""A tournament run by a script: created, generated, linked, and read back as the contract says."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.rows import add_league, add_match
from tests.api.rows import steam_id as player
from tests.api.script import Script, audit_rows
from webapp.core.db import db

SERIES_KEYS = {
    *("id", "bracket", "round", "position", "best_of", "state", "team_a", "team_b"),
    *("score_a", "score_b", "winner", "next_series", "loser_next_series", "scheduled_at", "games"),
}
GAME_KEYS = {"id", "number", "state", "radiant_team", "dire_team", "match_id", "winner"}


def roster(team: int) -> list[dict[str, Any]]:
    return [
        {"steam_id": str(player(10 * team + seat)), "name": f"p{seat}", "captain": seat == 0}
        for seat in range(5)
    ]


@pytest.fixture
def cup(script: Script) -> int:
    """Four teams in a single elimination, by the API alone."""
    add_league()
    made = script.post(
        "/api/tournaments/", name="Cup", league_id=17929, format="single_elimination", best_of=3
    )
    assert made.status_code == 201, made.text
    cup_id: int = made.json["id"]
    for team in range(1, 5):
        added = script.post(
            f"/api/tournaments/{cup_id}/teams/",
            name=f"Team {team}",
            members=roster(team),
            seed=team,
        )
        assert added.status_code == 201, added.text
    return cup_id


@pytest.fixture
def series(script: Script, cup: int) -> list[dict[str, Any]]:
    made = script.post(f"/api/tournaments/{cup}/bracket", seeding="manual")
    assert made.status_code == 201, made.text
    found: list[dict[str, Any]] = made.json["series"]
    return found


def call(script: Script, method: str, address: str, **body: Any) -> TestResponse:
    return script.app.test_client().open(
        address, method=method, json=body or None, headers=script.headers
    )


def play(match_id: int, radiant: int, dire: int, **columns: Any) -> int:
    seats = [10 * team + seat for team in (radiant, dire) for seat in range(5)]
    add_match(match_id, seats, **({"radiant_win": True, "duration": 2400} | columns))
    return match_id


def test_a_generated_bracket_reads_as_the_contract_says(
    script: Script, series: list[dict[str, Any]], cup: int
) -> None:
    assert all(set(one) >= SERIES_KEYS for one in series)
    assert all(set(game) >= GAME_KEYS for one in series for game in one["games"])
    semi, other, final = series
    assert [semi["team_a"]["name"], semi["team_b"]["name"]] == ["Team 1", "Team 4"]
    assert [semi["next_series"], other["next_series"]] == [final["id"], final["id"]]
    assert (final["state"], final["team_a"]) == ("pending", None)
    assert script.get(f"/api/tournaments/{cup}/bracket").json["series"] == series
    assert script.get(f"/api/series/{semi['id']}").json == semi
    assert script.get(f"/api/series/?tournament_id={cup}").json["series"] == series


def test_links_decide_a_series_and_unlinking_opens_it_again(
    script: Script, series: list[dict[str, Any]], cup: int
) -> None:
    semi, _, final = series
    for number, match_id in enumerate((play(9001, 1, 4), play(9002, 4, 1, radiant_win=False))):
        game = semi["games"][number]
        linked = call(script, "PUT", f"/api/games/{game['id']}/match", match_id=match_id)
        assert linked.status_code == 200, linked.text
        assert linked.json["winner"] == semi["team_a"]["id"]
    assert script.get(f"/api/series/{final['id']}").json["team_a"] == semi["team_a"]
    assert script.get(f"/api/series/{semi['id']}").json["state"] == "done"
    gone = call(script, "DELETE", f"/api/games/{semi['games'][1]['id']}/match")
    assert (gone.status_code, gone.json["match_id"]) == (200, None)
    assert script.get(f"/api/series/{final['id']}").json["team_a"] is None
    rows = [row for row in audit_rows() if row.action in {"link", "unlink"}]
    assert [row.action for row in rows] == ["link", "link", "unlink"]
    assert rows[-1].before is not None
    assert rows[-1].before["match_id"] == 9002


def test_a_match_that_is_taken_is_a_conflict(script: Script, series: list[dict[str, Any]]) -> None:
    first, second = series[0]["games"][:2]
    match_id = play(9001, 1, 4)
    assert call(script, "PUT", f"/api/games/{first['id']}/match", match_id=match_id).is_json
    again = call(script, "PUT", f"/api/games/{second['id']}/match", match_id=match_id)
    assert again.status_code == 409
    assert "game 1 of S1 in Cup" in again.json["error"]["message"]
    unknown = call(script, "PUT", f"/api/games/{second['id']}/match", match_id=5)
    assert unknown.status_code == 404


def test_a_result_by_hand_and_its_undo(script: Script, series: list[dict[str, Any]]) -> None:
    semi, other, final = series
    address = f"/api/series/{semi['id']}/result"
    wrong = script.post(address, score_a=1, score_b=1)
    assert wrong.status_code == 400
    assert "score_a" in wrong.json["error"]["fields"]
    done = script.post(address, winner=semi["team_b"]["id"], score_a=1, score_b=2)
    assert (done.json["state"], done.json["winner"]) == ("done", semi["team_b"]["id"])
    script.post(f"/api/series/{other['id']}/result", winner=other["team_a"]["id"], forfeit=True)
    script.post(f"/api/series/{final['id']}/result", score_a=2, score_b=0)
    undone = call(script, "DELETE", address)
    assert undone.json["also_undone"] == ["S3"]
    assert call(script, "DELETE", address).status_code == 409


def test_a_series_is_scheduled_and_shortened(script: Script, series: list[dict[str, Any]]) -> None:
    address = f"/api/series/{series[0]['id']}"
    changed = call(script, "PATCH", address, scheduled_at="2026-11-28T20:00:00+01:00", best_of=1)
    assert changed.json["scheduled_at"] == "2026-11-28T19:00:00Z"
    assert [game["number"] for game in changed.json["games"]] == [1]
    cleared = call(script, "PATCH", address, scheduled_at=None, best_of=5)
    assert (cleared.json["scheduled_at"], len(cleared.json["games"])) == (None, 5)
    assert call(script, "PATCH", address, best_of=2).status_code == 400
    assert call(script, "PATCH", address, scheduled_at="soon").status_code == 400


def test_games_swap_forfeit_and_dismiss(script: Script, series: list[dict[str, Any]]) -> None:
    semi = series[0]
    game, second = semi["games"][0]["id"], semi["games"][1]["id"]
    assert script.post(f"/api/games/{game}/swap").status_code == 409
    call(script, "PUT", f"/api/games/{game}/match", match_id=play(9001, 1, 4))
    swapped = script.post(f"/api/games/{game}/swap").json
    assert swapped["winner"] == semi["team_b"]["id"]
    assert script.post(f"/api/games/{second}/dismiss", match_id=play(9002, 1, 4)).status_code == 200
    late = script.post(f"/api/games/{second}/forfeit", team_id=semi["team_a"]["id"])
    assert late.json["winner"] == semi["team_b"]["id"]
    assert script.get(f"/api/series/{semi['id']}").json["winner"] == semi["team_b"]["id"]
    assert call(script, "DELETE", f"/api/games/{second}/forfeit").json["winner"] is None


def test_standings_and_a_withdrawal(script: Script, cup: int) -> None:
    body = {"name": "Robin", "league_id": 17929, "format": "round_robin", "best_of": 2}
    robin = script.post("/api/tournaments/", **body).json["id"]
    for team in range(5, 8):
        address = f"/api/tournaments/{robin}/teams/"
        script.post(address, name=f"Team {team}", members=roster(team), seed=team - 4)
    found = script.post(f"/api/tournaments/{robin}/bracket").json["series"]
    script.post(f"/api/series/{found[0]['id']}/result", score_a=1, score_b=1)
    table = script.get(f"/api/tournaments/{robin}/standings").json["groups"][0]["lines"]
    assert [line["points"] for line in table] == [1, 1, 0]
    team_id = found[0]["team_a"]["id"]
    address = f"/api/tournaments/{robin}/teams/{team_id}/withdraw"
    gone = script.post(address, how="annul")
    assert gone.status_code == 200
    table = script.get(f"/api/tournaments/{robin}/standings").json["groups"][0]["lines"]
    assert table[-1]["team"]["id"] == team_id
    assert [line["points"] for line in table] == [0, 0, 0]
    assert script.post(address, how="annul").status_code == 409


def test_a_stand_in_is_approved_and_taken_back(
    script: Script, series: list[dict[str, Any]]
) -> None:
    semi = series[0]
    body = {
        "team_id": semi["team_a"]["id"],
        "steam_id_in": str(player(900)),
        "steam_id_out": str(player(12)),
        "name": "Corvin Hale",
    }
    made = script.post(f"/api/series/{semi['id']}/stand-ins/", **body)
    assert made.status_code == 201, made.text
    assert made.json["steam_id_in"] == body["steam_id_in"]
    assert script.post(f"/api/series/{semi['id']}/stand-ins/", **body).status_code == 409
    gone = call(script, "DELETE", f"/api/stand-ins/{made.json['id']}")
    assert gone.status_code == 204
    db.session.rollback()


def test_points_that_change_count_the_tables_anew(script: Script, cup: int) -> None:
    body = {"name": "Robin", "league_id": 17929, "format": "round_robin", "best_of": 2}
    robin = script.post("/api/tournaments/", **body).json["id"]
    for team in range(5, 8):
        address = f"/api/tournaments/{robin}/teams/"
        script.post(address, name=f"Team {team}", members=roster(team), seed=team - 4)
    found = script.post(f"/api/tournaments/{robin}/bracket").json["series"]
    script.post(f"/api/series/{found[0]['id']}/result", score_a=1, score_b=1)
    assert call(script, "PATCH", f"/api/tournaments/{robin}", points=[4, 3, 0]).status_code == 200
    table = script.get(f"/api/tournaments/{robin}/standings").json["groups"][0]["lines"]
    assert [line["points"] for line in table] == [3, 3, 0]


def test_a_bracket_is_deleted_while_nothing_was_played(
    script: Script, series: list[dict[str, Any]], cup: int
) -> None:
    address = f"/api/tournaments/{cup}/bracket"
    script.post(f"/api/series/{series[0]['id']}/result", score_a=2, score_b=0)
    assert call(script, "DELETE", address).status_code == 409
    call(script, "DELETE", f"/api/series/{series[0]['id']}/result")
    assert call(script, "DELETE", address).status_code == 204
    assert script.get(address).json["series"] == []


def test_a_dry_run_links_nothing(script: Script, series: list[dict[str, Any]], cup: int) -> None:
    told = script.post(f"/api/tournaments/{cup}/auto-link", dry_run=True)
    assert told.json == {"links": [], "linked": 0}
