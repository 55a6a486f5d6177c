"""Links that Aegis makes by itself: planned from what is stored, and checked again as each is made.

A game that a person touched is left alone. Each link is a transaction of its own, committed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import aliased

from webapp.accounts import audit
from webapp.bracket.links import Linked, link
from webapp.bracket.services import of_game
from webapp.bracket.sure_links import SureLink, sure_for_series
from webapp.core.db import db, reading
from webapp.core.errors import AegisError
from webapp.core.time import utcnow
from webapp.matches.models import Match, PlayerMatchStats
from webapp.tournaments.models import (
    Game,
    Series,
    Team,
    TeamMember,
    Tournament,
    TournamentLeague,
)

ROUNDS = 20
"""How often one pass looks again, as a link can open the next series."""

EARLY = timedelta(days=1)
"""How long before a tournament's first moment a match of it may have begun."""

log = structlog.get_logger()


def planned_links(tournament_id: int) -> list[SureLink]:
    """The links that are sure now, of every series whose teams both stood in a free match."""
    met = _who_met(tournament_id)
    if not met:
        return []
    found: list[SureLink] = []
    for series in _open_series(tournament_id):
        if frozenset((series.team_a_id, series.team_b_id)) in met:
            found += sure_for_series(series.id)
    return found


def _open_series(tournament_id: int) -> Sequence[sa.Row[int, int | None, int | None]]:
    query = sa.select(Series.id, Series.team_a_id, Series.team_b_id).where(
        Series.tournament_id == tournament_id,
        Series.state.in_(("ready", "live")),
        Series.hand_score_a.is_(None),
    )
    return db.session.execute(query.order_by(Series.id)).all()


def _who_met(tournament_id: int) -> set[frozenset[int | None]]:
    """The pairs of teams of which players stood in one detailed match that is no game yet."""
    rival = aliased(Series)
    first = (
        sa.select(
            sa.func.min(
                sa.func.coalesce(rival.scheduled_at, Tournament.starts_at, Tournament.created_at)
            )
        )
        .join(Tournament, Tournament.id == rival.tournament_id)
        .where(rival.tournament_id == tournament_id, rival.state.in_(("ready", "live")))
    )
    since = db.session.scalar(first)
    if since is None:
        return set()
    leagues = sa.select(TournamentLeague.league_id).where(
        TournamentLeague.tournament_id == tournament_id
    )
    rows = db.session.execute(
        sa.select(PlayerMatchStats.match_id, TeamMember.team_id)
        .distinct()
        .join(Match, Match.id == PlayerMatchStats.match_id)
        .join(TeamMember, TeamMember.steam_id == PlayerMatchStats.steam_id)
        .join(Team, Team.id == TeamMember.team_id)
        .where(
            Match.league_id.in_(leagues),
            Match.start_time >= since - EARLY,
            Match.state == "detailed",
            Match.mark.is_(None),
            ~sa.exists().where(Game.match_id == Match.id),
            Team.tournament_id == tournament_id,
            TeamMember.left_at.is_(None),
        )
    )
    teams: dict[int, set[int]] = {}
    for match_id, team_id in rows:
        teams.setdefault(match_id, set()).add(team_id)
    return {frozenset((a, b)) for met in teams.values() for a in met for b in met if a < b}


def auto_link(tournament_id: int, *, by: int | None = None) -> int:
    """Make the links that are sure, again and again until no more are. Returns how many."""
    made = 0
    for _ in range(ROUNDS):
        with reading():
            planned = planned_links(tournament_id)
        now = sum(_make(one, by) for one in planned)
        if not now:
            break
        made += now
    return made


def _make(sure: SureLink, by: int | None) -> bool:
    """One link in its own transaction, if it is as sure as when it was planned."""
    try:
        _, game = of_game(sure.game_id, lock=True)
        if game.hands_off or not _still_sure(game.series_id, sure):
            db.session.rollback()
            return False
        done = link(sure.game_id, sure.match_id, by=by, origin="auto", facts=sure.facts)
        if not done.changed:
            db.session.rollback()
            return False
        _record(done, sure)
        db.session.commit()
    except AegisError as error:
        db.session.rollback()
        log.info("sure_link_not_made", game=sure.game_id, match=sure.match_id, why=error.message)
        return False
    return True


def _still_sure(series_id: int, sure: SureLink) -> bool:
    wanted = (sure.game_id, sure.match_id)
    return any((now.game_id, now.match_id) == wanted for now in sure_for_series(series_id))


def _record(done: Linked, sure: SureLink) -> None:
    audit.record_of_machine(
        "link by itself",
        "game",
        done.game.id,
        None,
        {
            "game": f"{done.game.series.label} game {done.game.number}",
            "match_id": sure.match_id,
            "reasons": sure.reasons,
            "at": utcnow().isoformat(),
        },
    )
