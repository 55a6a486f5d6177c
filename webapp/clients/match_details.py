"""Reading the details of a match: Steam and OpenDota serve the same fields with few differences."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from webapp.clients.fields import (
    Fields,
    Unreadable,
    account,
    boolean,
    integer,
    large_id,
    mapping,
    moment,
    required_id,
    rows,
    some_id,
    text,
)
from webapp.clients.shapes import MatchDetails, PlayerLine

SEATS = frozenset({0, 1, 2, 3, 4, 128, 129, 130, 131, 132})
"""The slots of the two teams; all others are spectators' and broadcasters'."""


def _figures(shape: type, *read_otherwise: str) -> tuple[str, ...]:
    """Names of the shape's whole numbers that are taken over as they stand."""
    numbers = (field.name for field in dataclasses.fields(shape) if field.type == "int | None")
    return tuple(name for name in numbers if name not in read_otherwise)


_LINE_FIGURES = _figures(PlayerLine, "account_id")
_IDS = ("league_id", "series_id", "series_type")
_SIDE_IDS = ("radiant_team_id", "dire_team_id", "radiant_captain", "dire_captain")
_MATCH_FIGURES = _figures(MatchDetails, *_IDS, *_SIDE_IDS)


def read_details(fields: Fields) -> MatchDetails:
    """The match in ``fields``.

    Raises:
        Unreadable: it has no id, no players, a slot twice, or a figure that is none.
    """
    match_id = required_id(fields, "match_id")
    figures: dict[str, Any] = {name: integer(fields, name) for name in _MATCH_FIGURES}
    series_id = some_id(integer(fields, "series_id"))
    return MatchDetails(
        match_id=match_id,
        players=read_lines(fields.get("players")),
        league_id=some_id(integer(fields, "leagueid")),
        start_time=moment(integer(fields, "start_time")),
        radiant_win=boolean(fields, "radiant_win"),
        series_id=series_id,
        series_type=integer(fields, "series_type") if series_id else None,
        picks_bans=tuple(_picks_bans(fields.get("picks_bans"))),
        **_side(fields, "radiant"),
        **_side(fields, "dire"),
        **figures,
    )


def _side(fields: Fields, side: str) -> dict[str, Any]:
    team = fields.get(f"{side}_team")
    other_name = text(team, "name") if isinstance(team, dict) else None
    return {
        f"{side}_team_id": some_id(integer(fields, f"{side}_team_id")),
        f"{side}_name": text(fields, f"{side}_name") or other_name,
        f"{side}_logo": large_id(fields, f"{side}_logo"),
        f"{side}_team_complete": boolean(fields, f"{side}_team_complete"),
        f"{side}_captain": account(integer(fields, f"{side}_captain")),
    }


def read_lines(value: Any) -> tuple[PlayerLine, ...]:
    """The players' lines by slot, each slot once, spectators left out."""
    lines: dict[int, PlayerLine] = {}
    for row in rows(value, "players"):
        fields = mapping(row, "a player")
        slot = integer(fields, "player_slot")
        if slot is None or slot < 0:
            raise Unreadable("a player has no slot")
        if slot not in SEATS:
            continue
        if slot in lines:
            raise Unreadable("two players share a slot")
        lines[slot] = _line(slot, fields)
    if not lines:
        raise Unreadable("the answer has no players")
    return tuple(lines[slot] for slot in sorted(lines))


def _line(slot: int, fields: Fields) -> PlayerLine:
    return PlayerLine(
        player_slot=slot,
        account_id=account(integer(fields, "account_id")),
        personaname=text(fields, "personaname"),
        ability_upgrades=tuple(_upgrades(fields)),
        **{name: integer(fields, name) for name in _LINE_FIGURES},
    )


def _upgrades(fields: Fields) -> Iterable[dict[str, int | None]]:
    """Steam tells each upgrade's time and level; OpenDota the abilities' ids in order."""
    steam, opendota = fields.get("ability_upgrades"), fields.get("ability_upgrades_arr")
    if isinstance(steam, list):
        for row in steam:
            one = mapping(row, "an ability upgrade")
            yield {name: integer(one, name) for name in ("ability", "time", "level")}
    elif isinstance(opendota, list):
        for level, ability in enumerate(opendota, start=1):
            yield {
                "ability": integer({"ability": ability}, "ability"),
                "time": None,
                "level": level,
            }


def _picks_bans(value: Any) -> Iterable[dict[str, int | bool | None]]:
    for row in value if isinstance(value, list) else ():
        one = mapping(row, "a pick or ban")
        yield {
            "is_pick": boolean(one, "is_pick"),
            "hero_id": integer(one, "hero_id"),
            "team": integer(one, "team"),
            "order": integer(one, "order"),
        }
