"""Linking a game to its match moves the bracket; unlinking undoes exactly that."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.bracket.test_bracket_results import snapshot
from tests.factories.brackets import detail, labelled, make_bracket, play
from webapp.bracket import links, marks, results, services
from webapp.bracket.results import Entry
from webapp.bracket.services import Bracket
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict, NotFound
from webapp.core.time import utcnow
from webapp.leagues.models import League
from webapp.tournaments.models import Dismissal, Game, Series


@pytest.fixture
def bracket(app: Flask) -> Bracket:
    return make_bracket()


@pytest.fixture
def first(bracket: Bracket) -> Series:
    return labelled(bracket, "U1")


def link_next(series: Series, winner: int | None, number: int, **how: object) -> links.Linked:
    match = play(series, winner, **how)  # type: ignore[arg-type]
    return links.link(series.games[number - 1].id, match.id)


def test_a_link_sets_sides_and_winner_from_the_match(first: Series) -> None:
    done = link_next(first, first.team_b_id, 1, swapped=True)
    game = done.game
    assert (game.radiant_team_id, game.dire_team_id) == (first.team_b_id, first.team_a_id)
    assert (game.state, game.winner_id) == ("done", first.team_b_id)
    assert (game.series.state, game.series.score_b) == ("live", 1)


def test_the_deciding_game_closes_the_series_and_moves_both_on(first: Series) -> None:
    link_next(first, first.team_a_id, 1)
    done = link_next(first, first.team_a_id, 2)
    series = done.game.series
    assert (series.state, series.winner_id, series.games[2].state) == (
        "done",
        first.team_a_id,
        "unneeded",
    )
    assert done.bracket.one(series.next_id or 0).team_a_id == first.team_a_id


def test_unlinking_undoes_exactly_that_and_means_not_this_one(first: Series) -> None:
    link_next(first, first.team_a_id, 1)
    before = snapshot()
    done = link_next(first, first.team_a_id, 2)
    match_id = done.game.match_id
    links.unlink(done.game.id)
    assert snapshot() == before
    dismissed = db.session.execute(sa.select(Dismissal.game_id, Dismissal.match_id)).all()
    assert [tuple(row) for row in dismissed] == [(done.game.id, match_id)]


def test_the_undo_of_a_click_dismisses_nothing(first: Series) -> None:
    before = snapshot()
    pairs = []
    for number in (1, 2):
        done = link_next(first, first.team_a_id, number)
        pairs.append((done.game.id, done.game.match_id or 0))
    links.undo_links(pairs)
    assert snapshot() == before
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Dismissal)) == 0
    with pytest.raises(Conflict, match="gone already"):
        links.undo_links(pairs)


def test_unlinking_an_early_game_takes_later_links_along(bracket: Bracket, first: Series) -> None:
    for number in (1, 2):
        link_next(first, first.team_a_id, number)
    results.enter(labelled(bracket, "U2").id, Entry(2, 0))
    later = labelled(services.load(bracket.tournament.id), "U5")
    link_next(later, later.team_a_id, 1)
    done = links.unlink(first.games[0].id)
    assert services.labels(done.undone) == ["U5"]
    assert db.session.scalar(sa.select(Game.match_id).where(Game.series_id == later.id)) is None


def test_a_stub_is_reserved_until_its_details_arrive(first: Series) -> None:
    from webapp.bracket.follow import follow

    match = play(first, None, state="stub")
    done = links.link(first.games[0].id, match.id)
    assert (done.game.state, done.game.winner_id) == ("linked", None)
    db.session.commit()
    detail(match, radiant_win=True)
    assert follow(match.league_id).results == 1
    game = db.session.get_one(Game, done.game.id)
    assert (game.state, game.winner_id) == ("done", first.team_a_id)
    assert follow(match.league_id).results == 0


def test_a_match_that_tells_otherwise_later_is_only_flagged(first: Series) -> None:
    from webapp.bracket.follow import follow

    match = play(first, first.team_a_id)
    game_id = links.link(first.games[0].id, match.id).game.id
    db.session.commit()
    match.radiant_win = False
    db.session.commit()
    follow()
    game = db.session.get_one(Game, game_id)
    assert game.winner_id == first.team_a_id
    assert "names the other team" in (game.flag or "")
    match.radiant_win = True
    db.session.commit()
    follow()
    assert db.session.get_one(Game, game_id).flag is None


def test_swapping_sides_swaps_the_winner(first: Series) -> None:
    done = links.swap(link_next(first, first.team_a_id, 1).game.id)
    assert (done.game.winner_id, done.game.radiant_team_id) == (first.team_b_id, first.team_b_id)


def test_a_match_belongs_to_one_game_and_a_game_to_one_match(first: Series) -> None:
    match = play(first, first.team_a_id)
    links.link(first.games[0].id, match.id)
    assert links.link(first.games[0].id, match.id).changed is False
    with pytest.raises(Conflict, match=f"{match.id} is linked to game 1 of U1 in Emberfall Cup"):
        links.link(first.games[1].id, match.id)
    other = play(first, first.team_a_id)
    with pytest.raises(Conflict, match=f"linked to match {match.id} already"):
        links.link(first.games[0].id, other.id)


def test_what_cannot_be_linked_says_why(app: Flask, bracket: Bracket, first: Series) -> None:
    db.session.add(League(id=5, name="Elsewhere", created_at=utcnow()))
    db.session.commit()
    elsewhere = play(first, first.team_a_id, league_id=5)
    with pytest.raises(BadInput) as refused:
        links.link(first.games[0].id, elsewhere.id)
    assert "league 5" in refused.value.fields["match_id"]
    with pytest.raises(NotFound):
        links.link(first.games[0].id, 77)
    final = labelled(bracket, "GF")
    match = play(first, first.team_a_id)
    with pytest.raises(Conflict, match="not known yet"):
        links.link(final.games[0].id, match.id)
    results.enter(first.id, Entry(2, 0))
    links.link(first.games[0].id, match.id)  # which match it was, beside a result by hand


def test_a_marked_match_frees_its_game_and_is_no_game(first: Series) -> None:
    done = link_next(first, first.team_a_id, 1)
    match_id = done.game.match_id or 0
    with pytest.raises(BadInput) as refused:
        marks.mark(match_id, "void", " ")
    assert "reason" in refused.value.fields
    match, freed = marks.mark(match_id, "remake", "the server crashed")
    assert (match.mark, match.mark_reason) == ("remake", "the server crashed")
    assert freed is not None
    assert freed.game.match_id is None
    with pytest.raises(Conflict, match="marked as remake"):
        links.link(first.games[0].id, match_id)
    marks.mark(match_id, None)
    links.link(first.games[0].id, match_id)


def test_who_was_radiant_comes_from_steams_teams_where_players_hide(
    bracket: Bracket, first: Series
) -> None:
    bracket.teams[first.team_a_id or 0].steam_team_id = 901
    db.session.commit()
    match = play(first, first.team_a_id)
    db.session.execute(sa.text("UPDATE player_match_stats SET steam_id = NULL, account_id = NULL"))
    match.dire_team_id = 901
    db.session.commit()
    done = links.link(first.games[0].id, match.id)
    assert done.game.dire_team_id == first.team_a_id
    assert done.game.winner_id == first.team_b_id
