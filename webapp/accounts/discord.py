"""Discord's sign-in: OAuth 2 with PKCE, asking for the scope ``identify`` alone."""

from __future__ import annotations

from typing import Any

import requests
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app, session
from werkzeug.wrappers import Response

from webapp.accounts.people import DiscordPerson, read_discord_id
from webapp.core.errors import BadInput, Busy
from webapp.settings import Settings

CONNECT_AND_READ_SECONDS = (5, 10)
MOST_AT_ONCE = 3
"""How many sign-ins one browser may have begun; each keeps its state in the cookie."""

_STATE = "_state_discord_"
_OURS = {"mismatching_state", "invalid_grant"}
"""What Authlib and Discord call a state or a code that is not, or no longer, this browser's."""

_AWAY = "Discord does not answer as it should just now. Try again in a minute."
log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    oauth: Any = OAuth(app)  # type: ignore[no-untyped-call]  # it has no types
    oauth.register(
        "discord",
        client_id=settings.discord_client_id,
        client_secret=settings.discord_client_secret,
        authorize_url=settings.discord_authorize_url,
        access_token_url=settings.discord_token_url,
        client_kwargs={
            "scope": "identify",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": "client_secret_post",
            "default_timeout": CONNECT_AND_READ_SECONDS,
        },
    )


def go_there(redirect_uri: str) -> Response:
    """Send the browser to Discord, its state noted in the session."""
    _forget_states(keep=MOST_AT_ONCE - 1)
    answer: Response = _client().authorize_redirect(redirect_uri)
    return answer


def who_came_back() -> DiscordPerson:
    """Who Discord says the returning browser is; what it says is used once.

    Raises:
        BadInput: this sign-in did not begin in this browser, or was used before.
        Busy: Discord did not answer as it should.
    """
    try:
        token = _client().authorize_access_token(allow_redirects=False)
        me = current_app.extensions["settings"].discord_api_url + "/users/@me"
        reply = _client().get(me, token=token, allow_redirects=False)
        reply.raise_for_status()
        return _read(reply.json())
    except AuthlibBaseError as error:
        log.warning("a sign-in was refused", error=str(error.error))
        if error.error not in _OURS:
            raise Busy(_AWAY, retry_after=60) from None
        raise BadInput("This sign-in is over, or began elsewhere. Sign in again.") from None
    except (requests.RequestException, ValueError, KeyError, TypeError, BadInput) as error:
        log.warning("discord could not be read", error=type(error).__name__)
        raise Busy(_AWAY, retry_after=60) from None


def forget() -> None:
    """Drop what was begun and not ended."""
    _forget_states(keep=0)


def _client() -> Any:
    return current_app.extensions["authlib.integrations.flask_client"].discord


def _read(user: Any) -> DiscordPerson:
    if not isinstance(user, dict):
        raise ValueError("not a person")
    name = user.get("global_name") or user["username"]
    return DiscordPerson(read_discord_id(str(user["id"])), str(name), str(user.get("avatar") or ""))


def _forget_states(*, keep: int) -> None:
    begun = sorted((key for key in session if key.startswith(_STATE)), key=_ends)
    for key in begun[: max(0, len(begun) - keep)]:
        session.pop(key)


def _ends(key: str) -> float:
    return float(session[key].get("exp") or 0)
