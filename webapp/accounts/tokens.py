"""Bearer tokens: shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask, Response, g
from sqlalchemy.exc import OperationalError

from webapp.accounts.models import ApiToken, User
from webapp.core.db import db, set_reading
from webapp.core.errors import BadInput, Conflict, NotFound
from webapp.core.time import utcnow

PREFIX = "aegis_"
NOTED_EVERY = timedelta(hours=1)
MOST = 20


def create(user_id: int, name: str) -> tuple[ApiToken, str]:
    """A new token of this person and its plaintext, which nothing can show again.

    Raises:
        BadInput: the name is empty or too long.
        Conflict: this person has as many tokens as anyone may.
    """
    name = name.strip()
    if not 1 <= len(name) <= 80:
        raise BadInput("Give the token a name.", fields={"name": "1 to 80 characters"})
    if len(of(user_id)) >= MOST:
        raise Conflict(f"Nobody may have more than {MOST} tokens. Revoke one first.")
    plain = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(hash=_hash(plain), name=name, user_id=user_id)
    db.session.add(token)
    db.session.flush()
    return token, plain


def of(user_id: int) -> list[ApiToken]:
    """This person's tokens that work, newest first."""
    found = sa.select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    return list(db.session.scalars(found.order_by(ApiToken.id.desc())))


def revoke(user_id: int, token_id: int) -> ApiToken:
    """End one of this person's tokens.

    Raises:
        NotFound: they have no such token, or it was revoked before.
    """
    token = db.session.get(ApiToken, token_id)
    if token is None or token.user_id != user_id or token.revoked_at:
        raise NotFound("There is no such token.")
    token.revoked_at = utcnow()
    return token


def verify(plain: str) -> User | None:
    """Whose token this is; None for one unknown or revoked.

    It is looked up by its hash, so the time taken says nothing about how near a guess was.
    """
    row = db.session.execute(
        sa.select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.hash == _hash(plain), ApiToken.revoked_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    g.by_token = row.ApiToken.id
    if not row.ApiToken.last_used_at or utcnow() - row.ApiToken.last_used_at > NOTED_EVERY:
        g.token_to_note = row.ApiToken.id
    user: User = row.User
    return user


def init_app(app: Flask) -> None:
    app.after_request(_note_use)


def _note_use(response: Response) -> Response:
    """Write down, at most once an hour, that a token was used; in a transaction of its own."""
    token_id = g.pop("token_to_note", None)
    if token_id is None:
        return response
    db.session.rollback()
    set_reading(False)
    try:
        noted = sa.update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=utcnow())
        db.session.execute(noted)
        db.session.commit()
    except OperationalError:
        db.session.rollback()
    return response


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()
