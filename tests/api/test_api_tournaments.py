"""Tournaments and their teams through the API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.api.rows import LEAGUE, add_league, statements, steam_id
from tests.api.script import audit_rows
from tests.browsers import add_person, bearer
from tests.factories.tournaments import make_tournament, teams_of
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.leagues.models import League
from webapp.tournaments.models import Game, Series, Team, Tournament
from webapp.tournaments.rules import DEFAULT_TIE_BREAKS

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
AT = "/api/tournaments/"
NEW = {"name": "Emberfall Cup", "format": "double_elimination", "league_id": LEAGUE}
TOURNAMENT_KEYS = {
    *("id", "name", "format", "state", "league_ids", "best_of", "final_best_of", "starts_at"),
    *("zone", "night_ends", "grand_final", "third_place", "groups", "advancing", "legs"),
    *("knockout", "auto_link", "seeding", "random_seed", "points", "win_points", "tie_breaks"),
    "created_at",
}
TEAM_KEYS = {"id", "name", "tag", "seed", "steam_team_id", "withdrawn", "members"}
MEMBER_KEYS = {"steam_id", "name", "captain", "deputy", "mmr", "joined_at", "left_at"}


class Organizer:
    """A script of an organizer."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.headers = bearer(add_person("organizer"))

    def ask(self, method: str, address: str, body: Any = None) -> TestResponse:
        return self.client.open(address, method=method, json=body, headers=self.headers)

    def post(self, address: str, **body: Any) -> TestResponse:
        return self.ask("POST", address, body)

    def patch(self, address: str, **body: Any) -> TestResponse:
        return self.ask("PATCH", address, body)


@pytest.fixture
def organizer(app: Flask) -> Organizer:
    return Organizer(app)


def fields(answer: TestResponse) -> dict[str, str]:
    found: dict[str, str] = answer.json["error"].get("fields", {})
    return found


def add_series(tournament: Tournament, a: Team, b: Team, **columns: Any) -> Series:
    values: dict[str, Any] = {"label": "U1", "best_of": 3, "round": 1, "position": 1}
    series = Series(
        tournament_id=tournament.id,
        bracket="winners",
        a_kind="team",
        a_team_id=a.id,
        b_kind="team",
        b_team_id=b.id,
        team_a_id=a.id,
        team_b_id=b.id,
        **(values | columns),
    )
    db.session.add(series)
    db.session.commit()
    return series


# ---- tournaments -------------------------------------------------------------------------------


def test_a_tournament_is_created_with_what_was_chosen(organizer: Organizer) -> None:
    add_league()
    answer = organizer.post(
        AT,
        **NEW,
        best_of=5,
        starts_at="2026-11-28T20:00:00+01:00",
        grand_final="reset",
        auto_link="sure",
    )
    assert answer.status_code == 201, answer.json
    told = answer.json
    assert set(told) == TOURNAMENT_KEYS
    assert told["league_ids"] == [LEAGUE]
    assert (told["state"], told["starts_at"]) == ("draft", "2026-11-28T19:00:00Z")
    assert (told["best_of"], told["grand_final"], told["auto_link"]) == (5, "reset", "sure")
    assert told["tie_breaks"] == list(DEFAULT_TIE_BREAKS)
    assert organizer.client.get(f"{AT}{told['id']}").json == told
    (entry,) = audit_rows()
    assert (entry.action, entry.target_id) == ("create tournament", str(told["id"]))


@on_sqlite
def test_the_zone_is_the_league_s_where_none_is_named(organizer: Organizer) -> None:
    add_league().zone = "Europe/Berlin"
    add_league(5)
    told = organizer.post(
        AT, name="Cup", format="round_robin", best_of=2, league_ids=[LEAGUE, 5]
    ).json
    assert (told["zone"], told["league_ids"]) == ("Europe/Berlin", [5, LEAGUE])
    moment = organizer.patch(f"{AT}{told['id']}", starts_at="2026-11-28T20:00:00").json
    assert moment["starts_at"] == "2026-11-28T20:00:00Z"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "name"),
    ({"name": None}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"format": "swiss"}, "format"),
    ({"league_id": 999}, "league_id"),
    ({"league_id": None, "league_ids": [LEAGUE, 999]}, "league_ids"),
    ({"league_id": None}, "league_ids"),
    ({"best_of": 4}, "best_of"),
    ({"best_of": 2}, "best_of"),
    ({"final_best_of": 2}, "final_best_of"),
    ({"starts_at": "tomorrow"}, "starts_at"),
    ({"starts_at": "9999-12-31T23:59:59-12:00"}, "starts_at"),
    ({"zone": "Mars/Olympus"}, "zone"),
    ({"night_ends": 13}, "night_ends"),
    ({"grand_final": "twice"}, "grand_final"),
    ({"auto_link": "always"}, "auto_link"),
    ({"points": [0, 1, 2]}, "points"),
    ({"points": [2, 1]}, "points"),
    ({"tie_breaks": ["coin"]}, "tie_breaks"),
    ({"tie_breaks": ["seed", "seed"]}, "tie_breaks"),
    ({"groups": 0}, "groups"),
    ({"legs": 3}, "legs"),
    ({"colour": "red"}, "colour"),
]


@on_sqlite
def test_what_cannot_be_used_is_named(organizer: Organizer) -> None:
    add_league()
    for change, field in WRONG:
        answer = organizer.post(AT, **(NEW | change))
        assert (answer.status_code, set(fields(answer))) == (400, {field}), change
    assert db.session.query(Tournament).count() == 0


@on_sqlite
def test_an_archived_league_takes_no_new_tournament(organizer: Organizer) -> None:
    add_league().archived_at = utcnow()
    db.session.commit()
    assert "archived" in fields(organizer.post(AT, **NEW))["league_id"]


@on_sqlite
def test_a_tournament_keeps_a_league_that_was_archived_since(organizer: Organizer) -> None:
    tournament = make_tournament(teams=0)
    db.session.get_one(League, LEAGUE).archived_at = utcnow()
    db.session.commit()
    assert organizer.patch(f"{AT}{tournament.id}", name="Later").status_code == 200


@on_sqlite
def test_lists_are_paged_and_filtered(organizer: Organizer) -> None:
    made = [make_tournament(teams=0, name=f"Cup {n}").id for n in range(3)]
    other = make_tournament(teams=0, league_id=5, state="running").id
    make_tournament(teams=0, league_id=5, archived_at=utcnow())
    first = organizer.client.get(f"{AT}?league_id={LEAGUE}&limit=2").json
    assert [one["id"] for one in first["tournaments"]] == made[:0:-1]
    rest = organizer.client.get(f"{AT}?league_id={LEAGUE}&after={first['next']}").json
    assert ([one["id"] for one in rest["tournaments"]], rest["next"]) == ([made[0]], None)
    running = organizer.client.get(f"{AT}?state=running").json["tournaments"]
    assert [one["id"] for one in running] == [other]
    archived = organizer.client.get(f"{AT}?state=archived").json["tournaments"]
    assert [one["state"] for one in archived] == ["archived"]


def test_a_change_tells_what_it_was_and_what_it_is(organizer: Organizer) -> None:
    tournament = make_tournament(teams=0)
    answer = organizer.patch(f"{AT}{tournament.id}", name="Second", points=[3, 1, 0], best_of=1)
    assert answer.status_code == 200
    assert (answer.json["name"], answer.json["points"]) == ("Second", [3, 1, 0])
    (entry,) = audit_rows()
    assert entry.before == {"name": "Emberfall Cup", "points": [2, 1, 0], "best_of": 3}
    assert entry.after == {"name": "Second", "points": [3, 1, 0], "best_of": 1}


@on_sqlite
def test_what_a_bracket_stands_on_does_not_change(organizer: Organizer) -> None:
    tournament = make_tournament(teams=2)
    one, two = teams_of(tournament)
    add_series(tournament, one, two)
    at = f"{AT}{tournament.id}"
    for fixed in ({"best_of": 5}, {"format": "round_robin"}, {"third_place": True}):
        answer = organizer.patch(at, **fixed)
        assert (answer.status_code, set(fields(answer))) == (409, set(fixed))
    assert organizer.patch(at, name="Still", zone="Europe/Berlin", auto_link="off").json["zone"]
    assert organizer.patch(at, best_of=3, starts_at=None).status_code == 200


@on_sqlite
def test_an_archived_tournament_is_not_changed(organizer: Organizer) -> None:
    tournament = make_tournament(teams=0, archived_at=utcnow())
    assert organizer.patch(f"{AT}{tournament.id}", name="Other").status_code == 409
    assert organizer.post(f"{AT}{tournament.id}/teams/", name="Late").status_code == 409


def test_a_tournament_nobody_played_is_deleted_with_its_bracket(organizer: Organizer) -> None:
    tournament = make_tournament(teams=2)
    series = add_series(tournament, *teams_of(tournament))
    db.session.add(Game(series_id=series.id, number=1))
    db.session.commit()
    assert organizer.ask("DELETE", f"{AT}{tournament.id}").status_code == 204
    assert db.session.query(Team).count() == db.session.query(Game).count() == 0
    assert organizer.client.get(f"{AT}{tournament.id}").status_code == 404
    assert audit_rows()[0].before == {
        "name": "Emberfall Cup",
        "format": "single_elimination",
        "league_ids": [LEAGUE],
    }


@on_sqlite
def test_a_tournament_with_a_result_is_not_deleted(organizer: Organizer) -> None:
    tournament = make_tournament(teams=2)
    add_series(tournament, *teams_of(tournament), hand_score_a=2, hand_score_b=0)
    answer = organizer.ask("DELETE", f"{AT}{tournament.id}")
    assert answer.status_code == 409
    assert "Archive it" in answer.json["error"]["message"]


# ---- teams -------------------------------------------------------------------------------------


def test_a_team_is_added_and_told_as_the_contract_says(organizer: Organizer) -> None:
    tournament = make_tournament(teams=0)
    at = f"{AT}{tournament.id}/teams/"
    answer = organizer.post(
        at,
        name="Foxglove",
        members=[
            {"steam_id": str(steam_id(1)), "name": "oskvald", "captain": True, "mmr": 5400},
            {"steam_id": steam_id(2), "deputy": True},
        ],
        seed=1,
        tag="FOX",
    )
    assert answer.status_code == 201, answer.json
    told = answer.json
    assert set(told) == TEAM_KEYS
    assert all(set(member) == MEMBER_KEYS for member in told["members"])
    assert [one["steam_id"] for one in told["members"]] == [str(steam_id(1)), str(steam_id(2))]
    assert [one["mmr"] for one in told["members"]] == [5400, None]
    assert organizer.client.get(at).json == {"teams": [told]}
    assert organizer.client.get(f"{at}{told['id']}").json == told
    assert audit_rows()[0].after["members"] == [
        f"{steam_id(1)} captain 5400",
        f"{steam_id(2)} deputy",
    ]


WRONG_MEMBERS: list[tuple[list[Any], str]] = [
    ([{"steam_id": "abc"}], "members[0].steam_id"),
    ([{"steam_id": steam_id(1)}, {"steam_id": 5}], "members[1].steam_id"),
    ([{"steam_id": steam_id(1)}, {"steam_id": str(steam_id(1))}], "members[1].steam_id"),
    ([{"name": "nobody"}], "members[0].steam_id"),
    ([{"steam_id": steam_id(1), "mmr": 0}], "members[0].mmr"),
    ([{"steam_id": steam_id(1), "captain": "yes"}], "members[0].captain"),
    (
        [
            {"steam_id": steam_id(1), "captain": True},
            {"steam_id": steam_id(2), "captain": True},
        ],
        "members[1].captain",
    ),
    ([{"steam_id": steam_id(1), "captain": True, "deputy": True}], "members[0].deputy"),
    ([{"steam_id": steam_id(1), "colour": 1}], "members[0].colour"),
    ([7], "members"),
    ([{"steam_id": steam_id(n)} for n in range(21)], "members"),
]


@on_sqlite
def test_what_is_wrong_of_a_member_is_named(organizer: Organizer) -> None:
    at = f"{AT}{make_tournament(teams=0).id}/teams/"
    for members, field in WRONG_MEMBERS:
        answer = organizer.post(at, name="Foxglove", members=members)
        assert (answer.status_code, set(fields(answer))) == (400, {field}), members
    assert db.session.query(Team).count() == 0


def test_a_name_is_taken_once(organizer: Organizer) -> None:
    tournament = make_tournament(teams=1)
    at = f"{AT}{tournament.id}/teams/"
    answer = organizer.post(at, name="team 1")
    assert (answer.status_code, set(fields(answer))) == (409, {"name"})
    other = organizer.post(at, name="Team 2").json
    assert organizer.patch(f"{at}{other['id']}", name="Team 1").status_code == 409
    assert organizer.patch(f"{at}{other['id']}", name="TEAM 2").json["name"] == "TEAM 2"


@on_sqlite
def test_a_player_may_stand_in_two_teams(organizer: Organizer) -> None:
    tournament = make_tournament(teams=0)
    at = f"{AT}{tournament.id}/teams/"
    for name in ("Foxglove", "Saltmarsh"):
        assert organizer.post(at, name=name, members=[{"steam_id": steam_id(1)}]).status_code == 201


def test_who_is_no_longer_named_has_left(organizer: Organizer) -> None:
    tournament = make_tournament(teams=1, members=2)
    (team,) = teams_of(tournament)
    first, second = team.members
    at = f"{AT}{tournament.id}/teams/{team.id}"
    answer = organizer.patch(at, members=[{"steam_id": second.steam_id, "captain": True}])
    assert answer.status_code == 200, answer.json
    left, stays = answer.json["members"]
    assert (left["steam_id"], stays["captain"]) == (str(first.steam_id), True)
    assert left["left_at"] is not None
    back = organizer.patch(
        at, members=[{"steam_id": first.steam_id, "captain": True}, {"steam_id": second.steam_id}]
    ).json["members"]
    assert [(one["captain"], one["left_at"] is None) for one in back] == [
        (True, False),
        (False, True),
        (True, True),
    ]


def test_a_team_changes_without_touching_what_was_played(organizer: Organizer) -> None:
    tournament = make_tournament(teams=2)
    one, two = teams_of(tournament)
    add_series(tournament, one, two, hand_score_a=2, hand_score_b=0, state="done", winner_id=one.id)
    at = f"{AT}{tournament.id}/teams/{one.id}"
    assert organizer.patch(at, name="Renamed", seed=7, members=[]).json["seed"] == 7
    db.session.rollback()
    (series,) = db.session.query(Series).all()
    assert (series.state, series.winner_id, series.hand_score_a) == ("done", one.id, 2)
    refused = organizer.ask("DELETE", at)
    assert (refused.status_code, "Withdraw" in refused.json["error"]["message"]) == (409, True)


@on_sqlite
def test_a_team_outside_the_bracket_is_deleted(organizer: Organizer) -> None:
    tournament = make_tournament(teams=2)
    team, _ = teams_of(tournament)
    assert organizer.ask("DELETE", f"{AT}{tournament.id}/teams/{team.id}").status_code == 204
    assert [one.name for one in teams_of(tournament)] == ["Team 2"]
    assert audit_rows()[0].before["name"] == "Team 1"


@on_sqlite
def test_a_team_is_found_in_its_own_tournament_alone(organizer: Organizer) -> None:
    one, other = make_tournament(teams=1), make_tournament(teams=0)
    (team,) = teams_of(one)
    for address in (f"{AT}{other.id}/teams/{team.id}", f"{AT}99/teams/", f"{AT}99"):
        assert organizer.client.get(address).status_code == 404


@on_sqlite
def test_a_full_tournament_takes_no_more_teams(
    organizer: Organizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.tournaments.teams.MOST_TEAMS", 2)
    tournament = make_tournament(teams=2, members=0)
    assert organizer.post(f"{AT}{tournament.id}/teams/", name="Third").status_code == 409


@on_sqlite
def test_lists_cost_few_statements_whatever_their_length(app: Flask) -> None:
    tournament = make_tournament(teams=16)
    for number in range(10):
        make_tournament(teams=0, name=f"Cup {number}")
    client = app.test_client()
    for address in (AT, f"{AT}{tournament.id}/teams/"):
        with statements() as asked:
            assert client.get(address).status_code == 200
        assert len(asked) <= 4, asked


# ---- at once -----------------------------------------------------------------------------------


def test_of_many_who_take_a_name_at_once_one_gets_it(app: Flask, organizer: Organizer) -> None:
    tournament_id = make_tournament(teams=0).id
    db.session.rollback()
    barrier = Barrier(4)

    def take() -> int:
        with app.app_context():
            client, body = app.test_client(), {"name": "Foxglove"}
            barrier.wait(10)
            at = f"{AT}{tournament_id}/teams/"
            return client.post(at, json=body, headers=organizer.headers).status_code

    with ThreadPoolExecutor(4) as several:
        answers = sorted(each.result() for each in [several.submit(take) for _ in range(4)])
    assert answers == [201, 409, 409, 409]
    assert db.session.query(Team).count() == 1
