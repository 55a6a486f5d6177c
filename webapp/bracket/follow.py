"""What the bracket does by itself after a sync: results that arrived, and links that are sure.

Each change is a transaction of its own, committed here, and doing all of it twice changes nothing
more. What a person linked, unlinked or entered is never changed, only flagged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from webapp.accounts import audit
from webapp.bracket.links import Linked, count_result, link
from webapp.bracket.services import load, settle
from webapp.bracket.sure_links import SureLink, sure_for_series
from webapp.core.db import db, reading
from webapp.core.errors import AegisError
from webapp.core.time import utcnow
from webapp.matches.models import Match
from webapp.tournaments.models import Game, Series, Tournament, TournamentLeague

ROUNDS = 20
"""How often one pass looks again, as a link can open the next series."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Moved:
    """What one pass did: games that got their result, and links made."""

    results: int
    links: int


def follow(league_id: int | None = None) -> Moved:
    """Bring every running tournament (of this league) up to what its matches say."""
    results = sum(_count_arrived(one) for one in _with_arrived(league_id))
    for tournament_id in _with_contradictions(league_id):
        _flag(tournament_id)
    links = sum(auto_link(one) for one in _linking_alone(league_id))
    return Moved(results, links)


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
    """Count the results of games that waited for them."""
    bracket = load(tournament_id, lock=True)
    waiting = [game for series in bracket.series for game in series.games if game.state == "linked"]
    matches = _matches(waiting)
    arrived = 0
    for game in waiting:
        match = matches[game.match_id or 0]
        count_result(game, match)
        arrived += game.winner_id is not None
    settle(bracket)
    db.session.commit()
    return arrived


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


def _flag(tournament_id: int) -> None:
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


def planned_links(tournament_id: int) -> list[SureLink]:
    """The links that are sure now, of every series whose teams are known."""
    open_series = db.session.scalars(
        sa.select(Series.id)
        .where(
            Series.tournament_id == tournament_id,
            Series.state.in_(("ready", "live")),
            Series.hand_score_a.is_(None),
        )
        .order_by(Series.id)
    ).all()
    return [found for series_id in open_series for found in sure_for_series(series_id)]


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
    """One link in its own transaction, unless a person was there first."""
    try:
        done = link(sure.game_id, sure.match_id, by=by, origin="auto", facts=sure.facts)
        if not done.changed or done.game.hands_off:
            db.session.rollback()
            return False
        _record(done, sure)
        db.session.commit()
    except AegisError as error:
        db.session.rollback()
        log.info("sure_link_not_made", game=sure.game_id, match=sure.match_id, why=error.message)
        return False
    return True


def _record(done: Linked, sure: SureLink) -> None:
    series = done.game.series
    audit.record_of_machine(
        "link by itself",
        "game",
        done.game.id,
        None,
        {
            "game": f"{series.label} game {done.game.number}",
            "match_id": sure.match_id,
            "reasons": sure.reasons,
            "at": utcnow().isoformat(),
        },
    )
