"""Whatever is sent, the API says what is wrong with it; it never fails by it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from redis import Redis

from tests.api.rows import steam_id
from tests.browsers import add_person, bearer
from webapp.core.api import to_after

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
SYNC, RETRY = "/api/steam/sync/", "/api/steam/retry-failed/"
RELINK, FIND = "/api/steam/relink-users/", "/api/steam/find-by-players/"
POSTS = [SYNC, RETRY, RELINK, FIND]


@pytest.fixture
def admin(app: Flask) -> dict[str, str]:
    return bearer(add_person("admin"))


@pytest.mark.parametrize("address", POSTS)
@pytest.mark.parametrize(
    "sent",
    [b"{", b"[]", b"7", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b"NaN"],
)
def test_what_is_no_object_is_refused(
    client: FlaskClient, admin: dict[str, str], address: str, sent: bytes
) -> None:
    answer = client.post(address, data=sent, content_type="application/json", headers=admin)
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "bad_input"
    assert set(answer.json["error"]["fields"]) == {"body"}


@pytest.mark.parametrize("address", POSTS)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_an_object_that_is_not_sent_as_json_is_refused(
    client: FlaskClient, admin: dict[str, str], address: str, kind: str
) -> None:
    sent = json.dumps({"league_id": 5})
    answer = client.post(address, data=sent, content_type=kind, headers=admin)
    assert answer.status_code == 400
    assert set(answer.json["error"]["fields"]) == {"body"}


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        (SYNC, {"league": 5}, "league"),
        (SYNC, {"league_id": "5"}, "league_id"),
        (SYNC, {"league_id": 0}, "league_id"),
        (SYNC, {"league_id": -1}, "league_id"),
        (SYNC, {"league_id": 1.0}, "league_id"),
        (SYNC, {"league_id": True}, "league_id"),
        (SYNC, {"league_id": 2**63}, "league_id"),
        (SYNC, {"league_id": [5]}, "league_id"),
        (SYNC, {"full_sync": "yes"}, "full_sync"),
        (SYNC, {"full_sync": 1}, "full_sync"),
        (SYNC, {"full_sync": None}, "full_sync"),
        (SYNC, {"requested_by": 1}, "requested_by"),
        (RETRY, {"match_ids": 5}, "match_ids"),
        (RETRY, {"match_ids": [None]}, "match_ids"),
        (RETRY, {"match_ids": [0]}, "match_ids"),
        (RETRY, {"match_ids": [1] * 1001}, "match_ids"),
        (RELINK, {"match_ids": []}, "match_ids"),
        (RELINK, {"league_id": 5}, "league_id"),
        (FIND, {}, "steam_ids"),
        (FIND, {"steam_ids": str(steam_id(1))}, "steam_ids"),
        (FIND, {"steam_ids": [steam_id(1)], "require_all": "no"}, "require_all"),
        (FIND, {"steam_ids": [steam_id(1)], "limit": 101}, "limit"),
        (FIND, {"steam_ids": [steam_id(1)], "limit": "5"}, "limit"),
        (FIND, {"steam_ids": [steam_id(1)], "after": 7}, "after"),
        (FIND, {"steam_ids": [steam_id(1)], "after": "7"}, "after"),
        (FIND, {"steam_ids": [steam_id(1)], "players": []}, "players"),
    ],
)
def test_the_wrong_field_is_named(
    client: FlaskClient, admin: dict[str, str], address: str, body: dict[str, Any], field: str
) -> None:
    answer = client.post(address, json=body, headers=admin)
    assert answer.status_code == 400
    assert set(answer.json) == {"error"}
    assert set(answer.json["error"]) == {"code", "message", "fields"}
    assert set(answer.json["error"]["fields"]) == {field}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("league_id=x", "league_id"),
        ("league_id=0", "league_id"),
        (f"league_id={2**63}", "league_id"),
        ("state=lost", "state"),
        ("after=x", "after"),
        ("after=aWQ6MA", "after"),
        ("after=%C3%A9", "after"),
        ("after=" + "A" * 201, "after"),
    ],
)
def test_the_wrong_part_of_a_query_is_named(client: FlaskClient, query: str, field: str) -> None:
    answer = client.get(f"/api/matches/?{query}")
    assert answer.status_code == 400
    assert set(answer.json["error"]["fields"]) == {field}


def test_several_wrong_fields_are_named_at_once(client: FlaskClient) -> None:
    answer = client.get("/api/matches/?limit=0&state=lost")
    assert set(answer.json["error"]["fields"]) == {"limit", "state"}


@pytest.mark.parametrize("address", ["/api/matches/x", "/api/matches/-1", "/api/nothing"])
def test_an_address_of_nothing_answers_in_json(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")


def test_a_call_of_the_wrong_kind_answers_in_json(client: FlaskClient) -> None:
    answer = client.get(SYNC)
    assert (answer.status_code, set(answer.json)) == (405, {"error"})


# ---- whatever comes --------------------------------------------------------------------------

LIKELY = ["league_id", "full_sync", "match_ids", "steam_ids", "require_all", "after", "limit"]
IDS = st.one_of(
    st.integers(), st.sampled_from([1001, 1002, 17929, 2**31, 2**63 - 1, 2**63, steam_id(1)])
)
VALUES = st.recursive(
    st.none() | st.booleans() | IDS | st.floats() | st.text(max_size=30) | IDS.map(str),
    lambda inner: (
        st.lists(inner, max_size=12) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)
NAMES = st.one_of(st.sampled_from(LIKELY), st.text(max_size=10))
BODIES = st.one_of(
    st.dictionaries(NAMES, VALUES, max_size=5),
    st.fixed_dictionaries(
        {},
        optional={
            "league_id": IDS,
            "full_sync": st.booleans(),
            "match_ids": st.lists(IDS, max_size=5),
            "steam_ids": st.lists(st.just(steam_id(1)) | IDS, max_size=11),
            "require_all": st.booleans(),
            "after": st.text(max_size=20) | IDS.filter(lambda one: one > 0).map(to_after),
            "limit": st.integers(-5, 105),
        },
    ),
    VALUES,
)
FUZZ = hypothesis_settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
OURS = {200, 202, 400, 404, 409, 429, 503}


def refuse_failures(answer: Any) -> None:
    assert answer.status_code in OURS, answer.text
    if answer.status_code >= 400:
        assert set(answer.json["error"]) <= {"code", "message", "fields"}


@pytest.mark.usefixtures("troubled")
@pytest.mark.parametrize("address", POSTS)
@FUZZ
@given(body=BODIES)
@pytest.mark.slow
def test_no_body_makes_it_fail(
    app: Flask, admin: dict[str, str], redis: Redis, address: str, body: Any
) -> None:
    text = json.dumps(body)
    redis.flushall()  # or the limits would answer for us
    client = app.test_client()
    refuse_failures(client.post(address, data=text, content_type="application/json", headers=admin))


@FUZZ
@given(sent=st.binary(max_size=60))
def test_no_bytes_make_it_fail(app: Flask, admin: dict[str, str], sent: bytes) -> None:
    for address in POSTS:
        answer = app.test_client().post(
            address, data=sent, content_type="application/json", headers=admin
        )
        refuse_failures(answer)


@FUZZ
@given(
    query=st.dictionaries(
        st.sampled_from(["league_id", "state", "after", "limit", "x"]),
        IDS.map(str) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    )
)
def test_no_query_makes_it_fail(app: Flask, query: dict[str, str]) -> None:
    for address in ("/api/matches/", "/api/steam/sync-status/"):
        refuse_failures(app.test_client().get(address, query_string=query))


@FUZZ
@given(number=IDS)
def test_no_id_makes_it_fail(
    app: Flask, admin: dict[str, str], troubled: None, number: int
) -> None:
    for address in ("/api/matches/{}", "/api/steam/match/{}/", "/api/runs/{}"):
        refuse_failures(app.test_client().get(address.format(number), headers=admin))
