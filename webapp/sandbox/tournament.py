"""The tournament that waits in the sandbox: the invented cup as an organizer would have it by now.

Its teams are entered, its series scheduled, and the first evening's games linked but for two. What
is linked becomes detailed with the first sync, and the bracket moves; the rest is left to do.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from webapp.bracket import changes, generation, links
from webapp.bracket.services import Bracket, key_of
from webapp.clients.listings import read_history
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.leagues import services as leagues
from webapp.leagues.models import League
from webapp.matches import listed
from webapp.sandbox.bodies import history_row
from webapp.sandbox.cup import Cup
from webapp.sandbox.cup_plan import CupGame, CupSeries
from webapp.sandbox.match import Team
from webapp.sandbox.people import STEAM_BASE, owned_accounts
from webapp.sandbox.spec import WorldSpec, chance
from webapp.sandbox.world import World
from webapp.tournaments import services, teams
from webapp.tournaments.choices import Choices
from webapp.tournaments.entries import Entry, Player
from webapp.tournaments.models import Tournament, TournamentLeague

TAGS = ("FOX", "TIN", "OWL", "NINE", "SALT", "QT", "M&I", "LATE")
WITHOUT_STEAM_TEAM = ("Quiet Thunder", "Late Ferry")
LINKED = ("U1", "U2", "U3")
LINKED_BESIDES = ("U4", 1)


def seed(spec: WorldSpec, *, by: int | None) -> Tournament | None:
    """Make the tournament of the world's cup; None where there is no cup, or it was made before.

    ``by`` is the person who made it and linked its games. Does not commit.
    """
    world = World(spec)
    if world.cup is None or _was_made(world.cup.league.spec.league_id):
        return None
    cup, league = world.cup, world.cup.league.spec
    leagues.ensure(league.league_id, league.name)
    wanted = Choices(
        name=league.name,
        league_ids=(league.league_id,),
        format="double_elimination",
        final_best_of=5,
        starts_at=_moment(cup.series[0].scheduled_at),
    )
    tournament = services.create(wanted, by=by)
    _enter_teams(tournament, world, cup)
    bracket = generation.generate_bracket(tournament.id, "manual")
    _schedule(bracket, cup)
    _approve_stand_in(bracket, cup, world, by)
    _link(bracket, world, [game for game in cup.games if _is_linked(game)], by)
    return tournament


def _was_made(league_id: int) -> bool:
    """Whether a tournament has this league, or had: who deleted it does not get it back."""
    in_use = sa.or_(League.walked_at.is_not(None), League.archived_at.is_not(None))
    has_one = sa.exists().where(TournamentLeague.league_id == league_id)
    had_one = sa.exists().where(League.id == league_id, in_use)
    return bool(db.session.scalar(sa.select(sa.or_(has_one, had_one))))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _enter_teams(tournament: Tournament, world: World, cup: Cup) -> None:
    entered = [
        Entry(
            name=team.name,
            tag=tag,
            seed=seed,
            steam_team_id=None if team.name in WITHOUT_STEAM_TEAM else team.team_id,
            members=_members(team, 6_900 - 380 * seed, world, cup.league.index),
        )
        for seed, (team, tag) in enumerate(zip(cup.league.teams, TAGS, strict=True), 1)
    ]
    teams.add_all(tournament, entered)


def _members(team: Team, mmr: int, world: World, league_index: int) -> tuple[Player, ...]:
    """The roster around ``mmr``; whoever can sign in is their team's captain."""
    owned = owned_accounts(league_index)
    captain = next((one for one in team.roster if one in owned), team.roster[0])
    deputy = next(one for one in team.roster if one != captain)
    rng = chance(world.spec.seed, "mmr", team.name)
    return tuple(
        Player(
            steam_id=account + STEAM_BASE,
            name=world.names[account],
            captain=account == captain,
            deputy=account == deputy,
            mmr=mmr + rng.randint(-450, 450),
        )
        for account in team.roster
    )


def _schedule(bracket: Bracket, cup: Cup) -> None:
    due = {one.key: _moment(one.scheduled_at) for one in cup.series}
    for series in bracket.series:
        series.scheduled_at = due[key_of(series)]
    db.session.flush()


def _approve_stand_in(bracket: Bracket, cup: Cup, world: World, by: int | None) -> None:
    for one in cup.series:
        if one.stand_in is None:
            continue
        comes, goes = one.stand_in
        changes.approve_stand_in(
            bracket.by_key[one.key].id,
            next(team.id for team in bracket.teams.values() if team.name == one.a.name),
            comes + STEAM_BASE,
            steam_id_out=goes + STEAM_BASE,
            name=world.names[comes],
            by=by,
        )


def _is_linked(game: CupGame) -> bool:
    series: CupSeries = game.series
    chosen = series.label in LINKED or (series.label, game.number) == LINKED_BESIDES
    return chosen and not game.remade


def _link(bracket: Bracket, world: World, played: list[CupGame], by: int | None) -> None:
    """Store the matches as a page of Steam's list brings them, and link each to its game."""
    league_id = bracket.tournament.league_ids[0]
    ids = {game.match_id for game in played}
    rows = [history_row(one) for one in world.finished(league_id) if one.match_id in ids]
    page = read_history({"matches": rows})
    listed.store_listed(league_id, page.matches, utcnow(), walk_started=None)
    for game in played:
        games = bracket.by_key[game.series.key].games
        game_id = next(one.id for one in games if one.number == game.number)
        links.link(game_id, game.match_id or 0, by=by)
