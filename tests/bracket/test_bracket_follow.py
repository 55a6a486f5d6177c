"""What the bracket does by itself never costs a person anything, nor another tournament."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.brackets import detail, labelled, make_bracket, play
from webapp.bracket import autolink, follow, links, results, services, withdrawals
from webapp.bracket.results import Entry
from webapp.bracket.services import Bracket
from webapp.bracket.sure_links import SureLink
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.tournaments.models import Dismissal, Game, Tournament


def final_of(bracket: Bracket) -> int:
    return labelled(services.load(bracket.tournament.id), "S3").id


def test_a_result_that_would_undo_a_persons_is_told_of_instead(app: Flask) -> None:
    bracket = make_bracket(4, format="single_elimination")
    first = labelled(bracket, "S1")
    match = play(first, None, state="stub")
    game_id = links.link(first.games[0].id, match.id).game.id
    withdrawals.withdraw(first.team_a_id or 0, "forfeit")
    results.enter(labelled(bracket, "S2").id, Entry(2, 0))
    results.enter(final_of(bracket), Entry(2, 1))
    db.session.commit()
    labelled(bracket, "S1").best_of = 1
    db.session.commit()
    detail(match, radiant_win=True)
    for _ in range(2):
        version = bracket.tournament.version
        assert follow.follow().results == 0
        game = db.session.get_one(Game, game_id, populate_existing=True)
        assert game.winner_id is None
        assert "would undo S3" in (game.flag or "")
        db.session.refresh(bracket.tournament)
    assert bracket.tournament.version == version
    assert labelled(services.load(bracket.tournament.id), "S3").has_hand_result


def test_one_tournament_in_trouble_keeps_no_other_waiting(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for name in ("First", "Second"):
        bracket = make_bracket(4, name=name)
        series = labelled(bracket, "U1")
        match = play(series, None, state="stub")
        made.append((links.link(series.games[0].id, match.id).game.id, bracket.tournament.id))
        db.session.commit()
        detail(match, radiant_win=True)
    real = follow.load

    def load(tournament_id: int, *, lock: bool = False) -> Bracket:
        if tournament_id == made[0][1]:
            raise IndexError("a bracket nobody thought of")
        return real(tournament_id, lock=lock)

    monkeypatch.setattr(follow, "load", load)
    assert follow.follow().results == 1
    games = [db.session.get_one(Game, one, populate_existing=True) for one, _ in made]
    assert [game.state for game in games] == ["linked", "done"]


@pytest.fixture
def sure(app: Flask) -> tuple[Bracket, SureLink]:
    """A match that is sure for a series' first game, as it was planned."""
    bracket = make_bracket(4, auto_link="sure", starts_at=utcnow() - timedelta(days=1))
    series = labelled(bracket, "U1")
    series.scheduled_at = utcnow() - timedelta(hours=2)
    db.session.commit()
    play(series, series.team_a_id, start=series.scheduled_at + timedelta(minutes=5))
    (planned,) = autolink.planned_links(bracket.tournament.id)
    db.session.rollback()
    return bracket, planned


def test_a_sure_link_is_made_marked_and_told_of(sure: tuple[Bracket, SureLink]) -> None:
    bracket, planned = sure
    assert autolink.auto_link(bracket.tournament.id) == 1
    game = db.session.get_one(Game, planned.game_id, populate_existing=True)
    assert (game.match_id, game.origin, game.hands_off) == (planned.match_id, "auto", False)
    assert autolink.auto_link(bracket.tournament.id) == 0


def test_what_a_person_said_meanwhile_stands(
    sure: tuple[Bracket, SureLink], monkeypatch: pytest.MonkeyPatch
) -> None:
    bracket, planned = sure
    links.dismiss(planned.game_id, planned.match_id)
    db.session.commit()
    monkeypatch.setattr(autolink, "planned_links", lambda _id: [planned])
    assert autolink.auto_link(bracket.tournament.id) == 0
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Dismissal)) == 1


def test_a_game_that_a_person_unlinked_is_left_alone(sure: tuple[Bracket, SureLink]) -> None:
    bracket, planned = sure
    links.link(planned.game_id, planned.match_id)
    links.unlink(planned.game_id, not_this_one=False)
    db.session.commit()
    assert autolink.auto_link(bracket.tournament.id) == 0


def test_with_nothing_to_link_a_pass_costs_two_statements(app: Flask) -> None:
    make_bracket(8, format="round_robin", auto_link="sure")
    tournament_id = db.session.scalars(sa.select(Tournament.id)).one()
    asked: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert autolink.planned_links(tournament_id) == []
    assert len(asked) <= 2
