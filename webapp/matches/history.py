"""A player's matches and totals: always counted from detailed matches, never kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import defer

from webapp.accounts.models import SteamAccount, SteamProfile, User
from webapp.core.api import to_after
from webapp.core.db import db
from webapp.matches.browse import UNSHOWN, place
from webapp.matches.filters import Condition, name_met
from webapp.matches.models import Match, PlayerMatchStats
from webapp.matches.names import SIDES, Player, players_named, side_name, team_names

PER_PAGE = 50
FAVOURITES = 6
FOUND_AT_MOST = 50
SLOTS = 256
"""A line's place in a history is one number: its match id times this, plus its slot."""

Lines = PlayerMatchStats
_RADIANT = Lines.player_slot < 128
_WON = sa.case((Match.radiant_win.is_not(None) & (Match.radiant_win == _RADIANT), 1), else_=0)
_COUNTS = Match.mark.is_(None)
"""A match marked void or remake is listed, and counts in no total."""

_DECIDED = (_COUNTS, Match.state == "detailed", Match.radiant_win.is_not(None))


@dataclass(frozen=True, slots=True)
class Played:
    """A player's line with its match. ``won`` is None while nobody knows."""

    line: PlayerMatchStats
    match: Match
    names: Mapping[str, str]

    @property
    def side(self) -> str:
        return "radiant" if self.line.is_radiant else "dire"

    @property
    def won(self) -> bool | None:
        if self.match.radiant_win is None:
            return None
        return self.match.radiant_win is self.line.is_radiant


@dataclass(frozen=True, slots=True)
class HistoryPage:
    rows: Sequence[Played]
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Counted from detailed matches. Averages are per match with figures; None without any.

    ``marked`` are those that stand in the list and count nowhere.
    """

    listed: int
    marked: int
    decided: int
    won: int
    kills: float | None
    deaths: float | None
    assists: float | None

    @property
    def lost(self) -> int:
        return self.decided - self.won


@dataclass(frozen=True, slots=True)
class HeroTotal:
    hero_id: int
    played: int
    won: int


def history_page(steam_ids: Sequence[int], *, after: str = "", before: str = "") -> HistoryPage:
    """The matches of these steamids, newest first: the page after or before a cursor.

    Raises:
        BadInput: the cursor is none.
    """
    query = (
        sa.select(Lines, Match)
        .join(Match, Match.id == Lines.match_id)
        .options(defer(Lines.ability_upgrades), *map(defer, UNSHOWN))
        .where(Lines.steam_id.in_(steam_ids))
        .limit(PER_PAGE + 1)
    )
    at, newest, oldest = sa.tuple_(Lines.match_id, Lines.player_slot), place(before), place(after)
    if newest is not None:
        query = query.where(at > sa.tuple_(*divmod(newest, SLOTS)))
        found = db.session.execute(query.order_by(Lines.match_id, Lines.player_slot)).all()
        shown = found[:PER_PAGE][::-1]
        return _page(shown, newer=len(found) > PER_PAGE, older=bool(shown))
    if oldest is not None:
        query = query.where(at < sa.tuple_(*divmod(oldest, SLOTS)))
    newest_first = (Lines.match_id.desc(), Lines.player_slot.desc())
    found = db.session.execute(query.order_by(*newest_first)).all()
    return _page(
        found[:PER_PAGE], newer=oldest is not None and bool(found), older=len(found) > PER_PAGE
    )


def _page(
    shown: Sequence[sa.Row[PlayerMatchStats, Match]], *, newer: bool, older: bool
) -> HistoryPage:
    teams = team_names([match for _, match in shown])
    rows = [
        Played(line, match, {side: side_name(match, side, teams) for side in SIDES})
        for line, match in shown
    ]
    return HistoryPage(
        rows,
        _cursor(rows[0]) if newer and rows else None,
        _cursor(rows[-1]) if older and rows else None,
    )


def _cursor(row: Played) -> str | None:
    return to_after(row.line.match_id * SLOTS + row.line.player_slot)


def totals_of(steam_ids: Sequence[int]) -> Totals:
    """What these steamids' matches come to, in one statement."""
    decided = sa.and_(*_DECIDED)
    detailed = sa.and_(_COUNTS, Match.state == "detailed")
    row = db.session.execute(
        sa.select(
            _number(_COUNTS),
            _number(~_COUNTS),
            _number(decided),
            sa.func.coalesce(sa.func.sum(sa.case((decided, _WON), else_=0)), 0),
            *(
                sa.func.avg(sa.case((detailed, column)))
                for column in (Lines.kills, Lines.deaths, Lines.assists)
            ),
        )
        .select_from(Lines)
        .join(Match, Match.id == Lines.match_id)
        .where(Lines.steam_id.in_(steam_ids))
    ).one()
    listed, marked, with_result, won, *averages = row
    kills, deaths, assists = (None if one is None else float(one) for one in averages)
    return Totals(int(listed), int(marked), int(with_result), int(won), kills, deaths, assists)


def _number(met: Condition) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((met, 1), else_=0)), 0)


def favourite_heroes(steam_ids: Sequence[int]) -> list[HeroTotal]:
    """The heroes these steamids played most, of detailed matches."""
    played = sa.func.count()
    rows = db.session.execute(
        sa.select(Lines.hero_id, played, sa.func.sum(_WON))
        .join(Match, Match.id == Lines.match_id)
        .where(Lines.steam_id.in_(steam_ids), Lines.hero_id > 0, *_DECIDED)
        .group_by(Lines.hero_id)
        .order_by(played.desc(), Lines.hero_id)
        .limit(FAVOURITES)
    )
    return [HeroTotal(int(row[0]), int(row[1]), int(row[2])) for row in rows]


# ---- finding people ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FoundPlayer:
    player: Player
    matches: int


def find_players(name: str) -> list[FoundPlayer]:
    """Players by a part of their persona, or of the name of the person they belong to.

    At most fifty, those with the most matches here first.
    """
    ids = list(db.session.scalars(_ids_named(name)))
    if not ids:
        return []
    counted = db.session.execute(
        sa.select(Lines.steam_id, sa.func.count())
        .where(Lines.steam_id.in_(ids), Lines.match_id.not_in(_marked()))
        .group_by(Lines.steam_id)
    )
    matches = {int(row[0] or 0): int(row[1]) for row in counted}
    named = players_named(ids)
    found = [FoundPlayer(named[one], matches.get(one, 0)) for one in ids]
    return sorted(found, key=lambda one: (-one.matches, one.player.name.casefold()))


def _marked() -> sa.Select[int]:
    return sa.select(Match.id).where(~_COUNTS)


def _ids_named(name: str) -> sa.Select[int]:
    owned: Condition = sa.or_(name_met(User.name, name), name_met(SteamAccount.persona, name))
    people = (
        sa.select(SteamAccount.steam_id.label("steam_id"), sa.literal(0).label("place"))
        .join(User, User.id == SteamAccount.user_id)
        .where(owned)
    )
    personas = sa.select(SteamProfile.steam_id, sa.literal(1)).where(
        name_met(SteamProfile.persona, name)
    )
    met = sa.union_all(people, personas).subquery()
    return (
        sa.select(met.c.steam_id)
        .group_by(met.c.steam_id)
        .order_by(sa.func.min(met.c.place), met.c.steam_id)
        .limit(FOUND_AT_MOST)
    )
