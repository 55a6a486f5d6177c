"""The page of a bracket as people and their browsers see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.rows import statements
from tests.browsers import add_person, browser, sign_in
from tests.factories.brackets import labelled, make_bracket, play
from tests.factories.tournaments import make_tournament, teams_of
from tests.matches.page import Seen, look, post
from webapp.bracket import links, results
from webapp.bracket.results import Entry
from webapp.bracket.services import Bracket, load
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.tournaments.models import Tournament

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def bracket(app: Flask) -> Bracket:
    return make_bracket()


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def organizer(app: Flask) -> FlaskClient:
    return sign_in(app, add_person("organizer", "Mara Quell"))


def address(bracket: Bracket, rest: str = "") -> str:
    return f"/tournaments/{bracket.tournament.id}{rest}"


def settle(bracket: Bracket, label: str, a: int, b: int) -> None:
    results.enter(labelled(bracket, label).id, Entry(a, b))
    db.session.commit()


def cards(seen: Seen) -> list[str]:
    return [attrs["id"] for tag, attrs in seen.tags if attrs.get("class") == "series"]


def live(client: FlaskClient, bracket: Bracket, rest: str) -> tuple[int, str]:
    headers = {"HX-Request": "true", "HX-Target": "bracket-live"}
    answer = client.get(address(bracket, f"/bracket/live{rest}"), headers=headers)
    return answer.status_code, answer.text


# ---- what everybody sees -----------------------------------------------------------------------


def test_everybody_sees_every_series_and_no_controls(bracket: Bracket, app: Flask) -> None:
    for role in ("anonymous", "player"):
        seen = look(browser(app, role), address(bracket))
        assert len(cards(seen)) == 14
        assert "Upper quarterfinals" in seen.text
        assert "Winner of U1" in seen.text
        posts = [attrs for tag, attrs in seen.tags if attrs.get("method") == "post"]
        assert [one["action"] for one in posts if one["action"] != "/logout"] == []
        for word in ("Link game", "Make it anew", "auto-link", "Undo"):
            assert word not in seen.text


def test_the_winner_is_said_in_words_too(bracket: Bracket, visitor: FlaskClient) -> None:
    settle(bracket, "U1", 2, 1)
    text = look(visitor, address(bracket)).text
    assert "Team 1 2 won 8 Team 8 1" in text


def test_what_shows_a_link_to_the_page_says_how_it_stands(
    bracket: Bracket, visitor: FlaskClient
) -> None:
    settle(bracket, "U1", 2, 1)
    seen = look(visitor, address(bracket))
    told = {attrs["property"]: attrs["content"] for _, attrs in seen.tags if "property" in attrs}
    assert told["og:title"] == "Emberfall Cup"
    assert told["og:description"] == "1 of 14 series settled; next: Team 4 vs Team 5 (U2)"


def test_a_team_of_the_address_has_its_path_lit(bracket: Bracket, visitor: FlaskClient) -> None:
    settle(bracket, "U1", 2, 1)
    team = labelled(bracket, "U1").team_a_id
    seen = look(visitor, address(bracket, f"?team={team}"))
    lit = [attrs for _, attrs in seen.tags if " lit" in attrs.get("class", "")]
    assert {attrs["data-team"] for attrs in lit} == {str(team)}
    assert len(lit) == 2


def test_a_night_crosses_midnight(bracket: Bracket, visitor: FlaskClient) -> None:
    day = (utcnow() + timedelta(days=2)).replace(hour=22, minute=0)
    for label, hours in (("U1", 0), ("U2", 3), ("U3", 24)):
        labelled(bracket, label).scheduled_at = day + timedelta(hours=hours)
    db.session.commit()
    seen = look(visitor, address(bracket, f"?night={day.date()}"))
    assert cards(seen) == ["series-U1", "series-U2"]
    assert "Upper quarterfinal · U1 · Bo3" in seen.text


def test_filters_and_series_that_do_not_exist_are_left_out(
    bracket: Bracket, visitor: FlaskClient
) -> None:
    seen = look(visitor, address(bracket, "?team=x&night=2026-13-45&series=Z9"))
    assert len(cards(seen)) == 14


def test_a_tournament_that_does_not_exist_is_not_found(app: Flask, visitor: FlaskClient) -> None:
    look(visitor, "/tournaments/77", 404)


def test_the_page_takes_few_statements(
    app: Flask, bracket: Bracket, organizer: FlaskClient
) -> None:
    for rest in ("", "?series=U1"):
        with statements() as asked:
            look(organizer, address(bracket, rest))
        assert len(asked) <= (12 if not rest else 18), asked


FORMATS: dict[str, dict[str, object]] = {
    "single_elimination": {"third_place": True},
    "round_robin": {"best_of": 2},
    "groups_knockout": {"group_count": 2, "best_of": 2},
}


def test_every_format_has_its_picture(app: Flask, visitor: FlaskClient) -> None:
    for format, columns in FORMATS.items():
        bracket = make_bracket(7, format, **columns)
        seen = look(visitor, address(bracket))
        assert len(cards(seen)) == len(bracket.series)
        assert ("Group A" in seen.text) == (format != "single_elimination")
        look(visitor, address(bracket, "/standings"))


# ---- live --------------------------------------------------------------------------------------


def test_a_poll_brings_nothing_until_something_changed(
    bracket: Bracket, visitor: FlaskClient
) -> None:
    version = bracket.tournament.version
    assert live(visitor, bracket, f"?version={version}") == (204, "")
    settle(bracket, "U1", 2, 0)
    status, text = live(visitor, bracket, f"?version={version}")
    seen = Seen(text)
    assert (status, len(cards(seen))) == (200, 14)
    assert seen.tags[0][1]["id"] == "bracket-live"
    assert "every 5s" in seen.tags[0][1]["hx-trigger"]
    assert "<html" not in text
    assert "1 of 14 series settled" in seen.text


def test_the_page_stops_asking_once_the_tournament_is_over(
    app: Flask, visitor: FlaskClient
) -> None:
    bracket = make_bracket(2, "single_elimination")
    settle(bracket, "S1", 2, 0)
    status, text = live(visitor, bracket, f"?version={bracket.tournament.version}")
    assert status == 200
    assert "hx-trigger" not in Seen(text).tags[0][1]
    told = [attrs.get("content", "") for _, attrs in look(visitor, address(bracket)).tags]
    assert "1 of 1 series settled; won by Team 1" in told


def test_an_archived_tournament_neither_asks_nor_has_controls(
    bracket: Bracket, organizer: FlaskClient
) -> None:
    bracket.tournament.archived_at = utcnow()
    db.session.commit()
    seen = look(organizer, address(bracket, "?series=U1"))
    root = next(attrs for _, attrs in seen.tags if attrs.get("id") == "bracket-live")
    assert "hx-trigger" not in root
    assert "Enter result" not in seen.text


# ---- Discord -----------------------------------------------------------------------------------


def test_the_text_for_discord_has_results_times_and_no_formatting_of_names(
    bracket: Bracket, visitor: FlaskClient
) -> None:
    settle(bracket, "U1", 1, 2)
    bracket = load(bracket.tournament.id)
    for team in bracket.teams.values():
        if team.name == "Team 4":
            team.name = "@everyone *loud* <t:1:F>"
    series = labelled(bracket, "U2")
    series.scheduled_at = utcnow().replace(microsecond=0) + timedelta(hours=1)
    unix = int(series.scheduled_at.timestamp())
    db.session.commit()
    text = look(visitor, address(bracket)).text
    assert r"U1 · Team 1 1:2 **Team 8**" in text
    assert f"vs Team 5 · <t:{unix}:F>" in text
    assert r"\@" in text
    assert r"\*loud\* \<t\:1\:F\>" in text
    assert "**Emberfall Cup** · 1 of 14 series settled" in text


# ---- making the bracket ------------------------------------------------------------------------


def test_an_empty_tournament_says_what_to_do_next(app: Flask, organizer: FlaskClient) -> None:
    empty = make_tournament(0)
    seen = look(organizer, f"/tournaments/{empty.id}")
    assert f"/tournaments/{empty.id}/teams" in seen.links
    assert "Add teams" in seen.text
    assert "Make the bracket" not in seen.text


def test_a_bracket_is_made_from_the_page(app: Flask, organizer: FlaskClient) -> None:
    draft: Tournament = make_tournament(4)
    at = f"/tournaments/{draft.id}"
    assert "Make the bracket" in look(organizer, at).text
    answer = post(organizer, f"{at}/bracket/generate", seeding="mmr")
    assert answer.status_code == 303
    seen = look(organizer, at)
    assert cards(seen) == ["series-S1", "series-S2", "series-S3"]
    assert "The bracket is made: 3 series." in seen.text
    assert "Make it anew" in seen.text


def test_who_has_no_mmr_is_named_beside_the_seeding(app: Flask, organizer: FlaskClient) -> None:
    draft = make_tournament(4)
    teams_of(draft)[2].members[0].mmr = None
    db.session.commit()
    answer = post(organizer, f"/tournaments/{draft.id}/bracket/generate", seeding="captain_mmr")
    assert answer.status_code == 400
    seen = Seen(answer.text)
    assert "Team 3" in seen.text
    chosen = [attrs["value"] for _, attrs in seen.tags if "checked" in attrs]
    assert chosen == ["captain_mmr"]


def test_nothing_is_made_anew_over_results(bracket: Bracket, organizer: FlaskClient) -> None:
    settle(bracket, "U1", 2, 0)
    assert "Make it anew" not in look(organizer, address(bracket)).text
    answer = post(organizer, address(bracket, "/bracket/generate"), seeding="manual")
    assert answer.status_code == 409


# ---- zero click --------------------------------------------------------------------------------


def test_organizers_see_how_long_links_by_themselves_took(
    bracket: Bracket, organizer: FlaskClient, visitor: FlaskClient
) -> None:
    series = labelled(bracket, "U1")
    for number, seconds in ((0, 14), (1, 31)):
        match = play(series, series.team_a_id)
        game = series.games[number]
        links.link(game.id, match.id, origin="auto")
        game.moved_at = match.created_at + timedelta(seconds=seconds)
        db.session.commit()
    words = "From listed to moved: 22 s at the median, 31 s at most (2 games)"
    assert words in look(organizer, address(bracket)).text
    assert words not in look(visitor, address(bracket)).text
