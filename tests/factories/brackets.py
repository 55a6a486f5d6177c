"""Generated brackets, and the matches of their games as a sync would have stored them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tests.factories.tournaments import LEAGUE, make_tournament
from webapp.accounts.steam_ids import BASE
from webapp.bracket.generation import generate_bracket
from webapp.bracket.services import Bracket
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.matches.models import Match, PlayerMatchStats
from webapp.tournaments.models import Series, TeamMember

_ids = itertools.count(8_600_000_001)


def make_bracket(teams: int = 8, format: str = "double_elimination", **columns: Any) -> Bracket:
    """A tournament whose bracket is generated, Team 1 the best seed; commits."""
    tournament = make_tournament(teams, format=format, **columns)
    bracket = generate_bracket(tournament.id, "manual")
    db.session.commit()
    return bracket


def labelled(bracket: Bracket, label: str) -> Series:
    return next(series for series in bracket.series if series.label == label)


def play(
    series: Series,
    winner: int | None,
    *,
    start: datetime | None = None,
    state: str = "detailed",
    swapped: bool = False,
    league_id: int = LEAGUE,
    duration: int = 2400,
    missing: Sequence[int] = (),
) -> Match:
    """A match between the two teams of a series; team a is radiant unless ``swapped``. Commits.

    ``winner`` is a team's id; ``missing`` are steamids whose seats are anonymous.
    """
    radiant, dire = series.team_a_id, series.team_b_id
    if swapped:
        radiant, dire = dire, radiant
    detailed = state == "detailed"
    match = Match(
        id=next(_ids),
        league_id=league_id,
        state=state,
        source="sequence" if detailed else None,
        start_time=start or utcnow() - timedelta(hours=1),
        duration=duration if detailed else None,
        radiant_win=winner == radiant if detailed else None,
        radiant_score=41 if detailed else None,
        dire_score=27 if detailed else None,
        next_attempt_at=utcnow() + timedelta(hours=1) if state == "stub" else None,
        created_at=utcnow(),
    )
    db.session.add(match)
    db.session.flush()
    for first, team_id in ((0, radiant), (128, dire)):
        query = sa.select(TeamMember.steam_id).where(TeamMember.team_id == team_id)
        for seat, steam_id in enumerate(db.session.scalars(query.order_by(TeamMember.id)).all()):
            known = None if steam_id in missing else steam_id
            db.session.add(
                PlayerMatchStats(
                    match_id=match.id,
                    player_slot=first + seat,
                    steam_id=known,
                    account_id=known - BASE if known else None,
                )
            )
    db.session.commit()
    return match


def detail(match: Match, *, radiant_win: bool) -> None:
    """Details arrive for a stub. Commits."""
    match.state, match.source, match.radiant_win = "detailed", "sequence", radiant_win
    match.duration, match.next_attempt_at = 2400, None
    db.session.commit()
