"""What a request works with: its settings, the outside services, and the person who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app
from flask_login import current_user

from webapp.accounts.models import User
from webapp.core.errors import NotSignedIn
from webapp.settings import Settings

if TYPE_CHECKING:
    from webapp.clients.outside import Outside


def settings() -> Settings:
    return cast(Settings, current_app.extensions["settings"])


def outside() -> Outside:
    """Redis, the limits and the clients of Steam and OpenDota."""
    return cast("Outside", current_app.extensions["outside"])


def person() -> User:
    """Who is signed in, as read when the request began; change a row read anew, not this one.

    Raises:
        NotSignedIn: nobody is.
    """
    asking = current_user._get_current_object()
    if not isinstance(asking, User):
        raise NotSignedIn("Sign in first.")
    return asking
