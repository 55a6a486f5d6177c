"""The banner around every page: what is live in the tournaments of whoever is signed in."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from webapp.accounts.context import outside
from webapp.accounts.models import SteamAccount, User
from webapp.bracket import live_games
from webapp.bracket.live_games import LiveShort
from webapp.core.db import db
from webapp.tournaments.models import Team, TeamMember


def of(user: User) -> list[LiveShort]:
    """The live games of this person's tournaments, an organizer's being all: one statement.

    Read from what is kept; while nothing is live there is no statement at all.
    """
    live = live_games.everything(outside().redis)
    if not live or user.can("organizer"):
        return live
    mine = _of_tournaments(user.id, [one.tournament_id for one in live])
    return [one for one in live if one.tournament_id in mine]


def _of_tournaments(user_id: int, tournament_ids: Sequence[int]) -> set[int]:
    """Those of these tournaments in which one of this person's accounts plays."""
    accounts = sa.select(SteamAccount.steam_id).where(SteamAccount.user_id == user_id)
    rows = db.session.scalars(
        sa.select(Team.tournament_id)
        .distinct()
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(
            Team.tournament_id.in_(tournament_ids),
            TeamMember.steam_id.in_(accounts),
            TeamMember.left_at.is_(None),
        )
    )
    return set(rows)
