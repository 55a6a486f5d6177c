"""The facts that suggestions rest on, read in four statements however many matches are stored.

The series with its rosters; its games and those of other series of the same players; the matches
that could be its games, with their seats; and whom those seats play for otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from webapp.bracket.candidates import Asked, Picked, Row, find_candidates
from webapp.bracket.known import Facts, GameFacts, Player, Roster, SeriesFacts, Side, StandIn
from webapp.bracket.pending import pending_of
from webapp.bracket.rivals import end_of, order_of, rivals_of
from webapp.bracket.window import AFTER, BEFORE, SAME_PLAYERS
from webapp.core.db import db
from webapp.core.errors import NotFound
from webapp.core.time import utcnow
from webapp.matches.models import Match
from webapp.tournaments import models
from webapp.tournaments.models import Dismissal, Game, Series, Team, TeamMember, Tournament
from webapp.tournaments.models import TournamentLeague as League


def gather(game_id: int) -> Facts:
    """The facts of one game.

    Raises:
        NotFound: there is no such game.
    """
    series_id = sa.select(Game.series_id).where(Game.id == game_id).scalar_subquery()
    series = _gather(series_id, f"There is no game {game_id} here.")
    return Facts(series, next(one.number for one in series.games if one.game_id == game_id))


def gather_series(series_id: int) -> SeriesFacts:
    """The facts of all games of a series.

    Raises:
        NotFound: there is no such series.
    """
    return _gather(sa.literal(series_id), f"There is no series {series_id} here.")


def gather_search(game_id: int, text: str) -> Facts:
    """The facts of one game, its candidates being the matches of its leagues that ``text`` means:
    a match's id, a steamid, or any part of a player's name.

    Raises:
        NotFound: there is no such game.
    """
    series_id = sa.select(Game.series_id).where(Game.id == game_id).scalar_subquery()
    series = _gather(series_id, f"There is no game {game_id} here.", text=text)
    return Facts(series, next(one.number for one in series.games if one.game_id == game_id))


def _gather(
    series_id: sa.ColumnElement[int] | sa.ScalarSelect[int], missing: str, text: str | None = None
) -> SeriesFacts:
    rows = db.session.execute(_about(series_id)).all()
    if not rows:
        raise NotFound(missing)
    head = rows[0]
    rosters = _rosters(rows)
    leagues = sorted({row.league_id for row in rows} - {None})
    games = db.session.execute(_games(head, rosters, leagues)).all()
    since, until = _window(head)
    own = [row for row in games if row.series_id == head.series_id]
    asked = Asked(
        series_id=head.series_id,
        tournament_id=head.tournament_id,
        leagues=tuple(leagues),
        players=tuple({one for roster in rosters for one in _players(roster)}),
        since=since,
        until=until,
        scheduled=head.scheduled_at is not None,
        steam_teams=tuple(one.steam_team_id for one in rosters if one.steam_team_id),
        steam_series=tuple({row.steam_series for row in own if row.steam_series}),
        matches=tuple({row.match_id for row in own if row.match_id}),
    )
    return SeriesFacts(
        series_id=head.series_id,
        best_of=head.best_of,
        a=rosters[0],
        b=rosters[1],
        games=_own_games(own, head),
        candidates=tuple(find_candidates(asked, text)),
        scheduled_at=head.scheduled_at,
        since=since,
        until=until,
        not_before=since or head.created_at - BEFORE,
        begins=head.begins,
        rivals=tuple(rivals_of(games, head.series_id, since, until)),
        pending=tuple(pending_of(games, head.series_id, until)),
        order=order_of(head),
        settled=head.state == "done" or head.hand_score_a is not None,
    )


# ---- the series and its rosters ----------------------------------------------------------------

_round_mate, _fed, _fed_match = aliased(Series), aliased(Game), aliased(Match)
_ROUND_START = (
    sa.select(sa.func.min(_round_mate.scheduled_at))
    .where(
        _round_mate.tournament_id == Series.tournament_id,
        _round_mate.bracket == Series.bracket,
        _round_mate.round == Series.round,
    )
    .correlate(Series)
    .scalar_subquery()
)
_BEGINS = (
    sa.select(sa.func.max(_fed_match.start_time))
    .join(_fed, _fed.match_id == _fed_match.id)
    .where(_fed.series_id.in_((Series.a_series_id, Series.b_series_id)))
    .correlate(Series)
    .scalar_subquery()
)
"""When the last linked match began of the series that feed this one. Made once: to put a table of
fifty columns under another name takes longer than to ask."""


def _about(series_id: sa.ColumnElement[int] | sa.ScalarSelect[int]) -> Picked:
    """A row for each league, member and stand-in of the series."""
    stand_in = models.StandIn
    return (
        sa.select(
            Series.id.label("series_id"),
            *(Series.tournament_id, Series.best_of, Series.scheduled_at, Series.state),
            *(Series.bracket, Series.round, Series.position, Series.hand_score_a),
            *(Series.team_a_id, Series.team_b_id),
            *(Tournament.starts_at, Tournament.created_at),
            _BEGINS.label("begins"),
            _ROUND_START.label("round_start"),
            League.league_id,
            Team.id.label("team_id"),
            Team.name.label("team_name"),
            Team.steam_team_id,
            *(TeamMember.steam_id, TeamMember.name, TeamMember.captain, TeamMember.deputy),
            TeamMember.left_at,
            *(stand_in.steam_id_in, stand_in.steam_id_out, stand_in.name_in),
        )
        .join(Tournament, Tournament.id == Series.tournament_id)
        .outerjoin(League, League.tournament_id == Tournament.id)
        .outerjoin(Team, sa.or_(Team.id == Series.team_a_id, Team.id == Series.team_b_id))
        .outerjoin(TeamMember, TeamMember.team_id == Team.id)
        .outerjoin(stand_in, sa.and_(stand_in.series_id == Series.id, stand_in.team_id == Team.id))
        .where(Series.id == series_id)
        .order_by(TeamMember.id, stand_in.id)
    )


def _rosters(rows: Sequence[Row]) -> tuple[Roster, Roster]:
    head = rows[0]
    moment = head.scheduled_at or utcnow()
    return _roster(rows, head.team_a_id, moment), _roster(rows, head.team_b_id, moment)


def _roster(rows: Sequence[Row], team_id: int | None, moment: datetime) -> Roster:
    """Those of the team who had not left by then."""
    own = [row for row in rows if team_id is not None and row.team_id == team_id]
    if not own:
        return Roster(0, "", ())
    players = {
        row.steam_id: Player(row.steam_id, row.name, row.captain, row.deputy)
        for row in own
        if row.steam_id is not None and (row.left_at is None or row.left_at > moment)
    }
    given = {
        row.steam_id_in: StandIn(row.steam_id_in, row.steam_id_out, row.name_in)
        for row in own
        if row.steam_id_in is not None
    }
    head = own[0]
    return Roster(
        head.team_id,
        head.team_name,
        tuple(players.values()),
        tuple(given.values()),
        head.steam_team_id,
    )


def _players(roster: Roster) -> list[int]:
    return [one.steam_id for one in roster.players] + [one.steam_id for one in roster.stand_ins]


def _window(head: Row) -> tuple[datetime | None, datetime]:
    """Around the scheduled start; without one, from the round's start on, else the tournament's."""
    now = utcnow()
    if head.scheduled_at is not None:
        return head.scheduled_at - BEFORE, min(head.scheduled_at + AFTER, now)
    start = head.begins or head.round_start or head.starts_at
    return start and start - BEFORE, now


# ---- games, its own and those of series of the same players --------------------------------------


def _games(head: Row, rosters: tuple[Roster, Roster], leagues: Sequence[int]) -> Picked:
    a, b = (_same_players(roster) for roster in rosters)
    here = sa.select(League.tournament_id).where(League.league_id.in_(leagues))
    alike = sa.or_(
        sa.and_(Series.team_a_id.in_(a), Series.team_b_id.in_(b)),
        sa.and_(Series.team_a_id.in_(b), Series.team_b_id.in_(a)),
    )
    met = sa.or_(alike, sa.and_(Game.number == 1, _on_the_way(head, a, b)))
    elsewhere = sa.and_(Series.tournament_id.in_(here), Tournament.archived_at.is_(None), met)
    return (
        sa.select(
            Series.id.label("series_id"),
            *(Series.label, Series.best_of, Series.scheduled_at, Series.state),
            *(Series.bracket, Series.round, Series.position, Series.skipped),
            *(Series.forfeit, Series.hand_score_a, Series.hand_score_b, Series.ended_at),
            *(Series.a_series_id, Series.b_series_id, Tournament.starts_at),
            _BEGINS.label("begins"),
            alike.label("alike"),
            *(_either(Series.team_a_id, a, b, "side_a"), _either(Series.team_b_id, a, b, "side_b")),
            *(Game.id.label("game_id"), Game.number, Game.hands_off, Game.match_id),
            Game.state.label("game_state"),
            *(Game.winner_id, Game.moved_at, Series.team_a_id, Series.team_b_id),
            *(Match.start_time, Match.duration, Match.series_id.label("steam_series")),
            Dismissal.match_id.label("dismissed"),
        )
        .join(Tournament, Tournament.id == Series.tournament_id)
        .join(Game, Game.series_id == Series.id)
        .outerjoin(Match, Match.id == Game.match_id)
        .outerjoin(
            Dismissal,
            sa.and_(Dismissal.game_id == Game.id, Series.id == head.series_id),
        )
        .where(sa.or_(Series.id == head.series_id, elsewhere))
        .order_by(Series.id, Game.number)
    )


def _on_the_way(head: Row, a: sa.Select[int], b: sa.Select[int]) -> sa.ColumnElement[bool]:
    """Series of other tournaments of both teams that one of them may still reach, or pass."""
    theirs = [sa.select(Team.tournament_id).where(Team.id.in_(ids)) for ids in (a, b)]
    return sa.and_(
        Series.state != "done",
        Series.tournament_id != head.tournament_id,
        *(Series.tournament_id.in_(one) for one in theirs),
        sa.or_(
            *(Series.team_a_id.is_(None), Series.team_b_id.is_(None)),
            *(Series.next_id.is_not(None), Series.loser_next_id.is_not(None)),
        ),
    )


def _either(
    slot: InstrumentedAttribute[int | None], a: sa.Select[int], b: sa.Select[int], name: str
) -> sa.Label[str | None]:
    """Which of the two teams stands there; None: neither."""
    return sa.case((slot.in_(a), "a"), (slot.in_(b), "b")).label(name)


def _same_players(roster: Roster) -> sa.Select[int]:
    """The teams that have this team's players, in whichever tournament."""
    ids = [one.steam_id for one in roster.players]
    return (
        sa.select(TeamMember.team_id)
        .where(TeamMember.steam_id.in_(ids), TeamMember.left_at.is_(None))
        .group_by(TeamMember.team_id)
        .having(sa.func.count() >= min(SAME_PLAYERS, max(len(ids), 1)))
    )


def _own_games(rows: Sequence[Row], head: Row) -> tuple[GameFacts, ...]:
    dismissed: dict[int, set[int]] = {}
    for row in rows:
        dismissed.setdefault(row.game_id, set()).update({row.dismissed} - {None})
    return tuple(
        GameFacts(
            game_id=row.game_id,
            number=row.number,
            state=row.game_state,
            hands_off=row.hands_off,
            dismissed=frozenset(dismissed[row.game_id]),
            match_id=row.match_id,
            start=row.start_time,
            end=end_of(row),
            steam_series=row.steam_series,
            winner=_winner(row, head),
            forfeited_at=row.moved_at if row.match_id is None else None,
        )
        for row in {row.game_id: row for row in rows}.values()
    )


def _winner(row: Row, head: Row) -> Side | None:
    if row.winner_id is None:
        return None
    return "a" if row.winner_id == head.team_a_id else "b"
