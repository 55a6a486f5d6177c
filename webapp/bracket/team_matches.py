"""The matches of a team: those in which enough of its members stood on one side."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.core.api import from_after
from webapp.matches import find
from webapp.matches.models import Match, PlayerMatchStats
from webapp.tournaments import services as tournaments
from webapp.tournaments import teams

TOGETHER = 3
"""Members on one side from which a match is the team's."""

_line, _stood = aliased(PlayerMatchStats), aliased(PlayerMatchStats)


def matches_of_team(tournament_id: int, team_id: int, after: str | None, limit: int) -> find.Page:
    """The newest matches of a team in its tournament's leagues.

    A match with three of n members has one of any n - 2, so that many members' games are read
    from the end of the index, and no further than one page needs.

    Raises:
        NotFound: this tournament has no such team.
    """
    team = teams.get(tournament_id, team_id)
    leagues = tournaments.get(tournament_id).league_ids
    members = sorted({member.steam_id for member in team.present})
    needed = min(TOGETHER, len(members)) or 1
    before = from_after(after)
    streams = [
        _stream(one, members, needed, leagues, before).limit(limit + 1)
        for one in members[: len(members) - needed + 1]
    ]
    return find.of_streams(streams, limit)


def _stream(
    steam_id: int, members: list[int], needed: int, leagues: list[int], before: int | None
) -> sa.Select[int]:
    line, stood = _line, _stood
    beside = (
        sa.select(sa.func.count())
        .where(
            stood.match_id == line.match_id,
            stood.steam_id.in_(members),
            (stood.player_slot < 128) == (line.player_slot < 128),
        )
        .scalar_subquery()
    )
    query = (
        sa.select(line.match_id)
        .join(Match, Match.id == line.match_id)
        .where(line.steam_id == steam_id, Match.league_id.in_(leagues), beside >= needed)
    )
    if before is not None:
        query = query.where(line.match_id < before)
    return query.distinct().order_by(line.match_id.desc())
