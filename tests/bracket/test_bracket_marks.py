"""A mark on a linked match frees its game, and its undo links it again."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.browsers import add_person, sign_in
from tests.factories.brackets import labelled, make_bracket, play
from tests.matches.page import look, post
from webapp.accounts.models import AuditEntry
from webapp.bracket import links, marks, services
from webapp.core.db import db
from webapp.core.errors import Conflict
from webapp.tournaments.models import Game

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def linked(app: Flask) -> tuple[int, int]:
    """A game linked to its match: their ids."""
    series = labelled(make_bracket(), "U1")
    match = play(series, series.team_a_id)
    game_id = series.games[0].id
    links.link(game_id, match.id)
    db.session.commit()
    return game_id, match.id


def game_of(game_id: int) -> Game:
    db.session.rollback()
    return services.of_game(game_id)[1]


def test_a_marked_match_frees_its_game_and_the_undo_links_it_again(
    app: Flask, linked: tuple[int, int]
) -> None:
    game_id, match_id = linked
    organizer = sign_in(app, add_person("organizer"))
    post(organizer, f"/matches/{match_id}/mark", mark="remake", reason="a crash at 4:00")
    assert (game_of(game_id).match_id, game_of(game_id).state) == (None, "ready")
    page = organizer.get(f"/matches/{match_id}").text
    assert "U1 game 1 is free again" in page
    undo = re.search(rf'action="(/matches/{match_id}/unmark\?game=\d+)"', page)
    assert undo
    assert post(organizer, undo[1]).status_code == 303
    assert (game_of(game_id).match_id, game_of(game_id).state) == (match_id, "done")
    rows = list(db.session.query(AuditEntry).order_by(AuditEntry.id))
    assert [row.action for row in rows] == ["mark match", "take mark off"]
    assert (rows[0].after or {})["freed"] == "U1 game 1"
    assert "Take the mark off" not in look(organizer, f"/matches/{match_id}").text


def test_the_undo_says_when_the_game_has_another_match_by_now(
    app: Flask, linked: tuple[int, int]
) -> None:
    game_id, match_id = linked
    organizer = sign_in(app, add_person("organizer"))
    post(organizer, f"/matches/{match_id}/mark", mark="void", reason="the wrong lobby")
    game = game_of(game_id)
    other = play(game.series, game.series.team_a_id).id
    links.link(game_id, other)
    db.session.commit()
    assert post(organizer, f"/matches/{match_id}/unmark?game={game_id}").status_code == 409
    assert game_of(game_id).match_id == other
    assert post(organizer, f"/matches/{match_id}/unmark").status_code == 303


def test_a_marked_match_is_linked_to_nothing(app: Flask, linked: tuple[int, int]) -> None:
    game_id, match_id = linked
    marks.mark(match_id, "void", "a test")
    with pytest.raises(Conflict, match="marked as void"):
        links.link(game_id, match_id)
