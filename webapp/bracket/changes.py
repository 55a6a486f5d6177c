"""A series' time and length, and who stands in; what a person changes beside results and links."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from webapp.accounts.steam_ids import ANONYMOUS, BASE
from webapp.bracket.services import Bracket, is_touched, of_series, settle
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict, NotFound
from webapp.core.time import utcnow
from webapp.tournaments.choices import YEARS
from webapp.tournaments.models import BEST_OF, Game, Series, StandIn, TeamMember

KEEP: Any = object()
"""Stands for a field that was not given."""


def change_series(
    series_id: int, *, scheduled_at: datetime | None = KEEP, best_of: int = KEEP
) -> tuple[Bracket, Series]:
    """Change when a series is played, or how long it is at most.

    Raises:
        BadInput: no such length, or a best of two where somebody must win.
        Conflict: the series ended, or a game that would go holds its match.
    """
    bracket, series = of_series(series_id, lock=True)
    if scheduled_at is not KEEP:
        _check_year(scheduled_at)
        series.scheduled_at = scheduled_at
    if best_of is not KEEP and best_of != series.best_of:
        _change_length(series, best_of)
    settle(bracket)
    return bracket, series


def _check_year(moment: datetime | None) -> None:
    if moment is not None and moment.year not in YEARS:
        fields = {"scheduled_at": f"a year from {YEARS[0]} to {YEARS[-1]}"}
        raise BadInput("The series was not changed.", fields=fields)


def _change_length(series: Series, best_of: int) -> None:
    if best_of not in BEST_OF:
        raise BadInput("The series was not changed.", fields={"best_of": "1, 2, 3 or 5"})
    if best_of == 2 and series.bracket != "group":
        fields = {"best_of": "a best of two can end in a draw; here somebody must win"}
        raise BadInput("The series was not changed.", fields=fields)
    if series.state == "done":
        raise Conflict(f"{series.label} has ended. Undo its result first.")
    for game in [game for game in series.games if game.number > best_of]:
        if game.match_id or game.forfeit_by_id:
            raise Conflict(f"Game {game.number} of {series.label} was played. Unlink it first.")
        series.games.remove(game)
    there = {game.number for game in series.games}
    for number in range(1, best_of + 1):
        if number not in there:
            series.games.append(Game(number=number, state="pending"))
    series.best_of = best_of


def delete_series(series_id: int) -> tuple[Bracket, Series]:
    """Take a series out of a round robin; others feed what follows, so they stay.

    Raises:
        Conflict: it holds a result or a link, it is no series of a round robin, or a team would
            have none left.
    """
    bracket, series = of_series(series_id, lock=True)
    if bracket.tournament.format != "round_robin":
        why = "decides who moves on, so it stays. Enter a forfeit instead."
        raise Conflict(f"{series.label} {why}")
    if series.state == "done" or is_touched(series):
        raise Conflict(f"{series.label} is settled, or holds links. Undo them first.")
    rest = [one for one in bracket.series if one is not series]
    for team_id in (series.team_a_id, series.team_b_id):
        if not any(team_id in {one.team_a_id, one.team_b_id} for one in rest):
            raise Conflict(f"{bracket.name_of(team_id)} would have no series left. Withdraw it.")
    db.session.delete(series)
    db.session.flush()
    settle(Bracket(bracket.tournament, bracket.teams, rest))
    return bracket, series


# ---- stand-ins -------------------------------------------------------------------------------


def approve_stand_in(
    series_id: int,
    team_id: int,
    steam_id_in: int,
    *,
    steam_id_out: int | None = None,
    name: str = "",
    by: int | None = None,
) -> tuple[Bracket, StandIn]:
    """Approve that somebody stands in for a member of a team in one series.

    Raises:
        BadInput: the team is not in the series, or who goes out is not in the team.
        Conflict: they stand in already, or play for one of the two teams.
    """
    bracket, series = of_series(series_id, lock=True)
    problem = "The stand-in was not approved."
    if not 0 < steam_id_in - BASE < ANONYMOUS:
        raise BadInput(problem, fields={"steam_id_in": "not the steamid of an account"})
    if team_id not in {series.team_a_id, series.team_b_id}:
        raise BadInput(problem, fields={"team_id": "not a team of this series"})
    rosters = _rosters(series)
    if steam_id_out is not None and rosters.get(steam_id_out) != team_id:
        raise BadInput(problem, fields={"steam_id_out": "not a member of this team"})
    if steam_id_in in rosters:
        raise Conflict(f"They play for {bracket.name_of(rosters[steam_id_in])} already.")
    known = sa.select(StandIn.id).where(
        StandIn.series_id == series_id, StandIn.steam_id_in == steam_id_in
    )
    if db.session.scalar(known):
        raise Conflict("They stand in for this series already.")
    stand_in = StandIn(
        series_id=series_id,
        team_id=team_id,
        steam_id_in=steam_id_in,
        name_in=name[:80],
        steam_id_out=steam_id_out,
        approved_by=by,
        approved_at=utcnow(),
    )
    db.session.add(stand_in)
    bracket.tournament.version += 1
    db.session.flush()
    return bracket, stand_in


def _rosters(series: Series) -> dict[int, int]:
    query = sa.select(TeamMember.steam_id, TeamMember.team_id).where(
        TeamMember.team_id.in_((series.team_a_id, series.team_b_id)), TeamMember.left_at.is_(None)
    )
    return {row.steam_id: row.team_id for row in db.session.execute(query)}


def take_back_stand_in(stand_in_id: int) -> tuple[Bracket, StandIn]:
    """
    Raises:
        NotFound: there is none.
    """
    series_id = db.session.scalar(sa.select(StandIn.series_id).where(StandIn.id == stand_in_id))
    if series_id is None:
        raise NotFound(f"There is no stand-in {stand_in_id}.")
    bracket, _ = of_series(series_id, lock=True)
    stand_in = db.session.get_one(StandIn, stand_in_id)
    db.session.delete(stand_in)
    bracket.tournament.version += 1
    db.session.flush()
    return bracket, stand_in
