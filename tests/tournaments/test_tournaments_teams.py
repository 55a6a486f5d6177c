"""The teams of a tournament on their pages: entered, changed, seeded, imported."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.rows import steam_id
from tests.browsers import browser, csrf_token
from tests.factories.tournaments import add_team, make_tournament, teams_of
from tests.tournaments.series import add_bracket
from webapp.accounts.models import AuditEntry
from webapp.core.db import db
from webapp.tournaments.models import Team, Tournament

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ROWS = {
    "steam": [str(steam_id(1)), "", str(steam_id(2) - 76561197960265728)],
    "player": ["oskvald", "", "brindle"],
    "mmr": ["5400", "", ""],
}
TABLE = f"team,seed,player,steam_id,captain\nFoxglove,1,oskvald,{steam_id(1)},yes\n"


@pytest.fixture
def organizer(app: Flask) -> FlaskClient:
    return browser(app, "organizer")


@pytest.fixture
def draft(app: Flask) -> Tournament:
    return make_tournament(teams=0)


def post(client: FlaskClient, address: str, **form: object) -> TestResponse:
    return client.post(address, data=form | {"csrf_token": csrf_token(client)})


def actions() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def count_teams() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Team)) or 0


def test_everybody_sees_the_rosters(app: Flask) -> None:
    tournament = make_tournament(teams=2)
    first = teams_of(tournament)[0]
    first.members[0].mmr, first.members[1].mmr, first.members[4].mmr = 6000, 5000, None
    db.session.commit()
    page = browser(app, "anonymous").get(f"/tournaments/{tournament.id}/teams").text
    assert page.replace("\u202f", "").count("5990") >= 2
    assert "Team 1 player 1" in page
    assert 'C<span class="vh">aptain</span>' in page
    assert "of 4</span>" in page
    assert "/edit" not in page
    assert "Seeds" not in page


def test_a_player_without_a_name_here_is_called_by_the_account(app: Flask) -> None:
    tournament = make_tournament(teams=1)
    (team,) = teams_of(tournament)
    team.members[0].name = ""
    db.session.commit()
    page = browser(app, "anonymous").get(f"/tournaments/{tournament.id}/teams").text
    assert str(team.members[0].steam_id - 76561197960265728) in page


def test_a_team_is_added_by_form(organizer: FlaskClient, draft: Tournament) -> None:
    at = f"/tournaments/{draft.id}/teams"
    assert organizer.get(f"{at}/new").status_code == 200
    answer = post(organizer, at, name="Foxglove", tag="FOX", seed="1", captain="2", **ROWS)
    assert (answer.status_code, answer.headers["Location"]) == (303, at)
    (team,) = teams_of(draft)
    assert [(one.steam_id, one.captain, one.mmr) for one in team.members] == [
        (steam_id(1), False, 5400),
        (steam_id(2), True, None),
    ]
    assert actions() == ["add team"]


def test_a_wrong_team_names_the_row_and_keeps_what_was_typed(
    organizer: FlaskClient, draft: Tournament
) -> None:
    rows = {
        "steam": ["", "https://steamcommunity.com/id/oskvald", str(steam_id(1)), str(steam_id(1))],
        "player": ["", "oskvald", "one", "two"],
        "mmr": ["", "5k", "", "0"],
    }
    at = f"/tournaments/{draft.id}/teams"
    answer = post(organizer, at, name="", seed="first", **rows)
    assert answer.status_code == 400
    for words in (
        'id="steam-1-error">a name that only Steam can resolve',
        'id="mmr-1-error">a whole number',
        'id="steam-3-error">is in this team already',
        'id="mmr-3-error">1 or more',
        'id="name-error"',
        'id="seed-error"',
        'value="5k"',
        'value="first"',
    ):
        assert words in answer.text, words
    assert count_teams() == 0


def test_a_taken_name_is_a_conflict_beside_its_field(
    organizer: FlaskClient, draft: Tournament
) -> None:
    add_team(draft, "Foxglove")
    db.session.commit()
    answer = post(organizer, f"/tournaments/{draft.id}/teams", name="FOXGLOVE", **ROWS)
    assert answer.status_code == 409
    assert 'id="name-error">taken' in answer.text
    assert 'value="oskvald"' in answer.text


def test_who_is_taken_out_has_left_and_is_still_told(
    organizer: FlaskClient, draft: Tournament
) -> None:
    team = add_team(draft, "Foxglove", [steam_id(1), steam_id(3)])
    db.session.commit()
    at = f"/tournaments/{draft.id}/teams/{team.id}/edit"
    assert str(steam_id(3)) in organizer.get(at).text
    assert post(organizer, at, name="Foxglove", captain="2", **ROWS).status_code == 303
    (team,) = teams_of(draft)
    assert [(one.steam_id, one.captain) for one in team.present] == [
        (steam_id(1), False),
        (steam_id(2), True),
    ]
    assert "Left" in organizer.get(at).text
    assert "Left: Foxglove player 2" in organizer.get(f"/tournaments/{draft.id}/teams").text


def test_a_team_is_deleted_unless_it_stands_in_the_bracket(organizer: FlaskClient) -> None:
    tournament = make_tournament(teams=5)
    teams = teams_of(tournament)
    add_bracket(tournament, teams)
    at = f"/tournaments/{tournament.id}/teams"
    assert "cannot be deleted" in organizer.get(f"{at}/{teams[0].id}/edit").text
    assert post(organizer, f"{at}/{teams[0].id}/delete").status_code == 409
    assert post(organizer, f"{at}/{teams[4].id}/delete").headers["Location"] == at
    assert count_teams() == 4


def test_organizers_are_told_what_looks_wrong(organizer: FlaskClient, draft: Tournament) -> None:
    add_team(draft, "Foxglove", [steam_id(1)], seed=1)
    add_team(draft, "Saltmarsh", [steam_id(1)], seed=1)
    add_team(draft, "Late Ferry", 0)
    db.session.commit()
    page = organizer.get(f"/tournaments/{draft.id}/teams").text
    assert "Foxglove player 1 also stands in Saltmarsh" in page
    assert "Foxglove has seed 1 too" in page
    assert "No captain" in page


def test_seeds_are_set_together(organizer: FlaskClient) -> None:
    tournament = make_tournament(teams=3)
    one, two, three = teams_of(tournament)
    at = f"/tournaments/{tournament.id}/teams/seeds"
    swap = {f"seed-{one.id}": "2", f"seed-{two.id}": "1", f"seed-{three.id}": ""}
    assert post(organizer, at, **swap).status_code == 303
    assert [team.seed for team in teams_of(tournament)] == [2, 1, None]
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert entry.before == {"Team 2": 2, "Team 1": 1, "Team 3": 3} | {}
    assert entry.after == {"Team 2": 1, "Team 1": 2, "Team 3": None}
    same = post(organizer, at, **{f"seed-{one.id}": "1", f"seed-{three.id}": "x"})
    assert same.status_code == 400
    assert "a whole number" in same.text
    same = post(organizer, at, **{f"seed-{one.id}": "1"})
    assert same.text.count("another team has it") == 2


# ---- the table ---------------------------------------------------------------------------------


def test_a_preview_saves_nothing_and_confirming_saves_all(
    organizer: FlaskClient, draft: Tournament
) -> None:
    at = f"/tournaments/{draft.id}/teams/import"
    assert "a 64-bit steamid" in organizer.get(at).text
    preview = post(organizer, at, table=TABLE)
    assert preview.status_code == 200
    assert "nothing is saved yet" in preview.text
    assert "Add 1 team" in preview.text
    assert (count_teams(), actions()) == (0, [])
    done = post(organizer, f"{at}/confirm", table=TABLE)
    assert done.headers["Location"] == f"/tournaments/{draft.id}/teams"
    (team,) = teams_of(draft)
    assert (team.name, team.seed, team.members[0].captain) == ("Foxglove", 1, True)
    assert actions() == ["import teams"]


def test_a_file_is_read_like_what_is_pasted(organizer: FlaskClient, draft: Tournament) -> None:
    at = f"/tournaments/{draft.id}/teams/import"
    file = (io.BytesIO(b"\xef\xbb\xbf" + TABLE.encode()), "teams.csv")
    assert "oskvald" in post(organizer, at, file=file, table="").text
    odd = (io.BytesIO(b"\xff\xfe\x00t"), "teams.csv")
    answer = post(organizer, at, file=odd)
    assert (answer.status_code, "not UTF-8" in answer.text) == (400, True)


def test_errors_name_line_and_column_and_nothing_is_confirmed(
    organizer: FlaskClient, draft: Tournament
) -> None:
    add_team(draft, "FOXGLOVE")
    db.session.commit()
    at = f"/tournaments/{draft.id}/teams/import"
    text = TABLE + "Saltmarsh,2,nobody,who,\n"
    for address in (at, f"{at}/confirm"):
        answer = post(organizer, address, table=text)
        assert answer.status_code == 400
        assert "2 things to mend" in answer.text.replace("\u202f", " ")
        assert '<td class="num">2</td><td>team</td>' in answer.text
        assert '<td class="num">3</td><td>steam_id</td>' in answer.text
        assert "Saltmarsh,2,nobody,who" in answer.text
    assert count_teams() == 1
