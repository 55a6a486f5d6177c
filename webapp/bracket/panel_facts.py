"""What a panel reads besides the bracket and its facts: linked matches, and people's names."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.core.db import db
from webapp.matches.models import Match
from webapp.tournaments.models import Series


def matches_of(series: Series) -> dict[int, Match]:
    """The matches its games are linked to, in one statement."""
    ids = [game.match_id for game in series.games if game.match_id is not None]
    if not ids:
        return {}
    query = sa.select(Match).where(Match.id.in_(ids))
    return {match.id: match for match in db.session.scalars(query)}


def names_of(people: Collection[int | None]) -> dict[int, str]:
    """The names of these people by id, in one statement; of nobody in none."""
    ids = {one for one in people if one is not None}
    if not ids:
        return {}
    rows = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}
