"""Results by hand on a stored bracket move it on; taking them back restores it exactly."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.brackets import labelled, make_bracket
from webapp.accounts.steam_ids import BASE
from webapp.bracket import changes, results, services, withdrawals
from webapp.bracket.generation import generate_bracket
from webapp.bracket.results import Entry
from webapp.bracket.services import Bracket
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict
from webapp.core.time import utcnow
from webapp.tournaments.models import Game, Series, Team, Tournament

CHANGING = {"version", "hands_off", "ended_at"}


def rows(model: type[Any]) -> list[tuple[Any, ...]]:
    """Every column that says where the bracket stands."""
    columns = [column for column in model.__table__.columns if column.name not in CHANGING]
    return [tuple(row) for row in db.session.execute(sa.select(*columns).order_by(model.id))]


def snapshot() -> list[Any]:
    db.session.flush()
    return [rows(Series), rows(Game), rows(Tournament)]


def enter(bracket: Bracket, label: str, a: int, b: int, **more: Any) -> results.Done:
    return results.enter(labelled(bracket, label).id, Entry(a, b, **more))


def names(bracket: Bracket, label: str) -> tuple[str, str]:
    series = labelled(services.load(bracket.tournament.id), label)
    return bracket.name_of(series.team_a_id), bracket.name_of(series.team_b_id)


def test_eight_teams_make_fourteen_series_and_all_of_their_games(app: Flask) -> None:
    bracket = make_bracket()
    assert len(bracket.series) == 14
    assert [labelled(bracket, "U1").state, labelled(bracket, "U5").state] == ["ready", "pending"]
    assert all([game.number for game in one.games] == [1, 2, 3] for one in bracket.series)
    assert labelled(bracket, "U1").next_id == labelled(bracket, "U5").id
    assert bracket.tournament.state == "running"


def test_a_result_moves_winner_and_loser_on(app: Flask) -> None:
    bracket = make_bracket()
    first = labelled(bracket, "U1")
    done = enter(bracket, "U1", 2, 1)
    assert (done.series.state, done.series.winner_id) == ("done", first.team_a_id)
    assert labelled(done.bracket, "U5").team_a_id == first.team_a_id
    lower = next(one for one in done.bracket.series if one.id == first.loser_next_id)
    assert first.team_b_id in {lower.team_a_id, lower.team_b_id}


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (Entry(1, 1), "score_a"),
        (Entry(3, 0), "score_a"),
        (Entry(2, None), "score_b"),
        (Entry(2, 0, winner=-1), "winner"),
        (Entry(forfeit="nobody"), "forfeit"),
        (Entry(forfeit=True), "winner"),
        (Entry(2, 0, forfeit="team_a"), "score_a"),
        (Entry(2, 2, forfeit="both"), "score_a"),
    ],
)
def test_a_wrong_result_names_its_field(app: Flask, entry: Entry, field: str) -> None:
    bracket = make_bracket(4)
    with pytest.raises(BadInput) as refused:
        results.enter(labelled(bracket, "U1").id, entry)
    assert field in refused.value.fields


def test_a_second_result_is_refused_and_the_same_one_again_is_not(app: Flask) -> None:
    bracket = make_bracket(4)
    enter(bracket, "U1", 2, 0)
    enter(bracket, "U1", 2, 0)
    with pytest.raises(Conflict, match="U1 is settled already: 2:0 for Team 1"):
        enter(bracket, "U1", 0, 2)


def test_a_series_whose_teams_are_unknown_takes_no_result(app: Flask) -> None:
    bracket = make_bracket(4)
    with pytest.raises(Conflict, match="not known yet"):
        enter(bracket, "GF", 2, 0)


def test_undoing_in_reverse_order_returns_the_exact_first_state(app: Flask) -> None:
    bracket = make_bracket(7, grand_final="reset")
    chance, states, entered = random.Random(5), [], []
    while bracket.tournament.state != "finished":
        ready = chance.choice([one for one in bracket.series if one.state == "ready"])
        states.append(snapshot())
        entered.append(ready.id)
        score = chance.choice([(2, 0), (2, 1), (1, 2), (0, 2)])
        bracket = results.enter(ready.id, Entry(*score)).bracket
    assert len(entered) >= 2 * 7 - 2
    for series_id, state in zip(reversed(entered), reversed(states), strict=True):
        assert results.clear(series_id).undone == []
        assert snapshot() == state


def test_undoing_an_early_result_pulls_its_teams_out_of_all_that_followed(app: Flask) -> None:
    bracket = make_bracket()
    for label in ("U1", "U2", "U5"):
        enter(bracket, label, 2, 0)
    loaded = services.load(bracket.tournament.id)
    told = results.preview(loaded, without=labelled(loaded, "U1"))
    assert [change.series.label for change in told if change.undone] == ["U5"]
    done = results.clear(labelled(bracket, "U1").id)
    assert services.labels(done.undone) == ["U5"]
    assert names(bracket, "U5") == ("nobody", "Team 4")
    assert labelled(done.bracket, "U5").state == "pending"


def test_a_single_game_forfeited_counts_for_the_other_team(app: Flask) -> None:
    bracket = make_bracket(4)
    series = labelled(bracket, "U1")
    late = series.team_a_id
    assert late is not None
    done = results.forfeit_game(series.games[0].id, late)
    assert (done.series.state, done.series.score_a, done.series.score_b) == ("live", 0, 1)
    with pytest.raises(Conflict, match="was forfeited by Team 1"):
        results.forfeit_game(series.games[0].id, late)
    back = results.take_back_forfeit(series.games[0].id)
    assert (back.series.state, back.series.score_b) == ("ready", 0)


def test_both_forfeiting_leaves_the_next_opponent_a_walkover(app: Flask) -> None:
    bracket = make_bracket(4, format="single_elimination")
    results.enter(labelled(bracket, "S1").id, Entry(forfeit="both"))
    done = results.enter(labelled(bracket, "S2").id, Entry(2, 0))
    final = labelled(done.bracket, "S3")
    assert (final.state, final.winner_id) == ("done", labelled(done.bracket, "S2").winner_id)
    assert done.bracket.tournament.state == "finished"


def test_a_team_that_withdraws_forfeits_what_it_has_not_played(app: Flask) -> None:
    bracket = make_bracket()
    enter(bracket, "U1", 2, 0)
    team = next(one for one in bracket.teams.values() if one.name == "Team 1")
    told = results.preview(services.load(bracket.tournament.id), withdrawn={team.id: "forfeit"})
    assert not any(change.undone for change in told)
    before = snapshot()
    after, _, undone = withdrawals.withdraw(team.id, "forfeit")
    assert undone == []
    assert labelled(after, "U1").winner_id == team.id
    enter(bracket, "U2", 2, 0)
    loaded = services.load(bracket.tournament.id)
    assert labelled(loaded, "U5").state == "done"
    assert labelled(loaded, "U5").winner_id != team.id
    results.clear(labelled(bracket, "U2").id)
    withdrawals.withdraw(team.id, None)
    assert snapshot() == before


def test_a_best_of_two_may_be_a_draw(app: Flask) -> None:
    bracket = make_bracket(4, format="round_robin", best_of=2)
    done = results.enter(bracket.series[0].id, Entry(1, 1))
    assert (done.series.state, done.series.winner_id) == ("done", None)


def test_a_bracket_with_results_is_not_generated_anew(app: Flask) -> None:
    bracket = make_bracket(4)
    enter(bracket, "U1", 2, 0)
    with pytest.raises(Conflict, match="U1 hold links or results"):
        generate_bracket(bracket.tournament.id, "random")


def test_a_random_seeding_can_be_drawn_again(app: Flask) -> None:
    bracket = make_bracket(6)
    first = generate_bracket(bracket.tournament.id, "random")
    told = first.tournament.random_seed
    order = {team.id: team.seed for team in first.teams.values()}
    generate_bracket(bracket.tournament.id, "manual")
    again = generate_bracket(bracket.tournament.id, "random", random_seed=told)
    assert {team.id: team.seed for team in again.teams.values()} == order


def test_a_bracket_made_anew_keeps_its_times_and_loses_no_stand_in(app: Flask) -> None:
    bracket = make_bracket(4)
    first = labelled(bracket, "U1")
    changes.change_series(first.id, scheduled_at=utcnow())
    when = first.scheduled_at
    again = generate_bracket(bracket.tournament.id, "random")
    assert labelled(again, "U1").scheduled_at == when
    series = labelled(again, "U1")
    changes.approve_stand_in(series.id, series.team_a_id or 0, BASE + 77)
    with pytest.raises(Conflict, match="U1 have stand-ins"):
        generate_bracket(bracket.tournament.id, "manual")


def test_a_series_of_a_round_robin_goes_unless_its_teams_need_it(app: Flask) -> None:
    bracket = make_bracket(3, format="round_robin")
    one, two, three = bracket.series
    changes.delete_series(one.id)
    with pytest.raises(Conflict, match="would have no series left"):
        changes.delete_series(two.id)
    enter(bracket, three.label, 2, 0)
    with pytest.raises(Conflict, match="is settled"):
        changes.delete_series(three.id)
    with pytest.raises(Conflict, match="decides who moves on"):
        changes.delete_series(make_bracket(4, name="Other").series[0].id)


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
def test_a_time_that_no_calendar_has_is_refused(app: Flask, when: str) -> None:
    series = make_bracket(4).series[0]
    with pytest.raises(BadInput) as refused:
        changes.change_series(series.id, scheduled_at=datetime.fromisoformat(when))
    assert "scheduled_at" in refused.value.fields


def test_a_stand_in_is_named_by_a_steamid(app: Flask) -> None:
    series = make_bracket(4).series[0]
    with pytest.raises(BadInput) as refused:
        changes.approve_stand_in(series.id, series.team_a_id or 0, 12345)
    assert "steam_id_in" in refused.value.fields


def test_a_missing_mmr_is_named(app: Flask) -> None:
    bracket = make_bracket(4)
    team = db.session.scalars(sa.select(Team).order_by(Team.id)).first()
    assert team is not None
    team.members[0].mmr = None
    db.session.commit()
    with pytest.raises(BadInput, match="Team 1"):
        generate_bracket(bracket.tournament.id, "mmr")
