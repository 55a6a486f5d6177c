from __future__ import annotations

import re

import pytest

from webapp.matches import dota


def test_every_hero_has_a_name_letters_of_its_own_and_a_picture() -> None:
    heroes = dota.heroes()
    assert len(heroes) == 127
    assert len({hero.letters for hero in heroes}) == len(heroes)
    assert all(re.fullmatch(r"[A-Z]{2,3}", hero.letters) for hero in heroes)
    assert all(re.search(r"/heroes/[a-z_]+\.png$", hero.picture) for hero in heroes)
    assert all(hero.name and hero.known for hero in heroes)


@pytest.mark.parametrize(
    ("id_", "name", "letters"), [(1, "Anti-Mage", "AM"), (7, "Earthshaker", "ES"), (91, "Io", "IO")]
)
def test_a_known_hero(id_: int, name: str, letters: str) -> None:
    assert (dota.hero_of(id_).name, dota.hero_of(id_).letters) == (name, letters)


def test_a_hero_newer_than_the_data_shows_its_number() -> None:
    hero = dota.hero_of(9999)
    assert (hero.letters, hero.known, hero.picture) == ("?", False, "")
    assert "9999" in hero.name


def test_an_empty_place_is_no_item_and_a_new_item_shows_its_number() -> None:
    assert dota.item_of(0) is None
    assert dota.item_of(1) == dota.Thing(
        1, "Blink Dagger", "BLK", f"{dota.PICTURES}/items/blink.png"
    )
    new = dota.item_of(98765)
    assert new is not None
    assert (new.letters, new.known) == ("?", False)


def test_a_hero_is_found_by_name_or_letters_in_any_case() -> None:
    assert dota.hero_named(" anti-mage ") == dota.hero_of(1) == dota.hero_named("am")
    assert dota.hero_named("nobody") is None


def test_names_of_what_steam_gives_as_numbers() -> None:
    assert dota.game_mode(2) == "Captains mode"
    assert dota.game_mode(99) == "Unknown mode 99"
    assert dota.lobby_type(1) == "Practice or league lobby"
    assert dota.region_of(131) == "Europe"
    assert dota.region_of(None) == "Unknown region"
    assert dota.series_name(1) == "best of 3"


def test_leaving_when_it_was_safe_is_not_an_abandon() -> None:
    assert [status for status in range(8) if dota.abandoned(status)] == [2, 3, 4, 5, 6]


def test_the_data_stays_small_and_carries_its_licence() -> None:
    files = list(dota.DATA.glob("*.json"))
    assert files
    assert sum(file.stat().st_size for file in files) < 200_000
    assert "MIT" in (dota.DATA / "LICENSE-dotaconstants.txt").read_text()
