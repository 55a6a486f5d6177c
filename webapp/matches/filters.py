"""What a reader asks of the list of matches: read from the address, turned into conditions.

A value that cannot be meant is told at its field; a name that nobody has finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from webapp.accounts.models import SteamAccount, SteamProfile, User
from webapp.accounts.steam_ids import read_steam_ref
from webapp.core.errors import BadInput
from webapp.matches import dota
from webapp.matches.models import STATES, Match, PlayerMatchStats, SteamTeam

LONGEST = 100
ANYWHERE_FROM = 3
"""Letters from which a name is met by any part of it; fewer meet the beginning of a word."""

FIRST_DAY, LAST_DAY = date(2011, 1, 1), date(2100, 1, 1)
_WORDS = {"since": "from", "until": "to"}


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters as written, and what the hero and the days were read as."""

    q: str = ""
    state: str = ""
    team: str = ""
    player: str = ""
    hero: str = ""
    since: str = ""
    until: str = ""
    hero_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set, by their names in the address."""
        texts = (one.name for one in fields(self) if one.type == "str")
        found = {_WORDS.get(name, name): getattr(self, name) for name in texts}
        return {name: text for name, text in found.items() if text}


def read_filters(args: Mapping[str, str]) -> tuple[Filters, dict[str, str]]:
    """The filters of an address, and why the wrong ones cannot be used, by field."""
    wrong: dict[str, str] = {}
    names = ("q", "state", "team", "player", "hero", "from", "to")
    texts = {name: args.get(name, "").replace("\0", "").strip() for name in names}
    for name, text in texts.items():
        if len(text) > LONGEST:
            wrong[name] = f"at most {LONGEST} characters"
    if texts["state"] and texts["state"] not in STATES:
        wrong["state"] = f"one of {', '.join(STATES)}"
    first, last = _day(texts["from"], "from", wrong), _day(texts["to"], "to", wrong)
    if first and last and last < first:
        wrong["to"] = "before the first day"
    hero_id = _hero(texts["hero"], wrong)
    return Filters(
        q=texts["q"],
        state=texts["state"],
        team=texts["team"],
        player=texts["player"],
        hero=texts["hero"],
        since=texts["from"],
        until=texts["to"],
        hero_id=hero_id,
        first_day=first,
        last_day=last,
    ), wrong


def _day(text: str, name: str, wrong: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not FIRST_DAY <= found <= LAST_DAY:
        wrong[name] = "a day, such as 2026-11-15"
        return None
    return found


def _hero(text: str, wrong: dict[str, str]) -> int | None:
    if not text:
        return None
    number = _number(text)
    if number is not None:
        return number
    hero = dota.hero_named(text)
    if hero is None:
        wrong["hero"] = "no hero is called that"
        return None
    return hero.id


def _number(text: str) -> int | None:
    """An id, where the text is one that a column could hold."""
    if re.fullmatch(r"[0-9]{1,19}", text) and int(text) < 2**63:
        return int(text)
    return None


# ---- as conditions -----------------------------------------------------------------------------

Condition = sa.ColumnElement[bool]


def conditions(filters: Filters, league_id: int | None, zone: tzinfo) -> list[Condition]:
    """What a match must meet. Asks the database nothing: names are met in subqueries."""
    met: list[Condition] = []
    if league_id is not None:
        met.append(Match.league_id == league_id)
    if filters.state:
        met.append(Match.state == filters.state)
    if filters.team:
        met.append(_of_team(filters.team))
    if filters.player:
        met.append(_of_player(filters.player))
    if filters.hero_id is not None:
        met.append(_in_lines(PlayerMatchStats.hero_id == filters.hero_id))
    if filters.first_day:
        met.append(Match.start_time >= _midnight(filters.first_day, zone))
    if filters.last_day:
        met.append(Match.start_time < _midnight(filters.last_day + timedelta(days=1), zone))
    if filters.q:
        met.append(_of_search(filters.q))
    return met


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _of_search(text: str) -> Condition:
    """A match id, a team or a player: a number is each of them by id, a name the last two."""
    parts = [_of_team(text), _of_player(text)]
    number = _number(text)
    if number is not None:
        parts.append(Match.id == number)
    return sa.or_(*parts)


def _of_team(text: str) -> Condition:
    number = _number(text)
    named = sa.select(SteamTeam.id).where(name_met(SteamTeam.name, text))
    met: list[Condition] = [Match.radiant_team_id.in_(named), Match.dire_team_id.in_(named)]
    if number is not None:
        met += [Match.radiant_team_id == number, Match.dire_team_id == number]
    return sa.or_(*met)


def _of_player(text: str) -> Condition:
    return _in_lines(PlayerMatchStats.steam_id.in_(steam_ids_met(text)))


def _in_lines(condition: Condition) -> Condition:
    return Match.id.in_(sa.select(PlayerMatchStats.match_id).where(condition))


def name_met(column: InstrumentedAttribute[str], text: str) -> Condition:
    """A name by any part of it, by the beginning of a word if short; % and _ mean themselves."""
    if len(text) < ANYWHERE_FROM:
        at_start = column.istartswith(text, autoescape=True)
        return at_start | column.icontains(f" {text}", autoescape=True)
    return column.icontains(text, autoescape=True)


def exact_steam_id(text: str) -> int | None:
    """The steamid where one is written: a number, a profile's address, [U:1:...]."""
    try:
        return read_steam_ref(text).steam_id
    except BadInput:
        return None


def steam_ids_met(text: str) -> sa.Select[int]:
    """The steamids a reader may mean: one by number or address, else those of a name."""
    steam_id = exact_steam_id(text)
    if steam_id is not None:
        return sa.select(sa.literal(steam_id, sa.BigInteger))
    people = (
        sa.select(SteamAccount.steam_id)
        .join(User, User.id == SteamAccount.user_id)
        .where(sa.or_(name_met(User.name, text), name_met(SteamAccount.persona, text)))
    )
    personas = sa.select(SteamProfile.steam_id).where(name_met(SteamProfile.persona, text))
    return sa.select(sa.union(people, personas).subquery().c.steam_id)
