"""Bearer tokens: hashed, shown once, of one person, revocable."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.browsers import add_person, bearer, csrf_token, sign_in
from webapp.accounts import tokens
from webapp.accounts.models import ApiToken
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict, NotFound

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_a_token_stands_for_its_person(client: FlaskClient) -> None:
    user = add_person("organizer", "Tally")
    answer = client.get("/api/me", headers=bearer(user))
    assert (answer.json["name"], answer.json["role"]) == ("Tally", "organizer")


def test_only_the_hash_of_a_token_is_kept(app: Flask) -> None:
    _, plain = tokens.create(add_person().id, "mine")
    db.session.commit()
    row = db.session.execute(sa.select(ApiToken.__table__)).mappings().one()
    assert plain.startswith("aegis_")
    assert plain not in str(dict(row))
    assert len(row["hash"]) == 64


@pytest.mark.parametrize(
    "given",
    ["Bearer ", "Bearer x", "Bearer aegis_", "bearer ÿ", "Bearer a b"],
)
def test_an_unknown_token_is_401_even_where_nobody_need_sign_in(
    client: FlaskClient, given: str
) -> None:
    for path in ("/api/me", "/api/openapi.json"):
        answer = client.get(path, headers={"Authorization": given})
        assert answer.status_code == 401
        assert answer.json["error"]["code"] == "unauthorized"


def test_a_revoked_token_opens_nothing(client: FlaskClient) -> None:
    user = add_person()
    headers = bearer(user)
    tokens.revoke(user.id, tokens.of(user.id)[0].id)
    db.session.commit()
    assert client.get("/api/me", headers=headers).status_code == 401


def test_nobody_can_revoke_the_token_of_another(app: Flask) -> None:
    owner, other = add_person(), add_person()
    token, _ = tokens.create(owner.id, "mine")
    db.session.commit()
    with pytest.raises(NotFound):
        tokens.revoke(other.id, token.id)
    client = sign_in(app, other)
    answer = client.post(
        f"/account/tokens/{token.id}/revoke", data={"csrf_token": csrf_token(client)}
    )
    assert answer.status_code == 404
    assert db.session.get_one(ApiToken, token.id).revoked_at is None


def test_a_token_opens_no_page(client: FlaskClient) -> None:
    answer = client.get("/account/", headers=bearer(add_person("admin")))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=%2Faccount%2F")


def test_a_token_wins_over_the_cookie_beside_it(app: Flask) -> None:
    client = sign_in(app, add_person("admin", "In the cookie"))
    answer = client.get("/api/me", headers=bearer(add_person("player", "In the token")))
    assert answer.json["name"] == "In the token"


def test_the_last_use_is_noted_once_an_hour(client: FlaskClient) -> None:
    user = add_person()
    headers = bearer(user)
    with time_machine.travel(datetime(2026, 5, 1, tzinfo=UTC), tick=False) as now:
        seen = []
        for minutes in (0, 59, 2):
            now.shift(timedelta(minutes=minutes))
            client.get("/api/me", headers=headers)
            db.session.rollback()
            seen.append(tokens.of(user.id)[0].last_used_at)
    assert seen[0] == seen[1] == datetime(2026, 5, 1, tzinfo=UTC)
    assert seen[2] == datetime(2026, 5, 1, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_token_needs_a_name(app: Flask, name: str) -> None:
    with pytest.raises(BadInput) as refused:
        tokens.create(add_person().id, name)
    assert "name" in refused.value.fields


def test_nobody_has_more_than_twenty_tokens(app: Flask) -> None:
    user = add_person()
    for number in range(20):
        tokens.create(user.id, str(number))
    with pytest.raises(Conflict):
        tokens.create(user.id, "one more")


def test_the_page_shows_a_new_token_once(app: Flask) -> None:
    client = sign_in(app, add_person())
    token = csrf_token(client)
    page = client.post("/account/tokens", data={"csrf_token": token, "name": "sync script"}).text
    plain = re.search(r"aegis_[\w-]{43}", page)
    assert plain is not None
    later = client.get("/account/").text
    assert plain[0] not in later
    assert "sync script" in later
    works = app.test_client().get("/api/me", headers={"Authorization": f"Bearer {plain[0]}"})
    assert works.status_code == 200
    answer = client.post("/account/tokens", data={"csrf_token": token, "name": ""})
    assert answer.status_code == 400
