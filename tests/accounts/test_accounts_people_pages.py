"""The admins' pages for people, with Steam's stand-in behind the look-ups."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.browsers import add_person, csrf_token, sign_in
from webapp.accounts import profiles, steam_accounts
from webapp.accounts.models import AuditEntry, SteamAccount, SteamProfile, User
from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.sandbox.faults import Rule
from webapp.sandbox.people import FIRST_ACCOUNT
from webapp.sandbox.people import steam_id as id_of
from webapp.sandbox.server import Sandbox
from webapp.settings import Settings

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
TALLY = int(id_of(FIRST_ACCOUNT + 1))


@pytest.fixture(scope="module")
def services() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def settings(settings: Settings, services: Sandbox) -> Settings:
    url = f"{services.url}/steam"
    return replace(settings, steam_api_key="sandbox-steam-key", steam_api_url=url)


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return sign_in(app, add_person("admin", "Ilse"))


def post(client: FlaskClient, path: str, **form: object) -> int:
    form["csrf_token"] = csrf_token(client)
    return client.post(path, data=form).status_code


def sealed(page: str) -> str:
    found = re.search(r'name="found" value="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


def test_an_account_is_shown_before_it_is_given(admin: FlaskClient) -> None:
    user_id = add_person(name="Tomas").id
    page = admin.get(f"/people/{user_id}", query_string={"steam": f"[U:1:{FIRST_ACCOUNT + 1}]"})
    assert "Tally" in page.text
    assert "https://avatars.steamstatic.com/" in page.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SteamAccount)) == 0
    assert post(admin, f"/people/{user_id}/steam", found=sealed(page.text)) == 303
    account = db.session.scalars(sa.select(SteamAccount)).one()
    assert (account.steam_id, account.user_id, account.persona) == (TALLY, user_id, "Tally")
    assert (account.is_main, account.added_by is not None) == (True, True)
    assert db.session.get_one(SteamProfile, TALLY).persona == "Tally"
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert entry.after == {"steam_id": str(TALLY), "persona": "Tally"}
    assert "Tally" in admin.get("/people/?q=tally").text


def test_a_vanity_name_finds_its_account(admin: FlaskClient) -> None:
    page = admin.get(
        f"/people/{add_person().id}?steam=https://steamcommunity.com/id/tally",
        headers={"HX-Request": "true", "HX-Target": "give-steam"},
    )
    assert str(TALLY) in page.text
    assert page.text.lstrip().startswith("<section")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("not an account", "Give a profile address"),
        ("nobody-has-this-name", "Nobody on Steam has the vanity name"),
        (str(TALLY + 900_000_000), "Steam knows no account"),
    ],
)
def test_what_is_no_account_is_said_at_its_field(
    admin: FlaskClient, written: str, said: str
) -> None:
    answer = admin.get(f"/people/{add_person().id}", query_string={"steam": written})
    assert answer.status_code == 400
    assert said in answer.text
    assert 'name="found"' not in answer.text


def test_a_silent_steam_is_said_in_words(admin: FlaskClient, services: Sandbox) -> None:
    user_id = add_person().id
    services.faults.put(Rule("status", source="steam", status=403))
    try:
        answer = admin.get(f"/people/{user_id}?steam={TALLY}")
    finally:
        services.faults.clear()
    assert answer.status_code == 400
    assert "Steam does not answer just now" in answer.text


def test_without_a_key_a_number_can_be_given_and_a_name_cannot(
    app: Flask, admin: FlaskClient, settings: Settings
) -> None:
    app.extensions["settings"] = replace(settings, steam_api_key="")
    user_id = add_person().id
    assert admin.get(f"/people/{user_id}?steam=tally").status_code == 400
    page = admin.get(f"/people/{user_id}?steam={TALLY}")
    assert "Steam was not asked" in page.text
    assert post(admin, f"/people/{user_id}/steam", found=sealed(page.text)) == 303


def test_what_was_found_is_for_that_person_alone(admin: FlaskClient) -> None:
    one, other = add_person().id, add_person().id
    found = sealed(admin.get(f"/people/{one}?steam={TALLY}").text)
    assert post(admin, f"/people/{other}/steam", found=found) == 400
    assert post(admin, f"/people/{one}/steam", found="x" + found) == 400
    assert post(admin, f"/people/{one}/steam", steam_id=TALLY) == 400
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SteamAccount)) == 0


def test_the_owner_of_a_taken_account_is_named(admin: FlaskClient) -> None:
    steam_accounts.give_steam_account(add_person(name="Mira"), TALLY)
    db.session.commit()
    user_id = add_person().id
    found = sealed(admin.get(f"/people/{user_id}?steam={TALLY}").text)
    answer = admin.post(
        f"/people/{user_id}/steam", data={"found": found, "csrf_token": csrf_token(admin)}
    )
    assert answer.status_code == 409
    assert "belongs to Mira" in answer.text
    assert db.session.scalars(sa.select(AuditEntry.outcome)).all() == ["refused"]


def test_accounts_are_made_main_and_removed(admin: FlaskClient) -> None:
    user = add_person()
    for steam_id in (TALLY, TALLY + 1):
        steam_accounts.give_steam_account(user, steam_id)
    db.session.commit()
    base = f"/people/{user.id}/steam/{TALLY + 1}"
    assert post(admin, f"{base}/main") == 303
    assert post(admin, f"{base}/remove") == 303
    assert post(admin, f"{base}/remove") == 404
    left = db.session.scalars(sa.select(SteamAccount)).one()
    assert (left.steam_id, left.is_main) == (TALLY, True)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"discord_id": "77", "role": "organizer", "name": "Copperfin"}, 303),
        ({"discord_id": "seven", "role": "player"}, 400),
        ({"discord_id": "77", "role": "emperor"}, 400),
        ({}, 400),
    ],
)
def test_somebody_is_added_by_discord_id(
    admin: FlaskClient, form: dict[str, str], status: int
) -> None:
    assert post(admin, "/people/", **form) == status
    added = db.session.scalars(sa.select(User).where(User.discord_id == 77)).all()
    expected = [("Copperfin", "organizer")] if status == 303 else []
    assert [(user.name, user.role) for user in added] == expected


def test_a_role_is_changed(admin: FlaskClient) -> None:
    user_id = add_person("player").id
    assert post(admin, f"/people/{user_id}/role", role="organizer") == 303
    assert db.session.get_one(User, user_id).role == "organizer"
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.before, entry.after) == ({"role": "player"}, {"role": "organizer"})


def test_names_from_outside_stay_text(admin: FlaskClient) -> None:
    name = "<img src=x onerror=alert(1)>\"'{{7*7}}"
    user = add_person(name=name)
    steam_accounts.give_steam_account(user, TALLY, persona=name)
    db.session.commit()
    for path in ("/people/", f"/people/{user.id}", f"/people/?q={name[1:4]}", "/audit/"):
        page = admin.get(path).text
        assert "<img src=x" not in page
        assert "49" not in re.findall(r"onerror.{0,80}", page)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://avatars.steamstatic.com/a.jpg", True),
        ("https://steamcdn-a.akamaihd.net/a.jpg", True),
        ("http://avatars.steamstatic.com/a.jpg", False),
        ("https://evilsteamstatic.com/a.jpg", False),
        ("https://avatars.steamstatic.com.evil.example/a.jpg", False),
        ("javascript:alert(1)", False),
        (None, False),
    ],
)
def test_a_picture_comes_from_steam_alone(url: str | None, kept: bool, database: str) -> None:
    assert profiles.picture(url) == (url if kept else "")


def test_a_seal_lasts_an_hour(database: str) -> None:
    found = profiles.FoundProfile(TALLY, "Tally", "")
    text = profiles.seal("a key", 5, found)
    assert profiles.unseal("a key", 5, text) == found
    with pytest.raises(BadInput):
        profiles.unseal("another key", 5, text)
