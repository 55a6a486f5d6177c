"""Looking a league up: by id or name, told honestly, and kept for some hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from webapp.clients.outside import Outside
from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.leagues.lookup import NOTHING_LISTED, Asker, Hit, matching
from webapp.sandbox.faults import Rule
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import LeagueSpec, WorldSpec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LONG, SHORT, EMPTY = 17929, 18204, 18377


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    leagues = (
        LeagueSpec(LONG, "Northern Lights League", 130),
        LeagueSpec(SHORT, "Copper Coast Cup", 12),
        LeagueSpec(EMPTY, "Northern Winter Cup", 0),
    )
    with Sandbox(WorldSpec(leagues=leagues)) as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], sandbox: Sandbox) -> dict[str, str]:
    return environment | {
        "STEAM_API_KEY": sandbox.world.spec.steam_key,
        "STEAM_API_URL": f"{sandbox.url}/steam",
        "DOTA2_WEB_URL": f"{sandbox.url}/webapi",
        "OPENDOTA_API_URL": f"{sandbox.url}/opendota",
    }


@pytest.fixture
def asker(app: Flask) -> Asker:
    outside: Outside = app.extensions["outside"]
    return Asker(outside, True, 1)


def test_an_id_finds_its_name_its_matches_and_the_newest(asker: Asker, sandbox: Sandbox) -> None:
    found = asker.look_up(str(SHORT)).found
    assert found is not None
    assert (found.name, found.listed, found.more) == ("Copper Coast Cup", 12, False)
    newest = sandbox.world.finished(SHORT)[0]
    assert found.newest_id == newest.match_id
    assert found.newest == datetime.fromtimestamp(newest.start, UTC)


def test_a_long_list_is_told_as_at_least_a_page(asker: Asker) -> None:
    found = asker.look_up(f" {LONG} ").found
    assert found is not None
    assert (found.listed, found.more) == (100, True)


def test_a_part_of_a_name_that_fits_one_league_finds_it(asker: Asker) -> None:
    found = asker.look_up("coast CUP").found
    assert found is not None
    assert found.league_id == SHORT


def test_a_name_of_several_leagues_is_a_list_to_choose_from(asker: Asker) -> None:
    answer = asker.look_up("northern")
    assert answer.found is None
    assert {hit.league_id for hit in answer.hits} == {LONG, EMPTY}


def test_a_name_of_no_league_finds_nothing(asker: Asker) -> None:
    answer = asker.look_up("no such cup")
    assert (answer.found, answer.hits, answer.trouble) == (None, (), "")


def test_an_id_under_which_nothing_is_listed_says_so(asker: Asker) -> None:
    found = asker.look_up("555").found
    assert found is not None
    assert found.nothing_listed
    assert found.name is None
    assert NOTHING_LISTED.startswith("Steam lists nothing under this id: a wrong id, or no match")


def test_the_list_of_names_is_asked_for_once(asker: Asker, sandbox: Sandbox) -> None:
    asker.look_up("cup")
    asker.look_up("league")
    assert len(sandbox.calls.all("leagues")) == 1


@pytest.mark.parametrize("text", ["0", "2147483648", "9" * 5000])
def test_a_number_no_league_can_have_is_refused(asker: Asker, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        asker.look_up(text)
    assert "league" in refused.value.fields


def test_without_a_key_the_name_is_still_found(asker: Asker) -> None:
    found = Asker(asker.outside, False, 1).look_up(str(SHORT)).found
    assert found is not None
    assert (found.name, found.listed) == ("Copper Coast Cup", None)
    assert "STEAM_API_KEY" in found.trouble


def test_a_steam_that_fails_is_told_and_no_league_is_called_empty(
    asker: Asker, sandbox: Sandbox
) -> None:
    sandbox.faults.put(Rule(action="status", status=503, source="history"))
    found = asker.look_up(str(SHORT)).found
    assert found is not None
    assert not found.nothing_listed
    assert "Steam" in found.trouble
    db.session.rollback()


def test_the_same_name_comes_first_then_the_newest(database: str) -> None:
    old, new = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    names = [Hit(1, "Cup of Cups", new), Hit(2, "Cup", old), Hit(3, "A Cup", None)]
    assert [hit.league_id for hit in matching("cup", names)] == [2, 1, 3]
