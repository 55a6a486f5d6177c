"""A team that withdraws: it forfeits what it has not played, or all of it is annulled."""

from __future__ import annotations

import sqlalchemy as sa

from webapp.bracket.services import Bracket, load, settle
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict, NotFound
from webapp.tournaments.models import Series, Team


def withdraw(team_id: int, how: str | None) -> tuple[Bracket, Team, list[Series]]:
    """Withdraw a team: ``forfeit`` what it still has to play, or ``annul`` all; None takes it back.

    Raises:
        NotFound: there is no such team.
        BadInput: ``how`` is none of these.
        Conflict: it stands so already.
    """
    bracket, team = _held(team_id)
    check_withdrawal(team, how)
    team.withdrawn = how
    return bracket, team, settle(bracket)


def check_withdrawal(team: Team, how: str | None) -> None:
    if how not in {None, "forfeit", "annul"}:
        raise BadInput("The team was not withdrawn.", fields={"how": "forfeit or annul"})
    if team.withdrawn == how:
        raise Conflict(f"{team.name} {'has withdrawn' if how else 'has not withdrawn'} already.")


def team_of(tournament_id: int, team_id: int) -> Team:
    """A team of this tournament.

    Raises:
        NotFound: there is none, or it plays in another.
    """
    team = db.session.get(Team, team_id)
    if team is None or team.tournament_id != tournament_id:
        raise NotFound(f"There is no team {team_id} in this tournament.")
    return team


def _held(team_id: int) -> tuple[Bracket, Team]:
    tournament_id = db.session.scalar(sa.select(Team.tournament_id).where(Team.id == team_id))
    if tournament_id is None:
        raise NotFound(f"There is no team {team_id}.")
    bracket = load(tournament_id, lock=True)
    return bracket, bracket.teams[team_id]
