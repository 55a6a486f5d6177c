"""Lists of matches, newest first, page by page: two statements each, however many players."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.core.api import from_after, to_after
from webapp.core.db import db
from webapp.matches import services
from webapp.matches.models import Match, PlayerMatchStats


@dataclass(frozen=True, slots=True)
class Page:
    """Matches with their players' lines by match; ``next`` opens the page that follows."""

    matches: Sequence[Match]
    lines: dict[int, list[PlayerMatchStats]]
    next: str | None


def newest(league_id: int | None, state: str | None, after: str | None, limit: int) -> Page:
    """The newest matches of all leagues or of one, in any state or in one."""
    query = sa.select(Match)
    if league_id is not None:
        query = query.where(Match.league_id == league_id)
    if state is not None:
        query = query.where(Match.state == state)
    before = from_after(after)
    return _page(query if before is None else query.where(Match.id < before), limit)


def by_players(
    steam_ids: Sequence[int],
    *,
    require_all: bool,
    league_id: int | None,
    after: str | None,
    limit: int,
) -> Page:
    """The newest matches in which all of these players stood, or any of them.

    Each player's matches are read from the end of the index on (steam_id, match_id), and no
    further than one page needs.
    """
    asked, before = sorted(set(steam_ids)), from_after(after)
    if require_all:
        streams = [_stream(asked[0], asked[1:], league_id, before, limit + 1)]
    else:
        streams = [_stream(one, (), league_id, before, limit + 1) for one in asked]
    return of_streams(streams, limit)


def by_team(
    steam_team_id: int,
    *,
    league_id: int | None = None,
    state: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """The newest matches in which this Steam team stood, on either side."""
    before = from_after(after)
    met = [] if league_id is None else [Match.league_id == league_id]
    met += [] if state is None else [Match.state == state]
    met += [] if before is None else [Match.id < before]
    streams = [
        sa.select(Match.id)
        .where(side == steam_team_id, *met)
        .order_by(Match.id.desc())
        .limit(limit + 1)
        for side in (Match.radiant_team_id, Match.dire_team_id)
    ]
    return of_streams(streams, limit)


def of_streams(streams: Sequence[sa.Select[int]], limit: int) -> Page:
    """The newest matches of all streams, each of which brings ids, newest first."""
    if not streams:
        return Page([], {}, None)
    ids = sa.union(*(sa.select(stream.subquery()) for stream in streams)).subquery()
    return _page(sa.select(Match).where(Match.id.in_(sa.select(ids))), limit)


STOOD = sa.table(
    "player_match_stats", sa.column("match_id", sa.BigInteger), sa.column("steam_id", sa.BigInteger)
)
"""Who stood in which match: the two columns of the covering index, and no more to put together."""

ONE_BY_ONE = "OFFSET 0"
"""An offset of nothing keeps PostgreSQL from making joins of the probes: it would plan them for
longer than they take, and read all games of a player for the newest few."""


def _stream(
    steam_id: int, beside: Sequence[int], league_id: int | None, before: int | None, limit: int
) -> sa.Select[int]:
    line = STOOD.alias()
    query = sa.select(line.c.match_id).where(line.c.steam_id == steam_id)
    if before is not None:
        query = query.where(line.c.match_id < before)
    for other in beside:
        stood = STOOD.alias()
        here = sa.select(stood.c.match_id).where(
            stood.c.match_id == line.c.match_id, stood.c.steam_id == other
        )
        query = query.where(sa.exists(here.suffix_with(ONE_BY_ONE, dialect="postgresql")))
    if league_id is not None:
        query = query.join(Match, Match.id == line.c.match_id).where(Match.league_id == league_id)
    return query.distinct().order_by(line.c.match_id.desc()).limit(limit)


def _page(query: sa.Select[Match], limit: int) -> Page:
    found = db.session.scalars(query.order_by(Match.id.desc()).limit(limit + 1)).all()
    matches = found[:limit]
    lines = services.lines_of([match.id for match in matches]) if matches else {}
    return Page(matches, lines, to_after(matches[-1].id if len(found) > limit else None))
