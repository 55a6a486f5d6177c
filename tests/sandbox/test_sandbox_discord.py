"""The stand-in's sign-in: who may ask, what a code is worth, and who comes back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.conftest import Asker
from webapp.sandbox.discord import challenge_of
from webapp.sandbox.people import PEOPLE
from webapp.sandbox.spec import DISCORD_CLIENT_ID, DISCORD_CLIENT_SECRET

CALLBACK = "http://127.0.0.1:8000/auth/discord/callback"
VERIFIER = "a-verifier-that-is-long-enough-for-the-rules-43"
WANTED = {
    "client_id": DISCORD_CLIENT_ID,
    "response_type": "code",
    "scope": "identify",
    "redirect_uri": CALLBACK,
    "state": "s t&te",
    "code_challenge": challenge_of(VERIFIER),
    "code_challenge_method": "S256",
}


def authorize(ask: Asker, **changed: str) -> requests.Response:
    return ask.get("/discord/oauth2/authorize", **(WANTED | changed))


def sent_back(ask: Asker, **changed: str) -> dict[str, str]:
    answer = authorize(ask, **changed)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def trade(ask: Asker, code: str, **changed: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": DISCORD_CLIENT_ID,
        "client_secret": DISCORD_CLIENT_SECRET,
        "code_verifier": VERIFIER,
    }
    url = f"{ask.sandbox.url}/discord/api/oauth2/token"
    return ask.session.post(url, data=form | changed, timeout=10)


def me(ask: Asker, token: str) -> requests.Response:
    url = f"{ask.sandbox.url}/discord/api/v10/users/@me"
    return ask.session.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def test_the_page_is_marked_and_offers_every_person_without_script(ask: Asker) -> None:
    page = authorize(ask)
    assert page.status_code == 200
    assert "Sandbox sign-in: nothing here is real" in page.text
    assert all(one.discord_id in page.text for one in PEOPLE)
    assert "<script" not in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("who", PEOPLE, ids=lambda one: one.username)
def test_each_person_can_sign_in(ask: Asker, who: Any) -> None:
    back = sent_back(ask, sandbox_user=who.discord_id)
    assert back["state"] == WANTED["state"]
    token = trade(ask, back["code"]).json()
    assert token.keys() == {
        *("access_token", "token_type", "expires_in", "refresh_token", "scope"),
    }
    user = me(ask, token["access_token"]).json()
    assert (user["id"], user["username"]) == (who.discord_id, who.username)
    assert (user["global_name"], user["avatar"]) == (who.global_name, who.avatar)


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "other"},
        {"response_type": "token"},
        {"scope": "email"},
        {"state": ""},
        {"redirect_uri": "https://elsewhere.example/auth/discord/callback"},
        {"redirect_uri": "http://127.0.0.1:8000/elsewhere"},
        {"code_challenge": "short"},
        {"code_challenge_method": "plain"},
        {"sandbox_user": "1"},
    ],
)
def test_a_wrong_request_is_shown_and_not_sent_back(ask: Asker, wrong: dict[str, str]) -> None:
    answer = authorize(ask, **({"sandbox_user": PEOPLE[0].discord_id} | wrong))
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_refusing_comes_back_as_access_denied(ask: Asker) -> None:
    assert sent_back(ask, sandbox_user="deny")["error"] == "access_denied"
    assert sent_back(ask, prompt="none")["error"] == "access_denied"


def test_a_code_works_once(ask: Asker) -> None:
    code = sent_back(ask, sandbox_user=PEOPLE[0].discord_id)["code"]
    assert trade(ask, code).status_code == 200
    again = trade(ask, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"code_verifier": "another-verifier-that-does-not-fit-the-challenge"}, 400, "grant"),
        ({"code_verifier": ""}, 400, "grant"),
        ({"redirect_uri": "http://127.0.0.1:9/auth/discord/callback"}, 400, "grant"),
        ({"client_secret": "wrong"}, 401, "client"),
        ({"grant_type": "password"}, 400, "grant"),
    ],
)
def test_a_code_is_refused_to_whoever_lacks_a_part(
    ask: Asker, wrong: dict[str, str], status: int, error: str
) -> None:
    code = sent_back(ask, sandbox_user=PEOPLE[0].discord_id)["code"]
    answer = trade(ask, code, **wrong)
    assert answer.status_code == status
    assert error in answer.json()["error"]


def test_the_client_may_come_by_http_basic(ask: Asker) -> None:
    code = sent_back(ask, sandbox_user=PEOPLE[0].discord_id)["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    url = f"{ask.sandbox.url}/discord/api/oauth2/token"
    client = (DISCORD_CLIENT_ID, DISCORD_CLIENT_SECRET)
    assert ask.session.post(url, data=form, auth=client, timeout=10).status_code == 200


def test_an_unknown_token_is_nobody(ask: Asker) -> None:
    assert me(ask, "made-up").status_code == 401


def test_neither_code_nor_secret_is_logged(ask: Asker) -> None:
    code = sent_back(ask, sandbox_user=PEOPLE[0].discord_id)["code"]
    token = trade(ask, code).json()["access_token"]
    me(ask, token)
    logged = repr([call.as_dict() for call in ask.sandbox.calls.all("discord")])
    assert not any(secret in logged for secret in (code, token, DISCORD_CLIENT_SECRET, VERIFIER))
    sources = [call.source for call in ask.sandbox.calls.all()]
    assert sources == ["discord_authorize", "discord_token", "discord_me"]
