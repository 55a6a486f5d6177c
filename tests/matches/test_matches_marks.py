"""Matches marked void or a remake: shown everywhere, counted nowhere."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.rows import START, statements
from tests.browsers import add_person, bearer, browser, csrf_token, sign_in
from tests.factories.matches import Stored, reload
from tests.matches.page import look, post
from webapp.accounts.models import AuditEntry
from webapp.core.db import db
from webapp.matches import history, services
from webapp.matches.models import Match
from webapp.sandbox.people import STEAM_BASE

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def organizer(app: Flask) -> FlaskClient:
    return sign_in(app, add_person("organizer", "Ilse Brandt"))


def audited() -> list[AuditEntry]:
    db.session.rollback()
    return list(db.session.query(AuditEntry).order_by(AuditEntry.id))


def test_a_match_is_marked_with_a_reason_and_unmarked_again(
    organizer: FlaskClient, stored: Stored
) -> None:
    match_id = stored.ids[0]
    assert "Void or remake" in look(organizer, f"/matches/{match_id}").text
    answer = post(organizer, f"/matches/{match_id}/mark", mark="void", reason=" wrong lobby ")
    assert answer.status_code == 303
    assert (reload(match_id).mark, reload(match_id).mark_reason) == ("void", "wrong lobby")
    page = organizer.get(f"/matches/{match_id}").text
    assert f'action="/matches/{match_id}/unmark"' in page
    assert "wrong lobby" in page
    assert "counts in no total" in page
    assert post(organizer, f"/matches/{match_id}/unmark").status_code == 303
    assert (reload(match_id).mark, reload(match_id).mark_reason) == (None, None)
    assert [(row.action, row.after) for row in audited()] == [
        ("mark match", {"mark": "void", "reason": "wrong lobby"}),
        ("take mark off", {"mark": None, "reason": None}),
    ]
    assert post(organizer, f"/matches/{match_id}/unmark").status_code == 409


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"mark": "void", "reason": "  "}, "a reason is needed"),
        ({"mark": "void", "reason": "x" * 501}, "up to 500 characters"),
        ({"mark": "annulled", "reason": "y"}, "void or remake"),
        ({}, "a reason is needed"),
    ],
)
def test_a_mark_needs_its_word_and_its_reason(
    organizer: FlaskClient, stored: Stored, form: dict[str, str], why: str
) -> None:
    answer = post(organizer, f"/matches/{stored.ids[0]}/mark", **form)
    if not form:
        why = "void or remake"
    assert answer.status_code == 400
    assert why in answer.text
    assert reload(stored.ids[0]).mark is None


def test_everybody_reads_the_mark_and_only_organizers_set_it(
    app: Flask, organizer: FlaskClient, stored: Stored
) -> None:
    match_id = stored.ids[0]
    post(organizer, f"/matches/{match_id}/mark", mark="remake", reason="ten minutes in")
    reader = browser(app, "player")
    seen = look(reader, f"/matches/{match_id}")
    assert "A remake followed" in seen.text
    assert "ten minutes in" in seen.text
    assert "Take the mark off" not in seen.text
    listed = look(reader, "/matches/")
    assert match_id in listed.match_ids
    assert "Remake" in listed.text
    assert post(reader, f"/matches/{match_id}/unmark").status_code == 403


def test_a_marked_match_is_listed_and_counts_in_no_total(
    app: Flask, client: FlaskClient, organizer: FlaskClient, stored: Stored
) -> None:
    played = stored.played[0]
    account = next(one for one in played.lineup if one)
    steam_id = account + STEAM_BASE
    counts = services.counts(stored.league_id)
    whole = history.totals_of([steam_id])
    heroes = sum(one.played for one in history.favourite_heroes([steam_id]))
    post(organizer, f"/matches/{played.match_id}/mark", mark="void", reason="an admin's test")
    db.session.rollback()
    now = history.totals_of([steam_id])
    assert (now.listed, now.marked) == (whole.listed - 1, 1)
    assert now.decided == whole.decided - 1
    assert sum(one.played for one in history.favourite_heroes([steam_id])) == heroes - 1
    found = {one.player.steam_id: one.matches for one in history.find_players("a")}
    assert found.get(steam_id, now.listed) == now.listed
    assert services.counts(stored.league_id) == counts
    with statements() as asked:
        seen = look(client, f"/players/{steam_id}")
    assert len(asked) <= 12
    assert played.match_id in seen.match_ids
    assert "counts nowhere" in seen.text
    assert "1 void or remade left out" in seen.text


def test_who_played_only_marked_matches_still_has_them_listed(
    organizer: FlaskClient, stored: Stored
) -> None:
    steam_id = STEAM_BASE + 4_242
    line = reload(stored.ids[0]).lines[0]
    line.steam_id, line.account_id = steam_id, 4_242
    db.session.commit()
    post(organizer, f"/matches/{stored.ids[0]}/mark", mark="void", reason="a test")
    seen = look(organizer, f"/players/{steam_id}")
    assert seen.match_ids == [stored.ids[0]]


def test_a_remade_game_leaves_its_number_to_the_next(
    organizer: FlaskClient, stored: Stored
) -> None:
    first, second = sorted(stored.ids[:2])
    for match_id in (first, second):
        match = reload(match_id)
        match.series_id, match.start_time = 77, START
        db.session.commit()
    db.session.query(Match).filter(Match.id.not_in([first, second])).update({"series_id": None})
    db.session.commit()
    assert "Game 2" in look(organizer, f"/matches/{second}").text
    post(organizer, f"/matches/{first}/mark", mark="remake", reason="a crash")
    seen = look(organizer, f"/matches/{second}").text
    assert "Game 1" in seen
    assert "Game 2" not in seen


def test_scripts_mark_and_unmark(app: Flask, stored: Stored) -> None:
    headers = bearer(add_person("organizer"))
    client, address = app.test_client(), f"/api/matches/{stored.ids[0]}/mark"
    told = client.post(address, json={"mark": "remake", "reason": "a crash"}, headers=headers)
    assert (told.status_code, told.json["mark"]) == (200, "remake")
    assert client.get(f"/api/matches/{stored.ids[0]}").json["mark"] == "remake"
    refused = client.post(address, json={"mark": "void", "reason": " "}, headers=headers)
    assert (refused.status_code, set(refused.json["error"]["fields"])) == (400, {"reason"})
    assert client.delete(address, headers=headers).json["mark"] is None
    assert client.delete(address, headers=headers).status_code == 409
    player = browser(app, "player")
    token = {"X-CSRFToken": csrf_token(player)}
    assert (
        player.post(address, json={"mark": "void", "reason": "x"}, headers=token).status_code == 403
    )
