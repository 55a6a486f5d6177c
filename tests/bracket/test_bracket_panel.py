"""The panel of a series: what an organizer does in it, and how to take it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.rows import statements
from tests.browsers import add_person, csrf_token, sign_in
from tests.factories.brackets import labelled, make_bracket, play
from tests.matches.page import Seen, look, post
from webapp.accounts.models import AuditEntry
from webapp.bracket import links, results
from webapp.bracket.results import Entry
from webapp.bracket.services import Bracket, load
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.matches.models import Match
from webapp.matches.services import lines_of
from webapp.tournaments.models import Dismissal, Game, Series, StandIn, TeamMember

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
TOKENS: WeakKeyDictionary[FlaskClient, str] = WeakKeyDictionary()
START = utcnow().replace(microsecond=0) - timedelta(hours=5)


@pytest.fixture
def bracket(app: Flask) -> Bracket:
    made = make_bracket(4)
    labelled(made, "U1").scheduled_at = START
    db.session.commit()
    return made


@pytest.fixture
def series(bracket: Bracket) -> Series:
    return labelled(bracket, "U1")


@pytest.fixture
def organizer(app: Flask, bracket: Bracket) -> FlaskClient:
    return sign_in(app, add_person("organizer", "Mara Quell"))


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


def at(series: Series, rest: str = "") -> str:
    return f"/tournaments/{series.tournament_id}?series={series.label}{rest}"


def panel(client: FlaskClient, series: Series, rest: str = "") -> Seen:
    """The panel alone, as htmx asks for it."""
    headers = {"HX-Request": "true", "HX-Target": "series-panel"}
    answer = client.get(at(series, rest), headers=headers)
    assert answer.status_code == 200, answer.text[:500]
    seen = Seen(answer.text)
    assert seen.tags[0][1]["id"] == "series-panel"
    return seen


def press(client: FlaskClient, path: str, **form: object) -> TestResponse:
    """A button of the panel, sent by htmx."""
    headers = {"HX-Request": "true", "HX-Target": "series-panel"}
    if client not in TOKENS:
        TOKENS[client] = csrf_token(client)
    return client.post(path, data={"csrf_token": TOKENS[client], **form}, headers=headers)


def actions(seen: Seen) -> list[str]:
    return [attrs["action"] for tag, attrs in seen.tags if attrs.get("method") == "post"]


def game_of(series: Series, number: int) -> Game:
    return db.session.scalars(
        sa.select(Game)
        .where(Game.series_id == series.id, Game.number == number)
        .execution_options(populate_existing=True)
    ).one()


def fresh(series: Series) -> Series:
    found = load(series.tournament_id)
    return found.one(series.id)


def audited() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def evening(series: Series, winners: str = "aa") -> list[Match]:
    """The series' games as they were played, one after the other."""
    sides = {"a": series.team_a_id, "b": series.team_b_id}
    return [
        play(series, sides[one], start=START + timedelta(minutes=5 + 55 * number))
        for number, one in enumerate(winners)
    ]


# ---- looking -----------------------------------------------------------------------------------


def test_a_link_opens_the_panel_with_and_without_script(
    series: Series, organizer: FlaskClient
) -> None:
    assert "Who was there" not in look(organizer, at(series)).text
    evening(series)
    whole = look(organizer, at(series))
    alone = panel(organizer, series)
    for seen in (whole, alone):
        assert "Team 1 vs Team 4" in seen.text
        assert "Could be game 1" in seen.text
    assert "<main" not in alone.text
    assert ("a", "series-U1") in [
        (tag, attrs.get("id")) for tag, attrs in whole.tags if attrs.get("aria-current") == "true"
    ]


def test_the_best_match_is_gold_and_has_the_one_primary_button(
    series: Series, organizer: FlaskClient
) -> None:
    first, second = evening(series)
    seen = panel(organizer, series)
    assert seen.match_ids[:2] == [first.id, second.id]
    boxes = [attrs["class"] for _, attrs in seen.tags if "sugg" in attrs.get("class", "").split()]
    assert [box for box in boxes if "best" in box] == boxes[:1]
    primary = [attrs for tag, attrs in seen.tags if "primary" in attrs.get("class", "").split()]
    assert [one["id"] for one in primary] == [f"link-{first.id}"]
    assert "10 of 10" in seen.text
    assert "Both captains" in seen.text
    assert seen.text.count(", in the match") == 10


def test_a_match_of_another_game_is_shown_without_a_button(
    series: Series, organizer: FlaskClient
) -> None:
    first, second = evening(series)
    links.link(series.games[0].id, first.id)
    db.session.commit()
    seen = panel(organizer, series, "&game=2")
    assert "taken" in " ".join(attrs.get("class", "") for _, attrs in seen.tags)
    ids = [attrs.get("id", "") for _, attrs in seen.tags]
    assert f"link-{second.id}" in ids
    assert f"link-{first.id}" not in ids


def test_the_public_sees_games_and_who_was_there_but_no_button(
    series: Series, visitor: FlaskClient
) -> None:
    first, _ = evening(series)
    links.link(series.games[0].id, first.id)
    db.session.commit()
    seen = panel(visitor, series, "&game=1")
    assert actions(seen) == []
    assert f"/matches/{first.id}" in seen.links
    assert "Who was there" in seen.text
    waiting = panel(visitor, series, "&game=2")
    assert actions(waiting) == []
    assert "Could be" not in waiting.text
    assert "Enter result" not in waiting.text


def test_teams_that_are_not_known_get_no_suggestions(
    bracket: Bracket, organizer: FlaskClient
) -> None:
    seen = panel(organizer, labelled(bracket, "GF"))
    assert "The teams are not known yet" in seen.text
    assert "Enter result" not in seen.text


def test_the_panel_takes_few_statements(series: Series, organizer: FlaskClient) -> None:
    evening(series)
    with statements() as asked:
        panel(organizer, series)
    assert len(asked) <= 12, asked


def test_a_search_finds_a_match_by_id_and_by_player(series: Series, organizer: FlaskClient) -> None:
    first, _ = evening(series)
    far = play(series, series.team_a_id, start=START - timedelta(days=40))
    assert far.id not in panel(organizer, series).match_ids
    assert panel(organizer, series, f"&q={far.id}").match_ids == [far.id]
    player = db.session.scalar(
        sa.select(TeamMember.steam_id).where(TeamMember.team_id == series.team_a_id)
    )
    found = panel(organizer, series, f"&q={player}").match_ids
    assert {first.id, far.id} <= set(found)
    assert "No match of this tournament" in panel(organizer, series, "&q=nobody").text


# ---- linking -----------------------------------------------------------------------------------


def test_a_click_links_moves_the_bracket_and_can_be_undone(
    series: Series, organizer: FlaskClient
) -> None:
    first, second = evening(series)
    game_1, game_2 = series.games[0].id, series.games[1].id
    answer = press(organizer, f"/games/{game_1}/link", match_id=first.id)
    assert answer.status_code == 200
    assert "bracket-changed" in answer.headers["HX-Trigger"]
    assert f"/games/{game_1}/undo-link?match_id={first.id}" in answer.headers["HX-Trigger"]
    assert "Could be game 2" in Seen(answer.text).text
    answer = post(organizer, f"/games/{game_2}/link", match_id=second.id)
    assert answer.status_code == 303
    page = look(organizer, answer.headers["Location"])
    assert "U1 is settled: 2:0 for Team 1." in page.text
    assert fresh(series).winner_id == series.team_a_id
    assert game_of(series, 1).facts["overlap"] == 10
    undo = f"/games/{game_2}/undo-link?match_id={second.id}"
    assert undo in [attrs.get("action") for _, attrs in page.tags]
    assert post(organizer, undo).status_code == 303
    assert (fresh(series).state, game_of(series, 2).match_id) == ("live", None)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Dismissal)) == 0
    assert audited() == ["link", "link", "undo link"]


def test_who_was_slower_reads_why_in_the_panel(series: Series, organizer: FlaskClient) -> None:
    first, second = evening(series)
    links.link(series.games[0].id, first.id)
    db.session.commit()
    answer = press(organizer, f"/games/{series.games[0].id}/link", match_id=second.id)
    assert (answer.status_code, answer.headers["X-Aegis-Fragment"]) == (409, "1")
    seen = Seen(answer.text)
    assert seen.tags[0][1]["id"] == "series-panel"
    assert f"is linked to match {first.id} already" in seen.text
    answer = post(organizer, f"/games/{series.games[0].id}/link", match_id=second.id)
    assert answer.status_code == 409
    assert "already. Unlink it first." in Seen(answer.text).text


def test_all_games_of_a_series_are_linked_and_undone_at_once(
    series: Series, organizer: FlaskClient
) -> None:
    played = evening(series, "aba")
    answer = press(organizer, f"/series/{series.id}/link")
    assert answer.status_code == 200, answer.text
    assert [game_of(series, n).match_id for n in (1, 2, 3)] == [match.id for match in played]
    assert (fresh(series).score_a, fresh(series).score_b) == (2, 1)
    pairs = ",".join(
        f"{game.id}-{match.id}" for game, match in zip(fresh(series).games, played, strict=True)
    )
    assert pairs in answer.headers["HX-Trigger"]
    db.session.rollback()
    post(organizer, f"/series/{series.id}/undo-links?pairs={pairs}")
    assert [game_of(series, n).match_id for n in (1, 2, 3)] == [None, None, None]
    assert audited() == ["link series", "undo links"]


def test_an_undo_reaches_no_other_series(
    bracket: Bracket, series: Series, organizer: FlaskClient
) -> None:
    first, _ = evening(series)
    links.link(series.games[0].id, first.id)
    db.session.commit()
    pair = f"pairs={series.games[0].id}-{first.id}"
    other = labelled(bracket, "U2").id
    for path in (f"/series/{other}/undo-links?{pair}", f"/series/{series.id}/undo-links?pairs=x"):
        assert press(organizer, path).status_code in {400, 409}
    assert game_of(series, 1).match_id == first.id


def test_linking_a_series_stops_when_it_is_decided(series: Series, organizer: FlaskClient) -> None:
    played = evening(series, "bba")
    press(organizer, f"/series/{series.id}/link")
    assert [game_of(series, n).match_id for n in (1, 2, 3)] == [played[0].id, played[1].id, None]


def test_linking_a_series_goes_on_where_a_person_began(
    series: Series, organizer: FlaskClient
) -> None:
    played = evening(series, "aba")
    links.link(series.games[0].id, played[0].id)
    db.session.commit()
    press(organizer, f"/series/{series.id}/link")
    assert [game_of(series, n).match_id for n in (2, 3)] == [played[1].id, played[2].id]


def test_nothing_good_is_no_link(series: Series, organizer: FlaskClient) -> None:
    answer = press(organizer, f"/series/{series.id}/link")
    assert answer.status_code == 409
    assert "Nothing good enough is suggested for U1" in Seen(answer.text).text
    assert audited() == ["POST panel.link_all"]


def test_unlinking_means_not_this_one(series: Series, organizer: FlaskClient) -> None:
    first, _ = evening(series)
    game = series.games[0].id
    links.link(game, first.id)
    db.session.commit()
    answer = press(organizer, f"/games/{game}/unlink")
    seen = Seen(answer.text)
    assert f"link-{first.id}" not in [attrs.get("id") for _, attrs in seen.tags]
    assert "1 match set aside" in seen.text
    press(organizer, f"/games/{game}/link?match_id={first.id}")
    assert game_of(series, 1).match_id == first.id


def test_unlinking_what_decided_asks_first_where_others_fall_with_it(
    bracket: Bracket, series: Series, organizer: FlaskClient
) -> None:
    for number, match in enumerate(evening(series)):
        links.link(series.games[number].id, match.id)
    for label in ("U2", "U3"):
        results.enter(labelled(load(series.tournament_id), label).id, Entry(2, 0))
    db.session.commit()
    seen = panel(organizer, series, "&game=2")
    assert f"/games/{game_of(series, 2).id}/unlink" not in actions(seen)
    asked = panel(organizer, series, "&game=2&do=unlink")
    assert "Unlink game 2 of U1?" in asked.text
    assert "U3 Team 1 vs Team 2 : its own results and links are undone" in asked.text
    answer = press(organizer, f"/games/{game_of(series, 2).id}/unlink")
    assert "Also undone: U3." in answer.headers["HX-Trigger"]


def test_not_this_one_is_taken_back_with_a_click(series: Series, organizer: FlaskClient) -> None:
    first, second = evening(series)
    game = series.games[0].id
    seen = Seen(press(organizer, f"/games/{game}/dismiss", match_id=first.id).text)
    assert [attrs["id"] for _, attrs in seen.tags if attrs.get("id", "").startswith("link-8")] == [
        f"link-{second.id}"
    ]
    seen = Seen(press(organizer, f"/games/{game}/undo-dismiss?match_id={first.id}").text)
    assert f"link-{first.id}" in [attrs.get("id") for _, attrs in seen.tags]
    assert audited() == ["not this one", "undo not this one"]


def test_sides_are_swapped_and_swapped_back(series: Series, organizer: FlaskClient) -> None:
    first, _ = evening(series)
    links.link(series.games[0].id, first.id)
    db.session.commit()
    answer = press(organizer, f"/games/{series.games[0].id}/swap")
    game = game_of(series, 1)
    assert (game.radiant_team_id, game.winner_id) == (series.team_b_id, series.team_b_id)
    assert f"/games/{game.id}/swap" in answer.headers["HX-Trigger"]


def test_a_link_by_aegis_is_marked_with_its_reasons(series: Series, organizer: FlaskClient) -> None:
    first, _ = evening(series)
    facts: dict[str, Any] = {"reasons": ["10 of 10 players", "both captains"]}
    links.link(series.games[0].id, first.id, origin="auto", facts=facts)
    db.session.commit()
    text = panel(organizer, series, "&game=1").text
    assert "Linked by Aegis, sure" in text
    assert "10 of 10 players, both captains" in text


def test_a_match_without_details_is_linked_and_waits(
    series: Series, organizer: FlaskClient
) -> None:
    stub = play(series, None, state="stub", start=START)
    press(organizer, f"/games/{series.games[0].id}/link", match_id=stub.id)
    assert "Linked, waiting for the result" in panel(organizer, series, "&game=1").text


def test_of_a_withheld_match_a_person_is_asked_who_won(
    series: Series, organizer: FlaskClient
) -> None:
    hidden = play(series, None, state="withheld", start=START)
    game = series.games[0].id
    press(organizer, f"/games/{game}/link", match_id=hidden.id)
    seen = panel(organizer, series, "&game=1")
    assert "No source tells who won. Who did?" in seen.text
    answer = press(organizer, f"/games/{game}/winner")
    assert answer.status_code == 400
    answer = press(organizer, f"/games/{game}/winner", winner=series.team_b_id)
    assert answer.status_code == 200, answer.text
    assert game_of(series, 1).winner_id == series.team_b_id
    db.session.refresh(hidden)
    assert (fresh(series).score_b, hidden.source) == (1, "manual")
    assert audited()[-1] == "enter winner"


def test_what_contradicts_a_link_is_shown(series: Series, organizer: FlaskClient) -> None:
    first, _ = evening(series)
    links.link(series.games[0].id, first.id)
    game_of(series, 1).flag = "Match 5 names the other team as its winner now."
    db.session.commit()
    assert "names the other team" in panel(organizer, series, "&game=1").text
    assert "Look at game 1" in look(organizer, at(series)).text


# ---- results -----------------------------------------------------------------------------------


def test_a_result_is_entered_and_undone_after_a_look(
    bracket: Bracket, series: Series, organizer: FlaskClient
) -> None:
    answer = press(organizer, f"/series/{series.id}/result", score_a="1", score_b="2")
    assert "U1 is settled: 2:1 for Team 4." in answer.headers["HX-Trigger"]
    assert "entered by Mara Quell" in Seen(answer.text).text
    for label in ("U2", "U3"):
        results.enter(labelled(load(series.tournament_id), label).id, Entry(2, 0))
    db.session.commit()
    asked = panel(organizer, series, "&do=undo-result")
    assert "Undo the result of U1?" in asked.text
    assert "U3 Team 4 vs Team 2 : its own results and links are undone" in asked.text
    assert "L1 Team 1 vs Team 3 : Team 1 leaves it" in asked.text
    answer = press(organizer, f"/series/{series.id}/undo-result")
    assert "Also undone: U3." in answer.headers["HX-Trigger"]
    assert fresh(series).state == "ready"


WRONG_RESULTS: list[tuple[dict[str, str], str]] = [
    ({"score_a": "2", "score_b": "2"}, "a best of 3 ends with 2 won games for one team"),
    ({"score_a": "x", "score_b": "2"}, "a number of games"),
    ({}, "how many games were won is needed"),
    ({"forfeit": "nobody"}, "one of team_a, team_b, both"),
]


def test_a_wrong_result_is_named_in_place(series: Series, organizer: FlaskClient) -> None:
    for form, why in WRONG_RESULTS:
        answer = press(organizer, f"/series/{series.id}/result", **form)
        assert answer.status_code == 400
        seen = Seen(answer.text)
        assert why in seen.text
        assert "The result was not entered." in seen.text


def test_a_double_forfeit_sends_nobody_on(series: Series, organizer: FlaskClient) -> None:
    press(organizer, f"/series/{series.id}/result", forfeit="both")
    assert (fresh(series).state, fresh(series).winner_id) == ("done", None)


def test_late_means_game_one_is_lost(series: Series, organizer: FlaskClient) -> None:
    game = series.games[0].id
    answer = press(organizer, f"/games/{game}/forfeit", team_id=series.team_a_id)
    assert "U1 game 1 is forfeited by Team 1." in answer.headers["HX-Trigger"]
    assert (fresh(series).score_a, fresh(series).score_b) == (0, 1)
    press(organizer, f"/games/{game}/undo-forfeit")
    assert (fresh(series).score_b, fresh(series).state) == (0, "ready")


# ---- time and stand-ins ------------------------------------------------------------------------


def test_a_series_is_scheduled_by_the_clock_of_its_tournament(
    bracket: Bracket, series: Series, organizer: FlaskClient
) -> None:
    bracket.tournament.zone = "Europe/Berlin"
    db.session.commit()
    answer = press(organizer, f"/series/{series.id}/time", starts="2026-11-28T20:00")
    assert fresh(series).scheduled_at == datetime.fromisoformat("2026-11-28T19:00:00+00:00")
    undo = f"/series/{series.id}/undo-time?at="
    assert undo in answer.headers["HX-Trigger"]
    answer = press(organizer, f"{undo}{START.isoformat().replace('+00:00', 'Z')}")
    assert (answer.status_code, fresh(series).scheduled_at) == (200, START)
    answer = press(organizer, f"/series/{series.id}/time", starts="soon")
    assert answer.status_code == 400


def test_a_stranger_becomes_a_stand_in_with_one_click(
    series: Series, organizer: FlaskClient
) -> None:
    first, _ = evening(series)
    line = lines_of([first.id])[first.id][0]
    out, line.steam_id = line.steam_id, (line.steam_id or 0) + 900_000
    db.session.commit()
    came = line.steam_id
    seen = panel(organizer, series)
    assert "Stand-in for Team 1 player 1" in seen.text
    values = {
        attrs["name"]: attrs["value"]
        for tag, attrs in seen.tags
        if tag == "input" and attrs.get("name") in {"for", "steam_id_in"} and attrs.get("value")
    }
    assert values == {"for": f"{series.team_a_id}-{out}", "steam_id_in": str(came)}
    answer = press(organizer, f"/series/{series.id}/stand-ins", **values)
    assert answer.status_code == 200, answer.text
    stand_in = db.session.scalars(sa.select(StandIn)).one()
    assert (stand_in.steam_id_in, stand_in.steam_id_out) == (came, out)
    assert "10 of 10" in panel(organizer, series).text
    press(organizer, f"/series/{series.id}/stand-ins/{stand_in.id}/remove")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(StandIn)) == 0


# ---- check again -------------------------------------------------------------------------------


def test_check_again_starts_a_sync_that_others_join(series: Series, organizer: FlaskClient) -> None:
    answer = press(organizer, f"/series/{series.id}/check", game=2)
    assert answer.status_code == 200, answer.text
    assert "Steam is asked for new matches: run 1." in answer.headers["HX-Trigger"]
    for _ in range(2):
        answer = press(organizer, f"/series/{series.id}/check")
    assert answer.status_code == 200
    assert audited()[0] == "check again"


# ---- withdrawing, links, standings -------------------------------------------------------------


def test_the_list_of_links_tells_how_each_was_made(series: Series, organizer: FlaskClient) -> None:
    first, second = evening(series)
    press(organizer, f"/games/{series.games[0].id}/link", match_id=first.id)
    links.link(series.games[1].id, second.id, origin="auto", facts={"reasons": ["sure enough"]})
    db.session.commit()
    address = f"/tournaments/{series.tournament_id}/links"
    seen = look(organizer, address)
    assert "Mara Quell" in seen.text
    assert "sure enough" in seen.text
    alone = look(organizer, f"{address}?made=auto")
    assert alone.match_ids == [second.id]
    answer = post(
        organizer, f"/games/{series.games[1].id}/undo-link", match_id=second.id, back="links"
    )
    assert answer.headers["Location"] == address
    assert game_of(series, 2).match_id is None


def test_a_dry_run_tells_and_links_nothing_until_asked(
    series: Series, organizer: FlaskClient
) -> None:
    played = evening(series)
    address = f"/tournaments/{series.tournament_id}"
    seen = look(organizer, f"{address}/links?dry=1")
    assert "U1 game 1" in seen.text
    assert set(seen.match_ids) == {match.id for match in played}
    assert game_of(series, 1).match_id is None
    answer = post(organizer, f"{address}/auto-link")
    page = look(organizer, answer.headers["Location"])
    assert "2 games linked." in page.text
    assert game_of(series, 1).origin == "auto"
    undo = next(a["action"] for _, a in page.tags if "undo-links" in a.get("action", ""))
    assert post(organizer, undo).status_code == 303
    assert game_of(series, 1).match_id is None


def test_withdrawing_says_first_what_it_does(bracket: Bracket, organizer: FlaskClient) -> None:
    team = labelled(bracket, "U1").team_a_id
    address = f"/tournaments/{bracket.tournament.id}"
    page = look(organizer, f"{address}/teams/{team}/withdraw").text
    assert "U1 Team 1 vs Team 4 : Team 4 wins by forfeit" in page
    assert post(organizer, f"{address}/teams/{team}/withdraw", how="later").status_code == 400
    answer = post(organizer, f"{address}/teams/{team}/withdraw", how="forfeit")
    assert "Team 1 has withdrawn." in look(organizer, answer.headers["Location"]).text
    assert fresh(labelled(bracket, "U1")).winner_id == labelled(bracket, "U1").team_b_id
    assert "Take it back" in look(organizer, f"{address}/teams/{team}/withdraw").text
    post(organizer, f"{address}/teams/{team}/withdraw", how="")
    assert fresh(labelled(bracket, "U1")).state == "ready"
    assert audited() == ["POST overview.withdraw", "withdraw team", "take team back"]


def test_placements_show_as_soon_as_teams_are_out(app: Flask, visitor: FlaskClient) -> None:
    small = make_bracket(2, "single_elimination")
    address = f"/tournaments/{small.tournament.id}/standings"
    assert "No place is decided yet" in look(visitor, address).text
    results.enter(labelled(small, "S1").id, Entry(2, 0))
    db.session.commit()
    text = look(visitor, address).text
    assert "1 Team 1 2 Team 2" in text
