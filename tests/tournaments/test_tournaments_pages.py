"""The list of tournaments, creating one, its settings."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.rows import LEAGUE, add_league, statements
from tests.browsers import browser, csrf_token
from tests.factories.tournaments import make_tournament, teams_of
from tests.tournaments.series import add_bracket
from webapp.accounts.models import AuditEntry
from webapp.core.db import db
from webapp.core.time import iso, utcnow
from webapp.tournaments.models import Series, Tournament

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
FORM = {
    "name": "Emberfall Cup",
    "league_ids": [str(LEAGUE)],
    "format": "double_elimination",
    "best_of": "3",
    "final_best_of": "5",
    "starts_at": "2026-11-28T20:00",
    "zone": "Europe/Berlin",
    "night_ends": "5",
    "grand_final": "reset",
    "groups": "2",
    "advancing": "2",
    "legs": "1",
    "knockout": "single_elimination",
    "points": "3 1 0",
    "win_points": "3",
    "tie_breaks": ["game_difference", "", "seed", ""],
    "auto_link": "sure",
}


@pytest.fixture
def organizer(app: Flask) -> FlaskClient:
    return browser(app, "organizer")


def post(client: FlaskClient, address: str, **form: object) -> TestResponse:
    return client.post(address, data=form | {"csrf_token": csrf_token(client)})


def entry() -> AuditEntry:
    db.session.rollback()
    return db.session.scalars(sa.select(AuditEntry)).one()


def reloaded(tournament: Tournament) -> Tournament:
    db.session.rollback()
    return db.session.get_one(Tournament, tournament.id, populate_existing=True)


# ---- the list ----------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do(app: Flask, organizer: FlaskClient) -> None:
    assert "New tournament" in organizer.get("/tournaments/").text
    seen = browser(app, "anonymous").get("/tournaments/").text
    assert "No tournament yet" in seen
    assert "/tournaments/new" not in seen


def test_the_list_has_what_is_played_first_and_drafts_for_organizers(
    app: Flask, organizer: FlaskClient
) -> None:
    make_tournament(teams=2, name="Played now", state="running")
    make_tournament(teams=0, name="Still to come")
    make_tournament(teams=0, name="Over", state="finished")
    make_tournament(teams=0, name="Put away", archived_at=utcnow())
    page = organizer.get("/tournaments/").text
    places = [page.index(name) for name in ("Played now", "Still to come", "Over")]
    assert places == sorted(places)
    assert "2 teams, single elimination" in page
    assert "1 tournament is archived" in page.replace("\u202f", " ")
    assert "Put away" not in page
    assert "Put away" in organizer.get("/tournaments/?archived=1").text
    public = browser(app, "anonymous").get("/tournaments/").text
    assert "Played now" in public
    assert "Still to come" not in public


def test_a_long_list_is_paged(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.tournaments.routes.PER_PAGE", 2)
    for number in range(3):
        make_tournament(teams=0, name=f"Cup {number}", state="running")
    client = browser(app, "anonymous")
    first = client.get("/tournaments/").text
    older = first.split('href="/tournaments/?after=')[1].split('"')[0]
    assert "Cup 0" in client.get(f"/tournaments/?after={older}").text


def test_names_are_shown_as_they_are_written(app: Flask, organizer: FlaskClient) -> None:
    tournament = make_tournament(teams=1, name="<img src=x onerror=alert(1)>", state="running")
    (team,) = teams_of(tournament)
    team.name = team.members[0].name = "<img src=x>"
    db.session.commit()
    at = f"/tournaments/{tournament.id}"
    for address in ("/tournaments/", f"{at}/teams", f"{at}/settings", f"{at}/schedule"):
        page = organizer.get(address).text
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


# ---- creating ----------------------------------------------------------------------------------


def test_a_tournament_is_created_by_form(organizer: FlaskClient) -> None:
    add_league()
    assert f'value="{LEAGUE}" checked' in organizer.get("/tournaments/new").text
    answer = post(organizer, "/tournaments/", **FORM)
    made = db.session.scalars(sa.select(Tournament)).one()
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"/tournaments/{made.id}/teams",
    )
    assert (made.league_ids, made.format, made.final_best_of) == ([LEAGUE], FORM["format"], 5)
    assert (iso(made.starts_at), made.zone) == ("2026-11-28T19:00:00Z", "Europe/Berlin")
    assert (made.points, made.tie_breaks) == ([3, 1, 0], ["game_difference", "seed"])
    assert (entry().action, entry().target_id) == ("create tournament", str(made.id))


def test_the_start_is_read_in_the_league_s_zone_where_none_is_given(
    organizer: FlaskClient,
) -> None:
    add_league().zone = "America/New_York"
    db.session.commit()
    assert post(organizer, "/tournaments/", **(FORM | {"zone": ""})).status_code == 303
    made = db.session.scalars(sa.select(Tournament)).one()
    assert (iso(made.starts_at), made.zone) == ("2026-11-29T01:00:00Z", "America/New_York")


def test_wrong_input_stands_beside_its_field_and_is_kept(organizer: FlaskClient) -> None:
    add_league()
    wrong = {
        "name": " ",
        "league_ids": [],
        "best_of": "2",
        "groups": "many",
        "starts_at": "2026-03-29T02:30",
        "points": "1 2 3",
        "tie_breaks": ["seed", "seed"],
    }
    answer = post(organizer, "/tournaments/", **(FORM | wrong))
    assert answer.status_code == 400
    for words in (
        "7 fields need another look",
        "between 1 and 99 characters",
        "choose at least one league",
        "a knock-out needs a winner",
        "a whole number",
        "skip 02:30 on that day",
        "none larger than the one before",
        "each at most once",
        'value="many"',
        'value="1 2 3"',
        'value="double_elimination" checked',
        'value="sure" checked',
    ):
        assert words in answer.text, words
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Tournament)) == 0


def test_without_a_league_the_form_sends_to_the_leagues(app: Flask) -> None:
    page = browser(app, "admin").get("/tournaments/new").text
    assert "No league yet" in page
    assert "/leagues/add" in page


# ---- settings ----------------------------------------------------------------------------------


def test_settings_are_changed_and_told(organizer: FlaskClient) -> None:
    tournament = make_tournament(teams=0, format="double_elimination")
    at = f"/tournaments/{tournament.id}/settings"
    assert post(organizer, at, **(FORM | {"name": "Second"})).status_code == 303
    assert reloaded(tournament).name == "Second"
    told = entry()
    assert told.before["name"] == "Emberfall Cup"
    assert told.after["starts_at"] == "2026-11-28T19:00:00Z"
    assert 'value="2026-11-28T20:00"' in organizer.get(at).text


def test_what_a_bracket_stands_on_is_no_field_any_more(organizer: FlaskClient) -> None:
    tournament = make_tournament(teams=4)
    add_bracket(tournament, teams_of(tournament))
    at = f"/tournaments/{tournament.id}/settings"
    assert "fixed while there is a bracket" in organizer.get(at).text
    answer = post(organizer, at, **(FORM | {"format": "round_robin", "best_of": "1"}))
    assert answer.status_code == 303
    changed = reloaded(tournament)
    assert (changed.format, changed.best_of, changed.zone) == (
        "single_elimination",
        3,
        "Europe/Berlin",
    )
    wrong = post(organizer, at, **(FORM | {"zone": "Mars/Olympus"}))
    assert wrong.status_code == 400
    assert "no such time zone" in wrong.text
    assert 'value="single_elimination" checked' in wrong.text


def test_a_clone_has_the_teams_and_no_bracket(organizer: FlaskClient) -> None:
    tournament = make_tournament(
        teams=4, format="double_elimination", starts_at=utcnow(), state="running"
    )
    add_bracket(tournament, teams_of(tournament))
    teams_of(tournament)[0].members[1].left_at = utcnow()
    db.session.commit()
    answer = post(organizer, f"/tournaments/{tournament.id}/clone", name="Next season")
    copy = db.session.scalars(sa.select(Tournament).order_by(Tournament.id.desc())).first()
    assert copy is not None
    assert answer.headers["Location"] == f"/tournaments/{copy.id}/settings"
    assert (copy.name, copy.state, copy.starts_at) == ("Next season", "draft", None)
    assert (copy.format, copy.league_ids) == ("double_elimination", [LEAGUE])
    assert [(team.name, team.seed) for team in teams_of(copy)] == [
        (f"Team {n}", n) for n in range(1, 5)
    ]
    first = teams_of(copy)[0].members
    assert (len(first), first[0].captain, first[0].mmr) == (4, True, 5990)
    series = sa.select(sa.func.count()).select_from(Series)
    assert db.session.scalar(series.where(Series.tournament_id == copy.id)) == 0
    assert entry().after == {"name": "Next season", "clone_of": tournament.id}


def test_a_tournament_is_archived_and_taken_back(organizer: FlaskClient) -> None:
    tournament = make_tournament(teams=0)
    at = f"/tournaments/{tournament.id}"
    assert post(organizer, f"{at}/archive").headers["Location"] == "/tournaments/"
    assert reloaded(tournament).archived_at is not None
    assert "Take back" in organizer.get(f"{at}/settings").text
    assert post(organizer, f"{at}/settings", **FORM).status_code == 409
    assert post(organizer, f"{at}/take-back").status_code == 303
    assert reloaded(tournament).archived_at is None


def test_a_tournament_is_deleted_while_nobody_played(organizer: FlaskClient) -> None:
    tournament = make_tournament(teams=4)
    series = add_bracket(tournament, teams_of(tournament))
    at = f"/tournaments/{tournament.id}"
    series[0].hand_score_a = series[0].hand_score_b = 1
    db.session.commit()
    assert post(organizer, f"{at}/delete").status_code == 409
    series[0].hand_score_a = series[0].hand_score_b = None
    db.session.commit()
    assert post(organizer, f"{at}/delete").headers["Location"] == "/tournaments/"
    assert organizer.get(f"{at}/teams").status_code == 404


def test_a_bracket_nobody_played_is_deleted_and_the_teams_stay(organizer: FlaskClient) -> None:
    tournament = make_tournament(teams=4, state="running", seeding="random", random_seed=7)
    series = add_bracket(tournament, teams_of(tournament))
    at = f"/tournaments/{tournament.id}"
    series[1].hand_score_a, series[1].hand_score_b = 2, 0
    db.session.commit()
    assert post(organizer, f"{at}/delete-bracket").status_code == 409
    series[1].hand_score_a = series[1].hand_score_b = None
    db.session.commit()
    assert post(organizer, f"{at}/delete-bracket").status_code == 303
    assert (reloaded(tournament).state, tournament.seeding) == ("draft", None)
    assert len(teams_of(tournament)) == 4
    assert post(organizer, f"{at}/delete-bracket").status_code == 409
    assert "Delete the bracket" not in organizer.get(f"{at}/settings").text


# ---- what it costs -----------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["anonymous", "organizer"])
def test_pages_ask_little_whatever_the_number_of_teams(app: Flask, role: str) -> None:
    tournament = make_tournament(teams=16, state="running")
    add_bracket(tournament, teams_of(tournament))
    team = teams_of(tournament)[0]
    client, at = browser(app, role), f"/tournaments/{tournament.id}"
    pages = ["/tournaments/", f"{at}/teams", f"{at}/schedule", f"{at}/calendar.ics"]
    if role == "organizer":
        pages += ["/tournaments/new", f"{at}/settings", f"{at}/teams/import"]
        pages += [f"{at}/teams/new", f"{at}/teams/{team.id}/edit"]
    for page in pages:
        with statements() as asked:
            assert client.get(page).status_code == 200
        assert len(asked) <= 12, (page, asked)
