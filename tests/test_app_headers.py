"""The headers and cookies of every kind of answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browsers import browser
from webapp.accounts.policy import policy
from webapp.app import create_app
from webapp.settings import Settings

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
PATHS = ["/healthz", "/nowhere", "/api/nowhere", "/fails", "/static/aegis.css", "/static/nowhere"]


@pytest.fixture
def failing(app: Flask) -> Flask:
    @policy("anonymous")
    def fails() -> str:
        raise RuntimeError("SELECT * FROM secrets")

    app.add_url_rule("/fails", view_func=fails)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_says_what_a_browser_may_do_with_it(failing: Flask, path: str) -> None:
    with failing.test_client().get(path) as answer:
        headers = answer.headers
    policies = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policies["default-src"] == "'none'"
    assert policies["script-src"] == "'self' https://cdn.jsdelivr.net"
    assert policies["frame-ancestors"] == policies["base-uri"] == "'none'"
    assert policies["form-action"] == "'self' https://discord.com"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers
    assert headers["X-Request-ID"]


def test_a_page_is_kept_apart_by_who_asks_and_how(client: FlaskClient) -> None:
    assert {"HX-Request", "Cookie"} <= set(client.get("/nowhere").vary)
    with client.get("/static/aegis.css") as stylesheet:
        assert "Cookie" not in stylesheet.vary
        assert "Set-Cookie" not in stylesheet.headers


def test_what_is_for_one_person_is_not_stored(app: Flask) -> None:
    client = browser(app, "player")
    assert client.get("/account/").headers["Cache-Control"] == "no-store"
    assert client.get("/api/me").headers["Cache-Control"] == "no-store"
    assert app.test_client().get("/healthz").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-123.DEF", True), ("short", False), ("x" * 65, False), ('"><script>', False)],
)
def test_a_sane_request_id_is_kept(client: FlaskClient, given: str, kept: bool) -> None:
    answered = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert (answered == given) is kept
    assert 8 <= len(answered) <= 64


def test_the_cookie_is_for_this_site_alone(client: FlaskClient) -> None:
    client.get("/nowhere")
    cookie = client.get("/nowhere", headers={"Cookie": ""}).headers
    assert "Domain" not in str(cookie)
    fresh = client.application.test_client().get("/nowhere").headers["Set-Cookie"]
    assert "HttpOnly" in fresh
    assert "SameSite=Lax" in fresh
    assert "Path=/" in fresh
    assert "Domain" not in fresh


def test_over_https_the_cookie_is_bound_to_this_host(settings: Settings) -> None:
    app = create_app(replace(settings, base_url="https://aegis.example"))
    client = app.test_client()
    behind = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "aegis.example"}
    answer = client.get("/nowhere", headers=behind)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert "; Secure" in cookie
    assert "Domain" not in cookie
    hsts = answer.headers["Strict-Transport-Security"]
    assert hsts == "max-age=31536000; includeSubDomains"


def test_reading_the_site_sets_no_second_cookie(client: FlaskClient) -> None:
    assert "Set-Cookie" in client.get("/nowhere").headers
    assert "Set-Cookie" not in client.get("/nowhere").headers
