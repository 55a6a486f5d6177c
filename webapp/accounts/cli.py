"""``aegis user`` and ``aegis token``: the first admin comes from here."""

from __future__ import annotations

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from webapp.accounts import audit, people, steam_accounts, tokens
from webapp.accounts.models import User
from webapp.accounts.roles import SIGNED_IN_ROLES
from webapp.accounts.steam_ids import read_steam_ref
from webapp.core.db import db
from webapp.core.errors import BadInput, NotFound


@click.group()
def user() -> None:
    """Give people roles and Steam accounts."""


@user.command()
@click.argument("discord_id")
@click.argument("role", type=click.Choice(SIGNED_IN_ROLES))
@click.option("--steam-id", help="A Steam account of theirs: its steamid, friend id or address.")
@with_appcontext
def grant(discord_id: str, role: str, steam_id: str | None) -> None:
    """Give ROLE to the person with this Discord id, who need not have signed in yet."""
    someone, before = people.grant(people.read_discord_id(discord_id), role)
    db.session.flush()
    audit.record("user.role", "user", someone.id, {"role": before}, {"role": role})
    if steam_id:
        _give(someone, _read_steam_id(steam_id))
    db.session.commit()
    click.echo(f"{someone.name} is now {role}.")


def _read_steam_id(text: str) -> int:
    found = read_steam_ref(text).steam_id
    if found is None:
        raise BadInput("Only Steam can tell whose name that is. Give the steamid or friend id.")
    return found


def _give(someone: User, steam_id: int) -> None:
    if steam_id in (account.steam_id for account in steam_accounts.steam_accounts_of(someone.id)):
        return
    steam_accounts.give_steam_account(someone, steam_id)
    audit.record("user.steam", "user", someone.id, None, {"steam_id": str(steam_id)})


@click.group()
def token() -> None:
    """Make tokens for scripts that use the API."""


@token.command()
@click.argument("discord_id")
@click.option("--name", default="command line", show_default=True, help="What it is for.")
@with_appcontext
def create(discord_id: str, name: str) -> None:
    """Print a new bearer token of this person, which nothing can show again."""
    wanted = User.discord_id == people.read_discord_id(discord_id)
    someone = db.session.scalar(sa.select(User).where(wanted))
    if someone is None:
        raise NotFound("Nobody has this Discord id yet: run aegis user grant first.")
    made, plain = tokens.create(someone.id, name)
    audit.record("token.create", "token", made.id, None, {"name": made.name})
    db.session.commit()
    click.echo(plain)
