"""Discord's sign-in as its stand-in has it: authorize page, token, the signed-in person."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from webapp.sandbox.answer import Answer, discord_refusal, json_answer
from webapp.sandbox.people import Person, person
from webapp.sandbox.sign_in import problem_page, sign_in_page
from webapp.sandbox.spec import DISCORD_CLIENT_ID, DISCORD_CLIENT_SECRET, WorldSpec

Params = Mapping[str, str]
CALLBACK = "/auth/discord/callback"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
CODE_LIVES = 60
TOKEN_LIVES = 604_800


@dataclass(frozen=True)
class Grant:
    person: Person
    redirect_uri: str
    challenge: str
    scope: str
    ends: float


class Discord:
    """Codes and tokens given out; a code works once, within a minute. Thread-safe."""

    def __init__(self, spec: WorldSpec) -> None:
        self.redirect_uris = spec.redirect_uris
        self._lock = threading.Lock()
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}

    def authorize(self, params: Params) -> Answer:
        """The page to choose a person on; with ``sandbox_user`` straight back to the site."""
        problem = self._problem(params)
        if problem:
            return problem_page(problem)
        chosen = params.get("sandbox_user")
        if chosen == "deny" or (params.get("prompt") == "none" and not chosen):
            return _back(params, {"error": "access_denied", "error_description": "Denied."})
        if not chosen:
            return sign_in_page(params)
        who = person(chosen)
        if who is None:
            return problem_page("Nobody has that sandbox_user id.")
        return _back(params, {"code": self._give_code(who, params)})

    def _problem(self, params: Params) -> str:
        """What is wrong with a request to sign in, or ""."""
        checks = {
            "client_id is not the sandbox's.": params.get("client_id") == DISCORD_CLIENT_ID,
            "response_type must be code.": params.get("response_type") == "code",
            "redirect_uri is not registered.": self._may_return_to(params.get("redirect_uri", "")),
            "scope must hold identify.": "identify" in params.get("scope", "").split(),
            "state is missing.": bool(params.get("state")),
            "code_challenge_method must be S256.": params.get("code_challenge_method") == "S256",
            "code_challenge must have 43 characters.": len(params.get("code_challenge", "")) == 43,
        }
        return next((problem for problem, holds in checks.items() if not holds), "")

    def _may_return_to(self, uri: str) -> bool:
        if uri in self.redirect_uris:
            return True
        parts = urlsplit(uri)
        return (
            parts.scheme in ("http", "https")
            and parts.hostname in LOOPBACK
            and parts.path == CALLBACK
        )

    def _give_code(self, who: Person, params: Params) -> str:
        code = secrets.token_urlsafe(22)
        grant = Grant(
            who,
            params["redirect_uri"],
            params["code_challenge"],
            params["scope"],
            time.monotonic() + CODE_LIVES,
        )
        with self._lock:
            self._codes[code] = grant
        return code

    def token(self, form: Params, authorization: str) -> Answer:
        """``POST /api/oauth2/token``, form-encoded; the client by form or HTTP Basic."""
        if not _is_client(form, authorization):
            return json_answer({"error": "invalid_client"}, 401)
        if form.get("grant_type") != "authorization_code":
            return json_answer({"error": "unsupported_grant_type"}, 400)
        with self._lock:
            grant = self._codes.pop(form.get("code", ""), None)
        if grant is None or grant.ends < time.monotonic():
            return _invalid_grant('Invalid "code" in request.')
        if form.get("redirect_uri") != grant.redirect_uri:
            return _invalid_grant('Invalid "redirect_uri" in request.')
        if challenge_of(form.get("code_verifier", "")) != grant.challenge:
            return _invalid_grant('Invalid "code_verifier" in request.')
        return self._give_token(grant)

    def _give_token(self, grant: Grant) -> Answer:
        token = secrets.token_urlsafe(22)
        with self._lock:
            self._tokens[token] = grant
        body = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": TOKEN_LIVES,
            "refresh_token": secrets.token_urlsafe(22),
            "scope": grant.scope,
        }
        return json_answer(body)

    def me(self, authorization: str) -> Answer:
        """``GET /users/@me`` of the bearer."""
        with self._lock:
            grant = self._tokens.get(authorization.removeprefix("Bearer "))
        return json_answer(_user(grant.person)) if grant else discord_refusal(401)


def challenge_of(verifier: str) -> str:
    """PKCE's S256: what a verifier's challenge is."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _back(params: Params, values: dict[str, str]) -> Answer:
    query = urlencode(values | {"state": params["state"]})
    return Answer(302, headers={"Location": f"{params['redirect_uri']}?{query}"})


def _invalid_grant(why: str) -> Answer:
    return json_answer({"error": "invalid_grant", "error_description": why}, 400)


def _is_client(form: Params, authorization: str) -> bool:
    given = (form.get("client_id", ""), form.get("client_secret", ""))
    if authorization.startswith("Basic "):
        try:
            text = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
        except ValueError:
            return False
        name, _, secret = text.partition(":")
        given = (name, secret)
    return given == (DISCORD_CLIENT_ID, DISCORD_CLIENT_SECRET)


def _user(who: Person) -> dict[str, Any]:
    """The keys Discord sends for the scope ``identify``."""
    return {
        "id": who.discord_id,
        "username": who.username,
        "global_name": who.global_name,
        "discriminator": "0",
        "avatar": who.avatar,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "premium_type": 0,
        "public_flags": 0,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
        "mfa_enabled": False,
        "locale": "en-GB",
    }
