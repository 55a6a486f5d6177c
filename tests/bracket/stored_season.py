"""An invented season as it would stand in the database."""

from __future__ import annotations

from bench.suggest.shapes import LEAGUE, OTHER_LEAGUE, Season
from webapp.accounts.steam_ids import BASE
from webapp.core.db import db
from webapp.leagues.models import League
from webapp.matches.models import Match, PlayerMatchStats
from webapp.tournaments.models import (
    Game,
    Series,
    StandIn,
    Team,
    TeamMember,
    Tournament,
    TournamentLeague,
)


def store(season: Season) -> None:
    """Everything but links; ids are the season's own. Commits."""
    first = min(match.start for match in season.matches.values())
    db.session.add_all(
        League(id=one, name=f"League {one}", created_at=first) for one in (LEAGUE, OTHER_LEAGUE)
    )
    for tournament_id in (1, 2, 3):
        tournament = Tournament(
            id=tournament_id,
            name=f"Tournament {tournament_id}",
            format="round_robin",
            state="running",
            tie_breaks=[],
            created_at=first,
        )
        tournament.leagues = [TournamentLeague(league_id=LEAGUE)]
        db.session.add(tournament)
    db.session.flush()
    _store_teams(season)
    _store_series(season)
    _store_matches(season)
    db.session.commit()


def _store_teams(season: Season) -> None:
    for team in season.teams:
        stored = Team(
            id=team.team_id,
            tournament_id=team.tournament_id,
            name=team.name,
            steam_team_id=team.steam_team_id,
            created_at=min(one.start for one in season.matches.values()),
        )
        stored.members = [
            TeamMember(
                steam_id=one.steam_id,
                name=one.name,
                captain=one.captain,
                joined_at=stored.created_at,
            )
            for one in team.players
        ]
        db.session.add(stored)
    db.session.flush()


def _store_series(season: Season) -> None:
    for one in season.series:
        fed = [*one.feeders, None, None]
        stored = Series(
            id=one.series_id,
            tournament_id=one.tournament_id,
            bracket="group",
            round=one.order[0] + 1,
            position=one.series_id,
            label=f"S{one.series_id}",
            best_of=one.best_of,
            a_kind="team",
            b_kind="team",
            a_series_id=fed[0],
            b_series_id=fed[1],
            team_a_id=one.a.team_id,
            team_b_id=one.b.team_id,
            scheduled_at=one.scheduled_at,
            state="ready",
        )
        stored.games = [Game(number=number, state="ready") for number in range(1, one.best_of + 1)]
        given = {
            stand_in.steam_id: (team_id, stand_in)
            for team_id, made in one.stand_ins.items()
            for stand_in in made
        }
        stored.stand_ins = [
            StandIn(
                team_id=team_id,
                steam_id_in=steam_id,
                steam_id_out=stand_in.out,
                approved_at=one.planned,
            )
            for steam_id, (team_id, stand_in) in given.items()
        ]
        db.session.add(stored)
        db.session.flush()


def _store_matches(season: Season) -> None:
    for one in season.matches.values():
        detailed = one.detailed_at is not None
        db.session.add(
            Match(
                id=one.match_id,
                league_id=one.league_id,
                state="detailed" if detailed else "stub",
                source="sequence" if detailed else None,
                start_time=one.start,
                duration=one.duration if detailed else None,
                radiant_win=one.radiant_win if detailed else None,
                radiant_score=one.scores[0] if detailed else None,
                dire_score=one.scores[1] if detailed else None,
                radiant_team_id=one.team_ids[0],
                dire_team_id=one.team_ids[1],
                series_id=one.series_id,
                series_type=one.series_type,
                next_attempt_at=None if detailed else one.end,
                created_at=one.listed_at,
            )
        )
        db.session.add_all(
            PlayerMatchStats(
                match_id=one.match_id,
                player_slot=seat.slot,
                steam_id=seat.steam_id,
                account_id=seat.steam_id and seat.steam_id - BASE,
            )
            for seat in one.seats
        )
