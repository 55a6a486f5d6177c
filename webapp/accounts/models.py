"""People, the Steam accounts they own, their tokens, and what they changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.roles import SIGNED_IN_ROLES, includes
from webapp.accounts.steam_ids import ANONYMOUS, BASE
from webapp.core.db import Base, BigId
from webapp.core.time import utcnow

_AVATARS = "https://cdn.discordapp.com"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class User(UserMixin, Base):
    """A person who may sign in; known by the Discord id alone, never by a name."""

    __tablename__ = "user"
    __table_args__ = (
        sa.CheckConstraint(_one_of("role", SIGNED_IN_ROLES), name="role"),
        sa.CheckConstraint("discord_id > 0", name="discord_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    discord_id: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    avatar: Mapped[str] = mapped_column(sa.String(40), default="")
    role: Mapped[str] = mapped_column(sa.String(12), default="player")
    session_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_seen_at: Mapped[datetime | None]

    steam_accounts: Mapped[list[SteamAccount]] = relationship(
        order_by="SteamAccount.is_main.desc(), SteamAccount.added_at", viewonly=True
    )

    def can(self, role: str) -> bool:
        """Whether this person's role includes ``role``."""
        return includes(self.role, role)

    @property
    def avatar_url(self) -> str:
        """Discord's picture of this person, or the one it gives to those without."""
        if not self.avatar:
            return f"{_AVATARS}/embed/avatars/{(self.discord_id >> 22) % 6}.png"
        return f"{_AVATARS}/avatars/{self.discord_id}/{self.avatar}.png?size=64"


class SteamAccount(Base):
    """A steamid given to one person; nobody else can be given it while they hold it."""

    __tablename__ = "steam_account"
    __table_args__ = (
        sa.CheckConstraint(
            f"steam_id > {BASE} AND steam_id < {BASE + ANONYMOUS}",
            name="steam_id",
        ),
        sa.Index(
            "uq_steam_account_main",
            "user_id",
            unique=True,
            sqlite_where=sa.text("is_main"),
            postgresql_where=sa.text("is_main"),
        ),
    )

    steam_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    is_main: Mapped[bool] = mapped_column(default=False)
    persona: Mapped[str] = mapped_column(sa.String(100), default="")
    avatar: Mapped[str] = mapped_column(sa.String(300), default="")
    added_at: Mapped[datetime] = mapped_column(default=utcnow)
    added_by: Mapped[int | None] = mapped_column(sa.BigInteger)

    user: Mapped[User] = relationship(viewonly=True)


class SteamProfile(Base):
    """The last known name and picture of anyone seen in a match, user or not."""

    __tablename__ = "steam_profile"

    steam_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    persona: Mapped[str] = mapped_column(sa.String(100), default="", index=True)
    avatar_url: Mapped[str] = mapped_column(sa.String(300), default="")
    checked_at: Mapped[datetime] = mapped_column(default=utcnow)


class ApiToken(Base):
    """A bearer token; only its SHA-256 is kept, so a copy of the database opens nothing."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(viewonly=True)


class EndedSession(Base):
    """A session somebody signed out of, so that a copy of its cookie opens nothing."""

    __tablename__ = "ended_session"

    sid: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)


class AuditEntry(Base):
    """One change by a person, or one they were refused; rows are only ever added."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.CheckConstraint(_one_of("outcome", ("done", "refused")), name="outcome"),
        sa.Index(None, "target_kind", "target_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utcnow)
    actor_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    actor_name: Mapped[str] = mapped_column(sa.String(100))
    action: Mapped[str] = mapped_column(sa.String(80))
    target_kind: Mapped[str] = mapped_column(sa.String(40), default="")
    target_id: Mapped[str] = mapped_column(sa.String(64), default="")
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    outcome: Mapped[str] = mapped_column(sa.String(8), default="done")
    request_id: Mapped[str] = mapped_column(sa.String(64), default="")
    ip: Mapped[str] = mapped_column(sa.String(45), default="")
