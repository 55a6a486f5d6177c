"""The list of matches: a page of it, newest first, with all that its rows show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import defer

from webapp.core.api import from_after, to_after
from webapp.core.db import db
from webapp.leagues.models import League
from webapp.matches.filters import Condition
from webapp.matches.models import Match, PlayerMatchStats, SteamTeam
from webapp.matches.names import SIDES, side_name, team_names
from webapp.matches.reasons import no_data

PER_PAGE = 50
COUNTED_TO = 10_000
"""A list longer than this says "over 10 000": nobody needs the rest, and counting takes time."""

TEAMS_OF_NEWEST = 500
LONGEST_CURSOR = 200
UNSHOWN = (Match.picks_bans, Match.before_manual)


@dataclass(frozen=True, slots=True)
class Row:
    """A match as the table shows it. ``heroes`` are ids by side, in the order of the seats."""

    match: Match
    names: Mapping[str, str]
    heroes: Mapping[str, list[int]] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return self.match.id

    @property
    def no_data(self) -> str:
        return no_data(self.match)

    def won(self, side: str) -> bool:
        return self.match.radiant_win is (side == "radiant")


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest first, with the cursors of the pages beside this one."""

    matches: Sequence[Match]
    newer: str | None
    older: str | None


def place(text: str) -> int | None:
    """The place in a list that a cursor of its pages stands for; None without one.

    Raises:
        BadInput: it is no cursor of ours.
    """
    return from_after(text[:LONGEST_CURSOR] or None)


def matches_page(met: Sequence[Condition], *, after: str = "", before: str = "") -> Page:
    """The page after (older than) or before (newer than) a cursor; the newest without one.

    Raises:
        BadInput: the cursor is none.
    """
    query = sa.select(Match).options(*map(defer, UNSHOWN)).where(*met).limit(PER_PAGE + 1)
    newest, oldest = place(before), place(after)
    if newest is not None:
        rows = db.session.scalars(query.where(Match.id > newest).order_by(Match.id)).all()
        shown = rows[:PER_PAGE][::-1]
        return _page(shown, newer=len(rows) > PER_PAGE, older=bool(shown))
    if oldest is not None:
        query = query.where(Match.id < oldest)
    rows = db.session.scalars(query.order_by(Match.id.desc())).all()
    return _page(
        rows[:PER_PAGE], newer=oldest is not None and bool(rows), older=len(rows) > PER_PAGE
    )


def _page(shown: Sequence[Match], *, newer: bool, older: bool) -> Page:
    return Page(
        matches=shown,
        newer=to_after(shown[0].id) if newer else None,
        older=to_after(shown[-1].id) if older else None,
    )


def count(met: Sequence[Condition]) -> int:
    """How many matches meet the conditions; at most ``COUNTED_TO`` + 1 are looked at."""
    some = sa.select(sa.literal(1)).select_from(Match).where(*met).limit(COUNTED_TO + 1).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def rows_of(matches: Sequence[Match], *, with_heroes: bool = True) -> list[Row]:
    """What the table shows of these matches, in two statements."""
    teams = team_names(matches)
    heroes = _heroes([match.id for match in matches]) if with_heroes and matches else {}
    return [
        Row(
            match,
            {side: side_name(match, side, teams) for side in SIDES},
            heroes.get(match.id, {}),
        )
        for match in matches
    ]


def league_names(matches: Sequence[Match]) -> dict[int, str]:
    """What the leagues of these matches are called."""
    ids = sorted({match.league_id for match in matches})
    rows = db.session.execute(sa.select(League.id, League.name).where(League.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _heroes(match_ids: Sequence[int]) -> dict[int, dict[str, list[int]]]:
    lines = PlayerMatchStats
    rows = db.session.execute(
        sa.select(lines.match_id, lines.player_slot, lines.hero_id)
        .where(lines.match_id.in_(match_ids), lines.hero_id > 0)
        .order_by(lines.match_id, lines.player_slot)
    )
    found: dict[int, dict[str, list[int]]] = {}
    for match_id, slot, hero_id in rows:
        sides = found.setdefault(match_id, {side: [] for side in SIDES})
        sides["radiant" if slot < 128 else "dire"].append(hero_id or 0)
    return found


def teams_to_suggest(league_id: int | None) -> list[str]:
    """Names of the teams of the newest matches, for the filter's suggestions."""
    newest = sa.select(Match.radiant_team_id, Match.dire_team_id).order_by(Match.id.desc())
    if league_id is not None:
        newest = newest.where(Match.league_id == league_id)
    played = newest.limit(TEAMS_OF_NEWEST).subquery()
    ids = sa.union(sa.select(played.c.radiant_team_id), sa.select(played.c.dire_team_id))
    found = sa.select(SteamTeam.name).where(SteamTeam.id.in_(ids))
    return sorted(set(db.session.scalars(found)), key=str.casefold)
