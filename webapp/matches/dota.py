"""Names, tile letters and pictures of what Steam gives as numbers.

The figures are trimmed from the npm package dotaconstants (see ``data/trim.py``). A number that is
newer than the data still reads: its tile is "?" and its name carries the number.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask

DATA = Path(__file__).parent / "data"
PICTURES = "https://cdn.cloudflare.steamstatic.com/apps/dota2/images/dota_react"


@dataclass(frozen=True, slots=True)
class Thing:
    """A hero or an item. ``picture`` is an address or empty; ``known`` is False for "?" tiles."""

    id: int
    name: str
    letters: str
    picture: str = ""
    known: bool = True


@cache
def _read(name: str) -> dict[int, Any]:
    rows: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return {int(id_): row for id_, row in rows.items()}


@cache
def _things(kind: str) -> dict[int, Thing]:
    return {
        id_: Thing(id_, name, letters, f"{PICTURES}/{kind}/{file}.png" if file else "")
        for id_, (name, letters, file) in _read(kind).items()
    }


def heroes() -> list[Thing]:
    """Every hero by name, as a filter lists them."""
    return sorted(_things("heroes").values(), key=lambda hero: hero.name)


def hero_of(id_: int | None) -> Thing:
    """The hero; 0 and None mean none was picked yet."""
    if not id_:
        return Thing(0, "No hero", "\u2013", known=False)
    return _things("heroes").get(id_) or Thing(id_, f"Unknown hero {id_}", "?", known=False)


def item_of(id_: int | None) -> Thing | None:
    """The item; 0 and None mean an empty place."""
    if not id_:
        return None
    return _things("items").get(id_) or Thing(id_, f"Unknown item {id_}", "?", known=False)


def hero_named(text: str) -> Thing | None:
    """The hero a person means by a name or a tile's letters, in any case; None if there is none."""
    wanted = text.strip().casefold()
    for hero in heroes():
        if wanted in {hero.name.casefold(), hero.letters.casefold()}:
            return hero
    return None


def ability_name(id_: int) -> str:
    return str(_read("abilities").get(id_, f"Unknown ability {id_}"))


def game_mode(id_: int | None) -> str:
    return _named("game_modes", id_, "mode")


def lobby_type(id_: int | None) -> str:
    return _named("lobby_types", id_, "lobby")


def leaver_status(id_: int | None) -> str:
    return _named("leaver_statuses", id_, "leaver status")


def abandoned(leaver: int | None) -> bool:
    """Statuses 2 to 6; 1 is leaving when it was safe to leave."""
    return leaver is not None and 2 <= leaver <= 6


def region_of(cluster: int | None) -> str:
    """The region a server cluster stands in."""
    region = _read("clusters").get(cluster or 0)
    return _named("regions", int(region), "region") if region else "Unknown region"


def series_name(series_type: int | None) -> str:
    """Steam's ``series_type``: 0 Bo1, 1 Bo3, 2 Bo5, 3 Bo2."""
    names = {0: "best of 1", 1: "best of 3", 2: "best of 5", 3: "best of 2"}
    return names.get(series_type, "") if series_type is not None else ""


def _named(table: str, id_: int | None, what: str) -> str:
    if id_ is None:
        return f"Unknown {what}"
    return str(_read(table).get(id_, f"Unknown {what} {id_}"))


def init_app(app: Flask) -> None:
    """Gives the templates the lookups that their tiles are made of."""
    app.jinja_env.globals.update(
        hero_of=hero_of,
        item_of=item_of,
        all_heroes=heroes,
        ability_name=ability_name,
        game_mode=game_mode,
        lobby_type=lobby_type,
        region_of=region_of,
        leaver_status=leaver_status,
        abandoned=abandoned,
        series_name=series_name,
    )
