"""Two organizers at once: one wins, the other is told so, and the bracket fits its games."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from tests.browsers import add_person, bearer
from tests.factories.brackets import make_bracket, play
from webapp.bracket import services
from webapp.bracket.autolink import auto_link
from webapp.bracket.services import Bracket
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.tournaments.models import Game, Tournament

Call = Callable[[], int]
Step = tuple[str, str, dict[str, object] | None]
FINE = {200, 409}
MOST_TRIES = 30


class Organizer:
    """Somebody whose calls come from a thread of their own."""

    def __init__(self, app: Flask) -> None:
        self._app, self._headers = app, bearer(add_person("organizer"))

    def call(self, step: Step, gate: Barrier) -> TestResponse:
        method, path, body = step
        gate.wait(10)
        for _ in range(MOST_TRIES):
            with self._app.app_context():
                answer = self._app.test_client().open(
                    path, method=method, json=body, headers=self._headers
                )
            if answer.status_code != 503:  # SQLite was busy, and said when to ask again
                break
        return answer


def steps(bracket: Bracket, matches: list[int], chance: random.Random) -> tuple[Step, Step]:
    """Two calls that want the same: one game, one match, or one series' result."""
    open_series = [one for one in bracket.series if one.team_a_id and one.team_b_id]
    series = chance.choice(open_series)
    game = chance.choice(series.games)
    match = chance.choice(matches)

    def one() -> Step:
        kind = chance.choice(("link", "link", "link", "unlink", "result", "clear", "swap"))
        if kind == "link":
            picked = chance.choice((match, chance.choice(matches)))
            return "PUT", f"/api/games/{game.id}/match", {"match_id": picked}
        if kind == "unlink":
            return "DELETE", f"/api/games/{game.id}/match", None
        if kind == "swap":
            return "POST", f"/api/games/{game.id}/swap", None
        if kind == "clear":
            return "DELETE", f"/api/series/{series.id}/result", None
        a, b = chance.choice(((2, 0), (0, 2), (2, 1)))
        return "POST", f"/api/series/{series.id}/result", {"score_a": a, "score_b": b}

    return one(), one()


def consistent(tournament_id: int) -> None:
    """What is stored is what follows from its results, and no match stands twice."""
    db.session.rollback()
    bracket = services.load(tournament_id)
    stands, gone = services.derive(bracket, services.outcomes(bracket), bracket.withdrawn)
    assert not gone
    for key, series in bracket.by_key.items():
        stand = stands[key]
        assert (series.team_a_id, series.team_b_id) == (stand.team_a or None, stand.team_b or None)
        assert (series.state == "done") == (stand.state == "done"), series.label
        assert series.winner_id == stand.winner
        assert all(game.winner_id in {None, *_teams(series)} for game in series.games)
    linked = [game.match_id for one in bracket.series for game in one.games if game.match_id]
    assert [match for match, times in Counter(linked).items() if times > 1] == []
    db.session.rollback()


def _teams(series: object) -> set[int | None]:
    return {series.team_a_id, series.team_b_id}  # type: ignore[attr-defined]


def race(
    app: Flask,
    rounds: int,
    seed: int,
    beside: Call | None = None,
    after: Callable[[], None] | None = None,
) -> Counter[int]:
    begun = utcnow() - timedelta(hours=8)
    bracket = make_bracket(8, auto_link="sure", starts_at=begun)
    tournament_id = bracket.tournament.id
    first_round = [one for one in bracket.series if one.team_a_id and one.team_b_id]
    matches = [
        play(one, one.team_a_id, start=begun + timedelta(minutes=70 * number)).id
        for one in first_round
        for number in range(3)
    ]
    two, chance = [Organizer(app), Organizer(app)], random.Random(seed)
    told: Counter[int] = Counter()
    with ThreadPoolExecutor(3) as pool:
        for _ in range(rounds):
            db.session.rollback()
            todo = steps(services.load(tournament_id), matches, chance)
            db.session.rollback()
            gate = Barrier(2)
            running = [
                pool.submit(one.call, step, gate) for one, step in zip(two, todo, strict=True)
            ]
            if beside:
                pool.submit(beside).result()
            for future in running:
                answer = future.result()
                told[answer.status_code] += 1
                assert answer.status_code in FINE, answer.text
                if answer.status_code == 409:
                    assert len(answer.json["error"]["message"]) > 20
            if after:
                after()
            consistent(tournament_id)
    return told


def test_eight_races_leave_the_bracket_as_its_games_say(app: Flask) -> None:
    told = race(app, 8, seed=1)
    assert told[200] > 3
    assert told[409] > 3


@pytest.mark.slow
def test_two_hundred_races_with_auto_link_beside_them(app: Flask) -> None:
    """Aegis links beside both, and then alone: what a person touched stays as they left it."""
    made: list[int] = []

    def machine() -> int:
        with app.app_context():
            tournament_id = db.session.scalars(sa.select(Tournament.id)).one()
            db.session.rollback()
            made.append(auto_link(tournament_id))
            db.session.rollback()
            db.session.remove()
            return made[-1]

    def alone() -> None:
        db.session.rollback()
        before = by_people()
        db.session.rollback()
        machine()
        assert by_people() == before

    told = race(app, 200, seed=2, beside=machine, after=alone)
    assert told[409] > 50
    assert sum(made) > 0


def by_people() -> dict[int, object]:
    """What the games that a person touched hold, by their ids."""
    games = db.session.execute(
        sa.select(Game.id, Game.match_id, Game.winner_id, Game.forfeit_by_id).where(Game.hands_off)
    )
    return {row.id: tuple(row) for row in games}
