"""What the bracket does by itself after a sync: results that arrived, and links that are sure.

Each change is a transaction of its own, committed here, and doing all of it twice changes nothing
more. What a person linked, unlinked or entered is never changed, only flagged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from webapp.bracket.autolink import auto_link
from webapp.bracket.links import count_result
from webapp.bracket.services import Bracket, derive, labels, load, outcomes, settle
from webapp.core.db import db, is_busy, reading
from webapp.core.errors import AegisError
from webapp.matches.models import Match
from webapp.tournaments.models import Game, Series, Tournament, TournamentLeague

FAULTS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError),
    *(sa.exc.SQLAlchemyError, AegisError),
)
"""What one bracket may fail with; a job's own time limit is none of them."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Moved:
    """What one pass did: games that got their result, and links made."""

    results: int
    links: int


def follow(league_id: int | None = None) -> Moved:
    """Bring every running tournament (of this league) up to what its matches say.

    A tournament in which this fails is logged and passed by: it keeps no other one waiting.
    """
    results = sum(_apart(_count_arrived, one) for one in _with_arrived(league_id))
    for tournament_id in _with_contradictions(league_id):
        _apart(_flag, tournament_id)
    links = sum(_apart(auto_link, one) for one in _linking_alone(league_id))
    return Moved(results, links)


def _apart(what: Callable[[int], int], tournament_id: int) -> int:
    try:
        return what(tournament_id)
    except FAULTS as error:
        db.session.rollback()
        if isinstance(error, AegisError) or is_busy(error):
            log.warning("follow_waits", tournament=tournament_id, error=str(error))
        else:
            log.exception("follow_failed", tournament=tournament_id)
        return 0


def _of_league(query: sa.Select[int], league_id: int | None) -> sa.Select[int]:
    if league_id is None:
        return query
    here = sa.select(TournamentLeague.tournament_id).where(TournamentLeague.league_id == league_id)
    return query.where(Tournament.id.in_(here))


def _found(query: sa.Select[int], league_id: int | None) -> list[int]:
    with reading():
        return list(db.session.scalars(_of_league(query, league_id)))


def _games() -> sa.Select[int]:
    return (
        sa.select(Tournament.id)
        .distinct()
        .join(Series, Series.tournament_id == Tournament.id)
        .join(Game, Game.series_id == Series.id)
        .join(Match, Match.id == Game.match_id)
        .where(Tournament.archived_at.is_(None))
    )


# ---- results that arrived --------------------------------------------------------------------


def _with_arrived(league_id: int | None) -> list[int]:
    arrived = (Game.state == "linked", Match.state == "detailed", Match.radiant_win.is_not(None))
    return _found(_games().where(*arrived), league_id)


def _count_arrived(tournament_id: int) -> int:
    """Count the results of games that waited for them, where that undoes nothing later."""
    bracket = load(tournament_id, lock=True)
    waiting = [game for series in bracket.series for game in series.games if game.state == "linked"]
    flags = [game.flag for game in waiting]
    matches = _matches(waiting)
    arrived = sum(_count(bracket, game, matches[game.match_id or 0]) for game in waiting)
    if arrived:
        settle(bracket)
    elif flags != [game.flag for game in waiting]:
        bracket.tournament.version += 1
    db.session.commit()
    return arrived


def _count(bracket: Bracket, game: Game, match: Match) -> bool:
    """Count one result; one that would take later results or links away is only told of."""
    count_result(game, match)
    if game.winner_id is None:
        return False
    _, gone = derive(bracket, outcomes(bracket), bracket.withdrawn)
    if not gone:
        return True
    game.winner_id = game.moved_at = None
    lost = ", ".join(labels(bracket.by_key[key] for key in bracket.by_key if key in gone))
    game.flag = (
        f"The result of match {match.id} is here. Counting it would undo {lost}:"
        " unlink it, or undo those and link it again."
    )
    return False


def _matches(games: Sequence[Game]) -> dict[int, Match]:
    query = sa.select(Match).where(Match.id.in_([game.match_id for game in games]))
    return {
        match.id: match
        for match in db.session.scalars(query, execution_options={"populate_existing": True})
    }


# ---- contradictions --------------------------------------------------------------------------

_SAID = sa.case(
    (Match.state != "detailed", None),
    (Match.radiant_win.is_(True), Game.radiant_team_id),
    (Match.radiant_win.is_(False), Game.dire_team_id),
    else_=None,
)


def _with_contradictions(league_id: int | None) -> list[int]:
    differs = sa.or_(_SAID.is_(None), Game.winner_id != _SAID)
    wrong = sa.and_(Game.flag.is_(None), differs)
    mended = sa.and_(Game.flag.is_not(None), sa.not_(differs))
    settled = (Game.state == "done", Game.winner_id.is_not(None))
    return _found(_games().where(*settled, sa.or_(wrong, mended)), league_id)


def _flag(tournament_id: int) -> int:
    """Say beside a settled game that its match tells otherwise now; what stands stays."""
    bracket = load(tournament_id, lock=True)
    settled = [
        game
        for series in bracket.series
        for game in series.games
        if game.match_id and game.winner_id
    ]
    matches = _matches(settled)
    for game in settled:
        game.flag = _contradiction(game, matches[game.match_id or 0])
    bracket.tournament.version += 1
    db.session.commit()
    return 0


def _contradiction(game: Game, match: Match) -> str | None:
    if match.state != "detailed" or match.radiant_win is None:
        return f"Match {match.id} tells of no winner any more. Unlink it, or leave it as it stands."
    said = game.radiant_team_id if match.radiant_win else game.dire_team_id
    if said == game.winner_id:
        return None
    return f"Match {match.id} names the other team as its winner now. Unlink it and link it again."


# ---- links that are sure ---------------------------------------------------------------------


def _linking_alone(league_id: int | None) -> list[int]:
    query = sa.select(Tournament.id).where(
        Tournament.auto_link == "sure",
        Tournament.state == "running",
        Tournament.archived_at.is_(None),
    )
    return _found(query, league_id)
