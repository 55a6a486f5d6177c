"""Commands for the people of an installation; whoever may run them may do anything anyway."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from webapp.accounts import audit, people, steam_accounts, tokens
from webapp.accounts.models import User
from webapp.accounts.roles import SIGNED_IN_ROLES
from webapp.accounts.steam_ids import read_steam_ref
from webapp.core.db import db
from webapp.core.errors import BadInput

user = AppGroup("user", help="Give people roles and Steam accounts.")
token = AppGroup("token", help="Make tokens for scripts that use the API.")


@user.command()
@click.argument("discord_id")
@click.argument("role", type=click.Choice(SIGNED_IN_ROLES))
@click.option("--steam-id", help="A Steam account to give as well: a number, not a name.")
def grant(discord_id: str, role: str, steam_id: str | None) -> None:
    """Give whoever has this Discord id a role, added if absent."""
    person, before = people.grant(people.read_discord_id(discord_id), role)
    after = {"role": role}
    if steam_id:
        after["steam_id"] = str(_give(person, steam_id))
    audit.record("give role", "user", person.id, {"role": before} if before else None, after)
    name = person.name
    db.session.commit()
    click.echo(f"{name} is {role} now.")


def _give(person: User, text: str) -> int:
    """Give the account unless it is this person's already, so that the command can be repeated."""
    ref = read_steam_ref(text)
    if ref.steam_id is None:
        raise BadInput("A name must be looked up: give the 64-bit steamid or the friend id.")
    if ref.steam_id not in {one.steam_id for one in steam_accounts.steam_accounts_of(person.id)}:
        steam_accounts.give_steam_account(person, ref.steam_id)
    return ref.steam_id


@token.command()
@click.argument("discord_id")
@click.option("--name", default="command line", show_default=True, help="What it is for.")
def create(discord_id: str, name: str) -> None:
    """Make a token of this person and print it, once, alone on standard output."""
    person = people.person_by_discord_id(people.read_discord_id(discord_id))
    made, plain = tokens.create(person.id, name)
    audit.record("create token", "token", made.id, None, {"name": name, "of": person.name})
    db.session.commit()
    click.echo(plain)
