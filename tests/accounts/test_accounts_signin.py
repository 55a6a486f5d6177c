"""Signing in with Discord against the stand-in, and out again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.browsers import browser, csrf_token
from webapp.accounts.discord import CONNECT_AND_READ_SECONDS
from webapp.accounts.models import AuditEntry, User
from webapp.core.db import db
from webapp.sandbox.faults import Rule
from webapp.sandbox.server import Sandbox
from webapp.settings import Settings

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ADMIN, PLAYER, NAMELESS = "410000000000000001", "410000000000000004", "410000000000000005"


@pytest.fixture(scope="module")
def discord() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def settings(settings: Settings, discord: Sandbox) -> Settings:
    url = discord.url
    return replace(
        settings,
        base_url="http://localhost",
        discord_client_id="sandbox",
        discord_client_secret="sandbox-discord-secret",
        discord_api_url=f"{url}/discord/api/v10",
        discord_authorize_url=f"{url}/discord/oauth2/authorize",
        discord_token_url=f"{url}/discord/api/oauth2/token",
    )


def choose(location: str, person: str = PLAYER) -> str:
    """Pick a person on the stand-in's page; the address it sends the browser back to."""
    answer = requests.get(f"{location}&sandbox_user={person}", allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def begin(client: FlaskClient, target: str = "") -> str:
    answer = client.get("/login", query_string={"next": target} if target else None)
    assert answer.status_code == 302
    return answer.headers["Location"]


def count_people() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(User)) or 0


def test_a_first_sign_in_makes_a_plain_player(client: FlaskClient) -> None:
    answer = client.get(choose(begin(client, "/account/"), ADMIN))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/")
    user = db.session.scalars(sa.select(User)).one()
    assert (user.discord_id, user.name, user.role) == (int(ADMIN), "Ilse Varga", "player")
    assert user.last_seen_at is not None
    assert client.get("/api/me").json["name"] == "Ilse Varga"
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.after) == ("sign in", user.id, {"new": True})


def test_a_second_sign_in_finds_the_same_person(client: FlaskClient, app: Flask) -> None:
    client.get(choose(begin(client)))
    other = app.test_client()
    other.get(choose(begin(other)))
    assert count_people() == 1


def test_somebody_without_a_display_name_is_called_by_their_user_name(client: FlaskClient) -> None:
    client.get(choose(begin(client), NAMELESS))
    user = db.session.scalars(sa.select(User)).one()
    assert user.name == "no_display_name"
    assert user.avatar_url.endswith("a_c9f0f895fb98ab9159f51fd0297e236d.png?size=64")


def test_discord_is_asked_for_the_name_alone_and_with_pkce(client: FlaskClient) -> None:
    asked = parse_qs(urlsplit(begin(client)).query)
    assert asked["scope"] == ["identify"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) == 43
    assert asked["redirect_uri"] == ["http://localhost/auth/discord/callback"]


def test_a_state_works_once(client: FlaskClient) -> None:
    back = choose(begin(client))
    assert client.get(back).status_code == 303
    client.post("/logout", data={"csrf_token": csrf_token(client)})
    assert client.get(back).status_code == 400
    assert client.get("/api/me").status_code == 401


def test_a_state_of_another_browser_signs_nobody_in(client: FlaskClient, app: Flask) -> None:
    back = choose(begin(client))
    other = app.test_client()
    begin(other)
    assert other.get(back).status_code == 400
    assert other.get("/api/me").status_code == 401
    assert count_people() == 0


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=y", "?state=y"])
def test_a_return_without_a_begun_sign_in_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/auth/discord/callback{query}").status_code == 400
    assert count_people() == 0


def test_a_made_up_code_is_refused(client: FlaskClient) -> None:
    state = parse_qs(urlsplit(begin(client)).query)["state"][0]
    answer = client.get("/auth/discord/callback", query_string={"state": state, "code": "made-up"})
    assert answer.status_code == 400
    assert count_people() == 0


def test_saying_no_at_discord_ends_at_a_clean_page(client: FlaskClient) -> None:
    answer = client.get(choose(begin(client), "deny"))
    assert answer.status_code == 403
    assert "nobody was signed in" in answer.text
    assert count_people() == 0


@pytest.mark.parametrize("call", [1, 2], ids=["token", "person"])
@pytest.mark.parametrize(
    "fault",
    [
        Rule("status", status=500),
        Rule("status", status=429, retry_after=2),
        Rule("html"),
        Rule("json", body="[]"),
        Rule("empty_object"),
        Rule("truncated"),
        Rule("close"),
        Rule("redirect"),
    ],
    ids=lambda rule: f"{rule.action}-{rule.status}",
)
def test_a_broken_discord_makes_no_half_person(
    client: FlaskClient, discord: Sandbox, fault: Rule, call: int
) -> None:
    back = choose(begin(client))
    discord.faults.put(replace(fault, source="discord", nth=(call,)))
    try:
        answer = client.get(back)
    finally:
        discord.faults.clear()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "Discord does not answer" in answer.text
    assert count_people() == 0
    assert client.get("/api/me").status_code == 401


def test_a_silent_discord_is_given_up_on(app: Flask, client: FlaskClient, discord: Sandbox) -> None:
    registered = app.extensions["authlib.integrations.flask_client"].discord
    assert registered.client_kwargs["default_timeout"] == CONNECT_AND_READ_SECONDS
    registered.client_kwargs["default_timeout"] = (0.5, 0.2)
    back = choose(begin(client))
    discord.faults.put(Rule("slow", source="discord", seconds=2))
    try:
        assert client.get(back).status_code == 503
    finally:
        discord.faults.clear()


def test_nothing_of_the_session_before_lives_on(client: FlaskClient) -> None:
    with client.session_transaction() as before:
        before["planted"] = "by somebody else"
    token = csrf_token(client)
    client.get(choose(begin(client)))
    with client.session_transaction() as after:
        assert "planted" not in after
        assert not any(key.startswith("_state_") for key in after)
    assert client.post("/logout", data={"csrf_token": token}).status_code == 400


def test_a_browser_keeps_few_begun_sign_ins(client: FlaskClient) -> None:
    for _ in range(6):
        last = begin(client)
    with client.session_transaction() as stored:
        assert sum(key.startswith("_state_") for key in stored) == 3
    assert client.get(choose(last)).status_code == 303


def test_signing_in_is_limited_by_address(client: FlaskClient) -> None:
    answers = [client.get("/login") for _ in range(11)]
    assert [one.status_code for one in answers] == [302] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_a_target_elsewhere_leads_home(client: FlaskClient) -> None:
    answer = client.get(choose(begin(client, "https://evil.example/")))
    assert answer.headers["Location"] == "/"


def test_who_is_signed_in_goes_straight_on(app: Flask) -> None:
    answer = browser(app, "player").get("/login?next=/account/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/")


def test_without_an_application_at_discord_the_page_says_what_to_set(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    app.extensions["settings"] = replace(settings, discord_client_id="")
    answer = client.get("/login")
    assert answer.status_code == 409
    assert "DISCORD_CLIENT_ID" in answer.text


def test_signing_out_ends_the_cookie_and_every_copy_of_it(app: Flask) -> None:
    client = browser(app, "player")
    token = csrf_token(client)
    copy = client.get_cookie("session")
    assert copy is not None
    client.post("/logout", data={"csrf_token": token})
    assert client.get("/api/me").status_code == 401
    thief = app.test_client()
    thief.set_cookie("session", copy.value)
    assert thief.get("/api/me").status_code == 401
