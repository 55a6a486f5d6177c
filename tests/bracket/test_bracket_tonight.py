"""Tonight: what needs a hand, what is live, what comes and what is settled."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.rows import statements
from tests.browsers import add_person, browser, sign_in
from tests.factories.brackets import make_bracket, play
from tests.factories.tournaments import LEAGUE
from tests.matches.page import look, post
from webapp.accounts.models import AuditEntry
from webapp.bracket import links, live_games, marks, results, services, tonight, tonight_view
from webapp.bracket.live_games import LiveShort
from webapp.bracket.results import Entry
from webapp.bracket.services import Bracket
from webapp.bracket.tonight import Row, row_of
from webapp.bracket.tonight_show import Best, Played, Show
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.matches.models import Match
from webapp.tournaments.models import Series

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
BELONGS = tonight_view._tonight
NOW = datetime.fromisoformat("2026-11-21T20:00:00+00:00")
MINUTE = timedelta(minutes=1)


# ---- the rule ----------------------------------------------------------------------------------


def show(minutes: float | None = 0, *states: str, **more: Any) -> Show:
    """A best of three that starts so many minutes from now; by default ready to be played."""
    games = more.pop("games", None) or tuple(
        Played(10 + number, number, state)
        for number, state in enumerate(states or ("ready", "ready", "ready"), 1)
    )
    values: dict[str, Any] = {
        "tournament_id": 1,
        "tournament": "Emberfall Cup",
        "series_id": 5,
        "label": "U5",
        "name": "Upper final",
        "best_of": 3,
        "a": "Foxglove",
        "b": "Saltmarsh",
        "state": "ready",
        "scheduled_at": None if minutes is None else NOW + minutes * MINUTE,
        "live_known": True,
    }
    return Show(games=games, **(values | more))


def live(**more: Any) -> LiveShort:
    values: dict[str, Any] = {
        "tournament_id": 1,
        "tournament": "Emberfall Cup",
        "series_id": 5,
        "label": "U5",
        "game_id": 11,
        "number": 1,
        "match_id": 900,
        "team_a_id": 1,
        "team_b_id": 2,
        "team_a": "Foxglove",
        "team_b": "Saltmarsh",
        "score_a": 14,
        "score_b": 9,
        "lead": -4200,
        "duration": 1100,
    }
    return LiveShort(**(values | more))


def row(one: Show) -> Row:
    return row_of(one, NOW)


BEST = Best(900, NOW - 40 * MINUTE, ("9 of 10 players", "both captains"))


@pytest.mark.parametrize(
    ("one", "section", "word"),
    [
        (show(76), "waiting", "In 1 h 16"),
        (show(5), "waiting", "In 5 min"),
        (show(0), "waiting", "Due now"),
        (show(-9), "waiting", "Due now"),
        (show(-10), "needs", "Missing"),
        (show(-10, live_known=False), "waiting", "Overdue"),
        (show(-10, live=live()), "live", "Live"),
        (show(-10, best=BEST), "needs", "To link"),
        (show(-10, live=live(number=2), best=BEST), "needs", "To link"),
        (show(90, "pending", state="pending"), "waiting", "In 1 h 30"),
        (show(-90, "pending", state="pending"), "waiting", "To come"),
        (show(None, live=live()), "live", "Live"),
        (show(-90, "done", "ready", state="live"), "needs", "Missing"),
        (show(-120, state="done", score=(2, 1), winner="a"), "settled", "Settled"),
    ],
)
def test_each_series_stands_in_its_section(
    database: str, one: Show, section: str, word: str
) -> None:
    assert (row(one).section, row(one).word) == (section, word)


def test_missing_is_a_hint(database: str) -> None:
    words = row(show(-10)).words
    assert words == ("No live game under our league ten minutes after the start: check the ticket.")
    assert "1 h 05 after the start" in row(show(-65)).words


def test_between_two_games_half_an_hour_may_pass(database: str) -> None:
    def at(minutes: int) -> str:
        games = (
            Played(1, 1, "done", 900, "detailed", end=NOW - minutes * MINUTE),
            Played(2, 2, "ready"),
        )
        return row(show(-90, games=games, state="live", score=(1, 0))).word

    assert (at(5), at(29), at(30)) == ("Between games", "Between games", "Missing")


def test_a_reserved_game_waits_and_a_withheld_one_asks(database: str) -> None:
    def game(state: str) -> Row:
        games = (Played(1, 1, "linked", 900, state), Played(2, 2, "ready"))
        return row(show(-90, games=games, state="live"))

    assert (game("stub").section, game("stub").word) == ("waiting", "Waits for its result")
    assert (game("withheld").section, game("withheld").word) == ("needs", "Who won?")
    assert game("withheld").href == "/tournaments/1?series=U5&game=1"


def test_what_was_flagged_needs_a_look_even_when_settled(database: str) -> None:
    games = (Played(1, 1, "done", 900, "detailed", flag="Match 900 names the other team now."),)
    found = row(show(-90, games=games, state="done"))
    assert (found.section, found.words) == ("needs", "Match 900 names the other team now.")


def test_a_live_row_says_who_is_ahead(database: str) -> None:
    assert row(show(live=live())).words == "Game 1 · 18:20 · 14 : 9 · Saltmarsh ahead by 4.2k"
    assert row(show(live=live(duration=None, lead=None))).words == "Game 1 · draft"


def test_a_settled_row_says_by_whom(database: str) -> None:
    def how(*origins: tuple[str, str | None], **more: Any) -> str:
        games = tuple(
            Played(number, number, "done", 900 + number, "detailed", origin=origin, by=by)
            for number, (origin, by) in enumerate(origins, 1)
        )
        return row(show(-90, games=games or (), state="done", **more)).words

    assert how(("auto", None), ("auto", "Mara")) == "U5 · linked by Aegis"
    assert how(("auto", None), ("person", "Mara")) == "U5 · linked by Mara"
    assert how(by_hand=True, forfeit=True) == "U5 · forfeit, entered by hand"
    assert how(walkover=True) == "U5 · walkover"


def test_rows_keep_their_place_whatever_happens_to_them(database: str) -> None:
    shows = [show(minutes, series_id=number) for number, minutes in enumerate((30, 0, -60, None))]
    found = tonight.night_of(shows, NOW)
    assert [one.show.series_id for one in found.rows] == [2, 1, 0, 3]
    assert (found.open, found.settled) == (4, 0)


def test_a_night_goes_on_past_midnight_and_ends_where_its_tournament_is(database: str) -> None:
    def belongs(start: str, now: str, **tournament: Any) -> bool:
        told = SimpleNamespace(**({"zone": "Europe/Berlin", "night_ends": 6} | tournament))
        row: Any = SimpleNamespace(
            Series=SimpleNamespace(scheduled_at=datetime.fromisoformat(f"2026-11-{start}+00:00")),
            Tournament=told,
        )
        return BELONGS(row, datetime.fromisoformat(f"2026-11-{now}+00:00"))

    assert belongs("21T19:00", "22T01:30")
    assert not belongs("21T19:00", "22T05:30"), "it is six in Berlin"
    assert belongs("21T19:00", "22T05:30", zone="UTC")
    assert belongs("22T03:00", "21T12:00"), "still this night, though tomorrow's date"
    assert not belongs("22T19:00", "22T03:00")


# ---- the page ----------------------------------------------------------------------------------


@pytest.fixture
def organizer(app: Flask) -> FlaskClient:
    return sign_in(app, add_person("organizer", "Ilse Brandt"))


@pytest.fixture
def bracket(app: Flask) -> Bracket:
    """Eight teams; the first four series are spread around now."""
    made = make_bracket(format="single_elimination", night_ends=12, name="Ember & Co")
    offsets = {"Q1": -120, "Q2": -60, "Q3": -20, "Q4": 5}
    first = [one for one in made.series if one.round == 1]
    for one, minutes in zip(first, offsets.values(), strict=True):
        one.scheduled_at = utcnow() + minutes * MINUTE
    db.session.commit()
    return made


def rounds(bracket: Bracket) -> list[Series]:
    return [one for one in bracket.series if one.round == 1]


def tell(app: Flask, *shorts: LiveShort) -> None:
    """Steam told of these just now."""
    live_games.keep(app.extensions["outside"].redis, LEAGUE, shorts)


def section(page: str, title: str) -> str:
    found = re.search(rf'<section class="panel" aria-label="{title}">(.*?)</section>', page, re.S)
    return found[1] if found else ""


@pytest.fixture(autouse=True)
def within_one_night(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever these tests run, their series are of one night."""
    monkeypatch.setattr(tonight_view, "_tonight", lambda _row, _now: True)


def test_played_and_unlinked_is_linked_with_one_click(
    app: Flask, organizer: FlaskClient, bracket: Bracket
) -> None:
    one = rounds(bracket)[0]
    match_id, game_id = play(one, one.team_a_id, start=one.scheduled_at).id, one.games[0].id
    page = organizer.get("/tonight").text
    needs = section(page, "Needs you")
    assert "10 of 10 players, both captains" in needs
    assert f'action="/tonight/games/{game_id}/link"' in needs
    assert f'value="{match_id}"' in needs
    assert "Look first" in needs
    answer = post(organizer, f"/tonight/games/{game_id}/link", match_id=match_id)
    assert answer.headers["Location"] == "/tonight"
    db.session.rollback()
    assert services.of_game(game_id)[1].match_id == match_id
    page = organizer.get("/tonight").text
    assert f"is linked to match {match_id}" in page
    assert f"/games/{game_id}/undo-link?match_id={match_id}" in page
    (entry,) = db.session.query(AuditEntry)
    assert (entry.action, entry.target_id) == ("link", str(game_id))


def test_what_does_not_stand_first_any_more_is_not_linked_by_a_click(
    app: Flask, organizer: FlaskClient, bracket: Bracket
) -> None:
    one, other = rounds(bracket)[:2]
    match_id, game_id = play(other, other.team_a_id, start=one.scheduled_at).id, one.games[0].id
    answer = post(organizer, f"/tonight/games/{game_id}/link", match_id=match_id)
    assert answer.headers["Location"].startswith(f"/tournaments/{bracket.tournament.id}?series=")
    db.session.rollback()
    assert services.of_game(game_id)[1].match_id is None


@pytest.mark.parametrize("spoiled", ["marked", "linked", "short", "dismissed"])
def test_a_match_that_is_no_game_is_not_offered(
    app: Flask, organizer: FlaskClient, bracket: Bracket, spoiled: str
) -> None:
    one = rounds(bracket)[0]
    match: Match = play(one, one.team_a_id, start=one.scheduled_at)
    if spoiled == "marked":
        marks.mark(match.id, "void", "a test")
    elif spoiled == "linked":
        links.link(one.games[0].id, match.id)
    elif spoiled == "short":
        match.duration = 240
    else:
        links.dismiss(one.games[0].id, match.id)
    db.session.commit()
    assert "To link" not in organizer.get("/tonight").text


def test_live_missing_and_what_is_to_come(
    app: Flask, organizer: FlaskClient, bracket: Bracket
) -> None:
    first, second, third, fourth = rounds(bracket)
    tell(
        app,
        live(
            tournament_id=bracket.tournament.id,
            series_id=second.id,
            label=second.label,
            game_id=second.games[0].id,
        ),
    )
    links.link(first.games[0].id, play(first, None, state="stub").id)
    db.session.commit()
    page = organizer.get("/tonight").text
    assert "14 : 9" in section(page, "Live")
    needs = section(page, "Needs you")
    assert "check the ticket" in needs
    assert f'action="/series/{third.id}/check"' in needs
    waiting = section(page, "Waiting")
    assert "Waits for its result" in waiting
    assert f"series={fourth.label}" in waiting
    assert "In 4 min" in waiting or "In 5 min" in waiting


def test_what_the_night_before_left_open_is_named_beside(
    app: Flask, organizer: FlaskClient, bracket: Bracket, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = rounds(bracket)[:2]
    results.enter(second.id, Entry(2, 0))
    db.session.commit()
    old = {first.id, second.id}
    monkeypatch.setattr(tonight_view, "_tonight", lambda row, _now: row.Series.id not in old)
    page = organizer.get("/tonight").text
    beside = section(page, "Left open")
    assert f"series={first.label}" in beside
    assert f"series={second.label}" not in beside
    assert "2 series, 0 settled" in page


def test_the_recap_is_ready_once_all_are_settled(
    app: Flask, organizer: FlaskClient, bracket: Bracket
) -> None:
    assert "4 are open" in organizer.get("/tonight").text
    for one in rounds(bracket):
        results.enter(one.id, Entry(2, 1))
        db.session.commit()
    seen = look(organizer, "/tonight").text
    assert "4 series, 4 settled" in seen
    assert "**Ember & Co**" in seen
    assert "**Team 1** 2:1" in seen
    assert f"/tournaments/{bracket.tournament.id}>" in seen


def test_the_page_costs_few_statements_however_many_series(
    app: Flask, organizer: FlaskClient, bracket: Bracket
) -> None:
    def cost() -> int:
        with statements() as asked:
            organizer.get("/tonight")
        return len(asked)

    before = cost()
    for number in range(5):
        other = make_bracket(name=f"Cup {number}", night_ends=12)
        for one in other.series:
            one.scheduled_at = utcnow() - 30 * MINUTE
            if one.state == "ready":
                play(one, one.team_a_id, start=one.scheduled_at)
    db.session.commit()
    assert cost() == before
    assert before <= 12
    seen = look(organizer, "/tonight").text
    assert "15 more series have begun" in seen


def test_the_page_is_for_organizers_and_its_fragment_polls(
    app: Flask, organizer: FlaskClient
) -> None:
    assert browser(app, "player").get("/tonight").status_code == 403
    assert "Nothing is scheduled tonight" in look(organizer, "/tonight").text
    asked = organizer.get("/tonight", headers={"HX-Request": "true", "HX-Target": "tonight"})
    assert asked.text.lstrip().startswith('<div class="cols" id="tonight"')
    assert "/tonight" in look(organizer, "/matches/").links
    assert "/tonight" not in look(browser(app, "player"), "/matches/").links


def test_tonight_is_a_phones_first_page_after_sign_in(app: Flask, organizer: FlaskClient) -> None:
    phone = {"User-Agent": "Mozilla/5.0 (Linux; Android 15) Mobile Safari/537.36"}

    def first_page(client: FlaskClient, **headers: str) -> str:
        with client.session_transaction() as session:
            session["arrived"] = True
        return client.get("/", headers=headers).headers.get("Location", "")

    assert first_page(organizer, **phone) == "/tonight"
    assert organizer.get("/", headers=phone).status_code == 200, "once"
    assert first_page(organizer) == ""
    assert first_page(browser(app, "player"), **phone) == ""
