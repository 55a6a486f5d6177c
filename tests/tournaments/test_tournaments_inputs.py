"""Whatever is sent about a tournament, it is taken or refused; nothing fails by it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.api.rows import LEAGUE, steam_id
from tests.browsers import add_person, bearer, csrf_token, sign_in
from tests.factories.tournaments import make_tournament, teams_of
from tests.tournaments.series import add_bracket
from webapp.tournaments import forms
from webapp.tournaments.models import FORMATS, Team, Tournament

pytestmark = pytest.mark.slow
FUZZ = hypothesis_settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
TEXT = st.text(max_size=20) | st.sampled_from(["\x00", "\ud800", "Team 1", "x" * 300])
NUMBERS = st.integers(-2, 8) | st.sampled_from(
    [LEAGUE, 2**31, 2**63 - 1, 2**63, 2**70, steam_id(1)]
)
ANY = st.none() | st.booleans() | NUMBERS | st.floats() | TEXT | NUMBERS.map(str)
VALUES = ANY | st.lists(ANY, max_size=4) | st.dictionaries(TEXT, ANY, max_size=3)
CHOICES: dict[str, Any] = {
    "name": TEXT,
    "format": st.sampled_from(FORMATS),
    "league_id": st.just(LEAGUE),
    "league_ids": st.lists(NUMBERS, max_size=3),
    "best_of": st.sampled_from([1, 2, 3, 5]),
    "starts_at": st.datetimes().map(str) | TEXT,
    "zone": TEXT | st.just("Asia/Tokyo"),
    "night_ends": NUMBERS,
    "points": st.lists(NUMBERS, max_size=4),
    "tie_breaks": st.lists(TEXT | st.just("seed"), max_size=3),
}
MEMBER = st.fixed_dictionaries(
    {"steam_id": st.integers(1, 4).map(steam_id) | ANY},
    optional={"name": TEXT, "captain": st.booleans(), "deputy": st.booleans(), "mmr": NUMBERS},
)
TEAM: dict[str, Any] = {
    "name": TEXT,
    "tag": TEXT,
    "seed": NUMBERS,
    "steam_team_id": NUMBERS,
    "members": st.lists(MEMBER, max_size=4),
}


def bodies(fields: dict[str, Any]) -> st.SearchStrategy[Any]:
    odd = st.dictionaries(st.sampled_from(list(fields)) | TEXT, VALUES, max_size=4)
    return st.fixed_dictionaries({}, optional=fields) | odd | VALUES


def forms_of(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    values = TEXT | NUMBERS.map(str)
    filled = st.fixed_dictionaries(
        {}, optional=dict.fromkeys(names, values | st.lists(values, max_size=3))
    )
    return filled.map(lambda form: {name: _sendable(value) for name, value in form.items()})


def _sendable(value: Any) -> Any:
    """A form travels as UTF-8, which has no halves of pairs."""
    if isinstance(value, list):
        return [_sendable(each) for each in value]
    return value.encode("utf-8", "replace").decode()


@pytest.fixture
def cup(app: Flask) -> Tournament:
    tournament = make_tournament(teams=4, members=2)
    add_bracket(tournament, teams_of(tournament))
    return tournament


@pytest.fixture
def team(cup: Tournament) -> Team:
    return teams_of(cup)[0]


@FUZZ
@given(choices=bodies(CHOICES), entry=bodies(TEAM))
def test_no_body_makes_it_fail(
    app: Flask, cup: Tournament, team: Team, choices: Any, entry: Any
) -> None:
    headers, at = bearer(add_person("organizer")), f"/api/tournaments/{cup.id}"
    for method, address, body in (
        ("POST", "/api/tournaments/", choices),
        ("PATCH", at, choices),
        ("POST", f"{at}/teams/", entry),
        ("PATCH", f"{at}/teams/{team.id}", entry),
    ):
        answer = app.test_client().open(
            address,
            method=method,
            data=json.dumps(body),
            content_type="application/json",
            headers=headers,
        )
        assert answer.status_code in {200, 201, 400, 409}, answer.text


@FUZZ
@given(
    choices=forms_of([*forms.NAMES]),
    entry=forms_of(["name", "tag", "seed", "steam", "player", "mmr", "captain", "deputy"]),
    times=forms_of(["round", "first", "spacing", "at-1", "at-2", "seed-1", "table"]),
)
def test_no_form_makes_it_fail(
    app: Flask, cup: Tournament, choices: Any, entry: Any, times: Any
) -> None:
    team = teams_of(cup)[0]
    client, at = sign_in(app, add_person("organizer")), f"/tournaments/{cup.id}"
    token = {"csrf_token": csrf_token(client)}
    for address, form in (
        ("/tournaments/", choices),
        (f"{at}/settings", choices),
        (f"{at}/clone", choices),
        (f"{at}/teams", entry),
        (f"{at}/teams/{team.id}/edit", entry),
        (f"{at}/teams/seeds", times),
        (f"{at}/teams/import", times),
        (f"{at}/teams/import/confirm", times),
        (f"{at}/schedule", times),
        (f"{at}/schedule/round", times),
    ):
        answer = client.post(address, data=form | token)
        assert answer.status_code in {200, 303, 400, 409}, (address, answer.text)
