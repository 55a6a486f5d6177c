"""The commands for people and tokens."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from webapp.accounts import tokens
from webapp.accounts.cli import token, user
from webapp.accounts.models import AuditEntry, SteamAccount, User
from webapp.accounts.steam_ids import BASE
from webapp.core.db import db
from webapp.core.errors import AegisError

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
DISCORD_ID = "410000000000000009"


def test_a_grant_makes_the_person_and_can_be_repeated(app: Flask) -> None:
    runner = app.test_cli_runner()
    arguments = ["grant", DISCORD_ID, "admin", "--steam-id", "101"]
    for _ in range(2):
        result = runner.invoke(user, arguments, catch_exceptions=False)
        assert result.exit_code == 0
        assert result.stdout.endswith("is admin now.\n")
    db.session.rollback()
    person = db.session.scalars(sa.select(User)).one()
    assert (person.discord_id, person.role) == (int(DISCORD_ID), "admin")
    assert db.session.scalars(sa.select(SteamAccount)).one().steam_id == BASE + 101
    rows = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert {row.actor_name for row in rows} == {"command line"}
    assert [row.before for row in rows] == [None, {"role": "admin"}]


@pytest.mark.parametrize(
    "arguments",
    [["x", "admin"], [DISCORD_ID, "admin", "--steam-id", "a-name"], ["0", "player"]],
)
def test_a_wrong_grant_stores_nothing(app: Flask, arguments: list[str]) -> None:
    with pytest.raises(AegisError):
        app.test_cli_runner().invoke(user, ["grant", *arguments], catch_exceptions=False)
    db.session.rollback()
    assert db.session.scalars(sa.select(User)).all() == []


def test_a_token_stands_alone_on_standard_output(app: Flask) -> None:
    runner = app.test_cli_runner()
    runner.invoke(user, ["grant", DISCORD_ID, "organizer"], catch_exceptions=False)
    result = runner.invoke(token, ["create", DISCORD_ID], catch_exceptions=False)
    plain = result.stdout.removesuffix("\n")
    assert "\n" not in plain
    with app.test_request_context():
        owner = tokens.verify(plain)
    assert owner is not None
    assert owner.role == "organizer"


def test_nobody_has_no_token(app: Flask) -> None:
    with pytest.raises(AegisError, match="Nobody"):
        app.test_cli_runner().invoke(token, ["create", DISCORD_ID], catch_exceptions=False)
