"""Tournaments with teams, as an organizer would have entered them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from webapp.accounts.steam_ids import BASE
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.leagues.models import League
from webapp.tournaments.models import Team, TeamMember, Tournament, TournamentLeague
from webapp.tournaments.rules import DEFAULT_TIE_BREAKS

LEAGUE = 17929
_players = itertools.count(BASE + 500_000)


def make_tournament(
    teams: int = 8,
    league_id: int = LEAGUE,
    members: int = 5,
    format: str = "single_elimination",
    **columns: Any,
) -> Tournament:
    """A draft with teams called Team 1, Team 2 … seeded in that order; commits.

    The first member of each team is its captain; the MMR falls from team to team. ``columns`` are
    further columns of the tournament.
    """
    if db.session.get(League, league_id) is None:
        db.session.add(League(id=league_id, name=f"League {league_id}", created_at=utcnow()))
    values: dict[str, Any] = {"name": "Emberfall Cup", "created_at": utcnow()}
    tournament = Tournament(
        **(values | {"tie_breaks": list(DEFAULT_TIE_BREAKS), "format": format} | columns)
    )
    tournament.leagues = [TournamentLeague(league_id=league_id)]
    db.session.add(tournament)
    db.session.flush()
    for number in range(1, teams + 1):
        add_team(tournament, f"Team {number}", members, seed=number, mmr=6000 - 10 * number)
    db.session.commit()
    return tournament


def add_team(
    tournament: Tournament,
    name: str,
    members: int | Sequence[int] = 5,
    *,
    seed: int | None = None,
    mmr: int | None = None,
) -> Team:
    """A team of so many new players, or of these steamids; the first is captain. Flushes."""
    now = utcnow()
    ids = [next(_players) for _ in range(members)] if isinstance(members, int) else members
    team = Team(tournament_id=tournament.id, name=name, seed=seed, created_at=now)
    team.members = [
        TeamMember(
            steam_id=steam_id,
            name=f"{name} player {place}",
            mmr=mmr,
            captain=place == 1,
            joined_at=now,
        )
        for place, steam_id in enumerate(ids, 1)
    ]
    db.session.add(team)
    db.session.flush()
    return team


def teams_of(tournament: Tournament) -> list[Team]:
    """Its teams with their members as they are stored, in the order they were entered."""
    return list(
        db.session.scalars(
            sa.select(Team)
            .where(Team.tournament_id == tournament.id)
            .order_by(Team.id)
            .options(selectinload(Team.members))
            .execution_options(populate_existing=True)
        )
    )
