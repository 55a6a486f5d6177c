"""Refusals and failures: the right status, in words, and nothing that is not theirs to know."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import BaseModel, Field
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.exc import OperationalError

from webapp.accounts.context import outside
from webapp.accounts.models import User
from webapp.accounts.policy import policy
from webapp.core import api
from webapp.core.db import db
from webapp.core.errors import (
    AnswerClass,
    BadInput,
    Busy,
    Conflict,
    Forbidden,
    NotFound,
    TooMany,
    UpstreamError,
)
from webapp.core.limits import NotNow

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LOCKED = OperationalError(
    "UPDATE secrets", {"key": "CANARYKEY123"}, Exception("database is locked")
)
BROKEN = OperationalError("SELECT secrets", {}, Exception("no such table: secrets"))
KINDS: dict[str, tuple[Exception, int, str]] = {
    "bad": (BadInput("Wrong.", fields={"name": "too long"}), 400, "bad_input"),
    "forbidden": (Forbidden("No."), 403, "forbidden"),
    "missing": (NotFound("Gone."), 404, "not_found"),
    "conflict": (Conflict("Later."), 409, "conflict"),
    "often": (TooMany("Slow.", retry_after=2.2), 429, "too_many"),
    "busy": (Busy("Busy."), 503, "busy"),
    "locked": (LOCKED, 503, "busy"),
    "redis": (RedisAway("to redis://:pw@host"), 503, "busy"),
    "wait": (NotNow(4), 503, "busy"),
    "steam": (UpstreamError("steam", AnswerClass.SERVER, status=500), 503, "busy"),
    "broken": (BROKEN, 500, "error"),
    "bug": (RuntimeError("CANARYKEY123"), 500, "error"),
    "large": (OverflowError("int too large"), 400, "bad_input"),
    "surrogate": (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"), 400, "bad_input"),
}


@pytest.fixture
def app(app: Flask) -> Flask:
    @policy("anonymous")
    def raises(kind: str) -> str:
        db.session.add(User(discord_id=5, name="half done"))
        db.session.flush()
        raise KINDS[kind][0]

    app.add_url_rule("/raises/<kind>", "page", raises, methods=["GET"])
    app.add_url_rule("/api/raises/<kind>", "json", raises, methods=["GET"])
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.mark.parametrize("kind", KINDS)
def test_the_api_answers_in_its_own_form(app: Flask, kind: str) -> None:
    _, status, code = KINDS[kind]
    answer = app.test_client().get(f"/api/raises/{kind}")
    body: dict[str, Any] = answer.get_json()
    assert (answer.status_code, body["error"]["code"]) == (status, code)
    assert body["error"]["message"]
    assert body["error"].get("fields") == ({"name": "too long"} if kind == "bad" else None)
    assert ("Retry-After" in answer.headers) == (status in {429, 503})
    if kind == "often":
        assert answer.headers["Retry-After"] == "3"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("htmx", [True, False])
def test_no_answer_tells_of_the_inside(app: Flask, kind: str, htmx: bool) -> None:
    headers = {"HX-Request": "true"} if htmx else {}
    answer = app.test_client().get(f"/raises/{kind}", headers=headers)
    assert answer.status_code == KINDS[kind][1]
    for inside in ("Traceback", "SELECT", "UPDATE", "secrets", "CANARYKEY123", "redis://"):
        assert inside not in answer.text
    assert answer.is_json is htmx
    if not htmx:
        assert answer.text.count("<h1>") == 1


def test_a_failed_request_stores_nothing(app: Flask) -> None:
    for kind in KINDS:
        app.test_client().get(f"/raises/{kind}")
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 0


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nowhere", 404, "not_found"),
        ("DELETE", "/api/me", 405, "method_not_allowed"),
        ("GET", f"/people/{2**63}", 404, ""),
        ("GET", "/people/-1", 404, ""),
    ],
)
def test_what_is_not_there(app: Flask, method: str, path: str, status: int, code: str) -> None:
    answer = app.test_client().open(path, method=method)
    assert answer.status_code == status
    assert not code or answer.get_json()["error"]["code"] == code


def test_a_body_may_not_be_endless(app: Flask) -> None:
    answer = app.test_client().post("/logout", data={"x": "y" * 3_000_000})
    assert answer.status_code in {400, 413}


class Wanted(BaseModel):
    league_id: api.Id
    names: list[str] = Field(max_length=2)


def test_the_api_names_each_wrong_field(app: Flask) -> None:
    blueprint = api.api_blueprint("probe", __name__)

    @blueprint.post("/probe", responses={200: Wanted})
    @policy("anonymous", audited=False, csrf=False, writes=False)
    def probe(body: Wanted) -> dict[str, Any]:
        """Answer what was sent."""
        return body.model_dump()

    app.register_api(blueprint)  # type: ignore[attr-defined]
    client = app.test_client()
    good = {"league_id": 5, "names": ["x"]}
    assert client.post("/api/probe", json=good).get_json() == good
    answer = client.post("/api/probe", json={"league_id": 2**63, "names": [5]})
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "bad_input"
    assert set(answer.get_json()["error"]["fields"]) == {"league_id", "names"}
    for wrong in ({"data": "no json"}, {"json": []}, {"json": None}, {"data": b"\xff{"}):
        answer = client.post("/api/probe", **wrong)
        assert (answer.status_code, answer.is_json) == (400, True)
        assert answer.get_json()["error"]["fields"]


def test_the_api_describes_its_refusals_as_it_answers_them(app: Flask) -> None:
    described = app.test_client().get("/api/openapi.json").get_json()
    answers = described["paths"]["/api/me"]["get"]["responses"]
    for status in ("400", "401", "403", "404", "409", "429", "503"):
        schema = answers[status]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ErrorBody"}


def test_ready_names_what_does_not_answer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    with app.app_context():
        redis = outside().redis

    def away() -> bool:
        raise RedisAway("away")

    monkeypatch.setattr(redis, "ping", away)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["failing"] == ["redis"]
    assert client.get("/healthz").status_code == 200
