"""Looks for a secret wherever something could have been written."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import sqlalchemy as sa
from flask import Flask
from redis import Redis

from webapp.core.db import db, reading


def _forms(value: object) -> Iterator[str]:
    """A value as text; packed bytes unpacked too."""
    if not isinstance(value, (bytes, memoryview)):
        yield str(value)
        return
    raw = bytes(value)
    yield raw.decode("utf-8", "replace")
    try:
        yield zlib.decompress(raw).decode("utf-8", "replace")
    except zlib.error:
        return


def database_dump() -> Iterator[str]:
    """Every value of every row of every table, as text."""
    with reading():
        connection = db.session.connection()
        tables = sa.MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            for row in connection.execute(sa.select(table)):
                for value in row:
                    yield from _forms(value)


def redis_dump(redis: Redis) -> Iterator[str]:
    """Every key and value of Redis, of whatever type."""
    for key in redis.scan_iter(count=1000):
        yield from _forms(key)
        for value in _values(redis, key):
            yield from _forms(value)


def _values(redis: Redis, key: bytes) -> list[bytes]:
    kind = redis.type(key).decode()
    if kind == "string":
        return [redis.get(key) or b""]
    if kind == "hash":
        return [part for pair in redis.hgetall(key).items() for part in pair]
    if kind == "list":
        return list(redis.lrange(key, 0, -1))
    if kind == "set":
        return list(redis.smembers(key))
    if kind == "zset":
        return list(redis.zrange(key, 0, -1))
    assert kind in {"stream", "none"}, f"nobody looked into a {kind}"
    entries = redis.xrange(key) if kind == "stream" else []
    return [part for _, fields in entries for pair in fields.items() for part in pair]


def assert_nowhere(app: Flask, logs: str, *secrets: str) -> None:
    """None of the secrets stands in the logs, the database or Redis."""
    redis = app.extensions["outside"].redis
    rows, keys = "\n".join(database_dump()), "\n".join(redis_dump(redis))
    assert logs, "there is no log to look into"
    assert rows, "there is no row to look into"
    assert keys, "there is no key to look into"
    for secret in secrets:
        found = [
            name
            for name, text in {"logs": logs, "database": rows, "redis": keys}.items()
            if secret in text
        ]
        assert not found, f"a secret stands in: {', '.join(found)}"
