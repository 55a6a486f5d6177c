"""``/healthz``: this process answers. ``/readyz``: so do the database and Redis."""

from __future__ import annotations

import sqlalchemy as sa
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webapp.core.db import db


def failing(redis: Redis) -> list[str]:
    """The parts that do not answer; empty when all is well."""
    parts = []
    try:
        db.session.execute(sa.select(1))
    except SQLAlchemyError:
        db.session.rollback()
        parts.append("database")
    try:
        redis.ping()
    except RedisError:
        parts.append("redis")
    return parts
