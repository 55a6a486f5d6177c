"""People, their roles and their Steam accounts: the services, on both databases."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.browsers import add_person
from webapp.accounts import people, steam_accounts
from webapp.accounts.models import SteamAccount, User
from webapp.accounts.steam_ids import BASE
from webapp.app import seed_sandbox
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict, NotFound

FIRST, SECOND = BASE + 101, BASE + 102


def give(user: User, steam_id: int, **more: Any) -> SteamAccount:
    return steam_accounts.give_steam_account(user, steam_id, **more)


def mains(user: User) -> list[int]:
    return [one.steam_id for one in steam_accounts.steam_accounts_of(user.id) if one.is_main]


def test_a_granted_person_is_made_once(app: Flask) -> None:
    user, before = people.grant(5, "organizer")
    assert (user.role, before) == ("organizer", None)
    again, before = people.grant(5, "player")
    assert (again.id, again.role, before) == (user.id, "player", "organizer")


def test_a_person_who_signs_in_keeps_the_role_they_were_given(app: Flask) -> None:
    people.grant(5, "organizer")
    user, new = people.arrive(people.DiscordPerson(5, "Tally\u202e\x00 ", "nonsense"))
    assert (user.role, user.name, user.avatar, new) == ("organizer", "Tally", "", False)


def test_the_only_admin_stays_one(app: Flask) -> None:
    admin = add_person("admin")
    with pytest.raises(Conflict):
        people.change_role(admin, "player")
    add_person("admin")
    assert people.change_role(admin, "player") == "admin"


@pytest.mark.parametrize("role", ["anonymous", "emperor", ""])
def test_a_role_must_exist(app: Flask, role: str) -> None:
    with pytest.raises(BadInput):
        people.change_role(add_person(), role)


def test_the_first_steam_account_is_the_main_one(app: Flask) -> None:
    user = add_person()
    assert give(user, FIRST).is_main
    assert not give(user, SECOND).is_main
    assert steam_accounts.set_main_steam_account(user, SECOND) == FIRST
    assert mains(user) == [SECOND]
    steam_accounts.remove_steam_account(user, SECOND)
    db.session.commit()
    assert mains(user) == [FIRST]


def test_the_database_itself_allows_one_main_account(app: Flask) -> None:
    user = add_person()
    give(user, FIRST)
    db.session.add(SteamAccount(steam_id=SECOND, user_id=user.id, is_main=True))
    with pytest.raises(sa.exc.IntegrityError):
        db.session.commit()


@pytest.mark.parametrize("steam_id", [0, BASE, BASE + 4294967295, 2**63 - 1])
def test_what_is_no_account_cannot_be_given(app: Flask, steam_id: int) -> None:
    with pytest.raises(BadInput):
        give(add_person(), steam_id)


def test_a_steam_account_has_one_owner_who_is_named(app: Flask) -> None:
    give(add_person(name="Mira"), FIRST)
    db.session.commit()
    with pytest.raises(Conflict, match="Mira owns"):
        give(add_person(), FIRST)


def test_only_an_own_account_can_be_changed(app: Flask) -> None:
    give(add_person(), FIRST)
    stranger = add_person()
    for change in (
        steam_accounts.remove_steam_account,
        steam_accounts.set_main_steam_account,
    ):
        with pytest.raises(NotFound):
            change(stranger, FIRST)


def test_a_change_is_told_within_its_transaction(app: Flask) -> None:
    user = add_person()
    told: list[dict[str, Any]] = []

    def listen(_sender: object, **change: Any) -> None:
        owners = sa.select(sa.func.count()).where(SteamAccount.steam_id == FIRST)
        told.append(change | {"stored": db.session.scalar(owners)})

    with steam_accounts.steam_accounts_changed.connected_to(listen):
        give(user, FIRST)
        steam_accounts.remove_steam_account(user, FIRST)
    assert told == [
        {"user_id": user.id, "added": (FIRST,), "removed": (), "stored": 1},
        {"user_id": user.id, "added": (), "removed": (FIRST,), "stored": 0},
    ]


@pytest.mark.parametrize("same_person", [True, False])
def test_of_two_who_give_one_steam_account_at_once_one_wins(app: Flask, same_person: bool) -> None:
    one = add_person().id
    other = one if same_person else add_person().id
    db.session.rollback()
    together = threading.Barrier(2, timeout=10)
    ends: list[str] = []

    def giving(user_id: int) -> None:
        with app.app_context():
            together.wait()
            try:
                give(people.person_by_id(user_id), FIRST)
                db.session.commit()
                ends.append("given")
            except Conflict:
                ends.append("conflict")

    threads = [threading.Thread(target=giving, args=[user_id]) for user_id in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(ends) == ["conflict", "given"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SteamAccount)) == 1


def test_people_are_found_by_name_persona_and_ids(app: Flask) -> None:
    mira = add_person(name="Мира 100%_x")
    give(mira, FIRST, persona="Copperfin")
    add_person(name="Somebody else")
    db.session.commit()
    for search in ("мира"[1:], "100%", "%_x", "copper", str(FIRST), str(mira.discord_id)):
        found, more = people.people(search)
        assert ([one.id for one in found], more) == ([mira.id], False), search
    for search in ("%%", "x_", "9" * 30, "nobody\x00"):
        assert people.people(search) == ([], False)


def test_people_come_in_pages(app: Flask) -> None:
    for number in range(5):
        add_person(name=f"Name {number}")
    first, more = people.people(per_page=3)
    rest, end = people.people(page=2, per_page=3)
    assert [one.name[-1] for one in first + rest] == list("01234")
    assert (more, end) == (True, False)


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "1.5", "9" * 19, "1e5"])
def test_a_discord_id_is_a_number_a_column_holds(text: str, database: str) -> None:
    with pytest.raises(BadInput) as refused:
        people.read_discord_id(text)
    assert "discord_id" in refused.value.fields


def test_the_sandbox_gives_its_people_their_roles_once(app: Flask) -> None:
    seed_sandbox()
    admin = db.session.scalars(sa.select(User).where(User.role == "admin")).one()
    admin.role = "organizer"
    db.session.commit()
    seed_sandbox()
    assert db.session.get_one(User, admin.id).role == "organizer"
    assert len(db.session.scalars(sa.select(User)).all()) == 6
