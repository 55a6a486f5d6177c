"""What a request works with: its settings, the outside services, and the person who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app
from flask_login import current_user

from webapp.accounts.models import User
from webapp.clients.outside import Outside
from webapp.core.errors import NotSignedIn
from webapp.settings import Settings


@dataclass(frozen=True, slots=True)
class Shown:
    """The settings a page may speak of; none of them is a secret."""

    sandbox: bool
    base_url: str
    default_league_id: int
    has_steam_key: bool


def init_app(app: Flask) -> None:
    """Give every template ``settings``; ``current_user`` and ``csrf_token`` are there already."""
    known: Settings = app.extensions["settings"]
    shown = Shown(known.sandbox, known.base_url, known.default_league_id, bool(known.steam_api_key))
    app.context_processor(lambda: {"settings": shown})


def settings() -> Settings:
    return cast(Settings, current_app.extensions["settings"])


def outside() -> Outside:
    """Redis, the limits and the clients of Steam and OpenDota."""
    return cast(Outside, current_app.extensions["outside"])


def person() -> User:
    """Who is signed in, as read when the request began; change a row read anew, not this one.

    Raises:
        NotSignedIn: nobody is.
    """
    asking = current_user._get_current_object()
    if not isinstance(asking, User):
        raise NotSignedIn("Sign in first.")
    return asking
