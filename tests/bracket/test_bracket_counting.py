"""Changed points count groups anew, and never throw away what a knock-out holds."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories.brackets import make_bracket
from webapp.bracket import results, services
from webapp.bracket.results import Entry
from webapp.core.db import db
from webapp.core.errors import Conflict
from webapp.tournaments.services import counting_changed


def test_a_knockout_that_was_played_keeps_its_teams(app: Flask) -> None:
    bracket = make_bracket(
        4, format="groups_knockout", group_count=1, advancing=2, best_of=2, points=[4, 1, 0]
    )
    # Team 1 draws three times, Team 3 wins once, Team 4 twice: what a draw is worth decides.
    number = {team.id: int(team.name.removeprefix("Team ")) for team in bracket.teams.values()}
    for series in [one for one in bracket.series if one.bracket == "group"]:
        a, b = number[series.team_a_id or 0], number[series.team_b_id or 0]
        won = 1 if 1 in {a, b} else 2 if a > b else 0
        results.enter(series.id, Entry(won, 2 - won))
    final = services.load(bracket.tournament.id).series[-1]
    before = {final.team_a_id, final.team_b_id}
    bracket.tournament.points = [4, 4, 0]
    counting_changed.send(None, tournament_id=bracket.tournament.id)
    final = services.load(bracket.tournament.id).series[-1]
    assert {final.team_a_id, final.team_b_id} != before
    bracket.tournament.points = [4, 1, 0]
    counting_changed.send(None, tournament_id=bracket.tournament.id)
    results.enter(final.id, Entry(2, 0))
    db.session.commit()
    bracket.tournament.points = [4, 4, 0]
    with pytest.raises(Conflict, match=final.label):
        counting_changed.send(None, tournament_id=bracket.tournament.id)
