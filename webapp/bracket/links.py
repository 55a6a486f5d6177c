"""Linking a game to the Steam match that it was, and undoing exactly that.

A link sets the game's sides and winner and closes the series at its deciding game. A match without
details is reserved: the game waits for its result, which ``follow`` brings. What a person linked
or unlinked carries ``hands_off``, and no machine changes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from webapp.bracket.results import refuse_settled_game, refuse_without_teams
from webapp.bracket.services import Bracket, free, of_game, settle
from webapp.core.db import db, insert
from webapp.core.errors import BadInput, Conflict
from webapp.core.time import utcnow
from webapp.matches import services as matches
from webapp.matches.models import Match
from webapp.tournaments.models import Dismissal, Game, Series, StandIn, Team, TeamMember, Tournament


@dataclass(frozen=True, slots=True)
class Linked:
    """A change of one game: what stood before, and the later series that lost theirs by it."""

    bracket: Bracket
    game: Game
    before: dict[str, Any]
    changed: bool = True
    undone: list[Series] = field(default_factory=list)


def standing(game: Game) -> dict[str, Any]:
    """What is told of a game's link."""
    return {
        "match_id": game.match_id,
        "radiant_team": game.radiant_team_id,
        "dire_team": game.dire_team_id,
        "winner": game.winner_id,
    }


def link(
    game_id: int,
    match_id: int,
    *,
    by: int | None = None,
    origin: str = "person",
    facts: dict[str, Any] | None = None,
) -> Linked:
    """Link a game to a match; linking it again to the same one changes nothing.

    Raises:
        NotFound: there is no such game or match.
        BadInput: the match counts in a league that is not this tournament's.
        Conflict: game or match are taken, the match is marked, or the game is not to be played.
    """
    bracket, game = of_game(game_id, lock=True)
    match = held(match_id)
    before = standing(game)
    if game.match_id == match_id:
        return Linked(bracket, game, before, changed=False)
    refuse_without_teams(bracket, game.series)
    refuse_settled_game(bracket, game)
    _check_match(bracket, match)
    game.match_id, game.origin, game.linked_at = match_id, origin, utcnow()
    game.linked_by, game.facts = by, facts
    if origin == "person":
        game.hands_off = True
        _forget_dismissal(game_id, match_id)
    game.radiant_team_id, game.dire_team_id = sides(game.series, match)
    count_result(game, match)
    return Linked(bracket, game, before, undone=_settled(bracket, match_id))


def held(match_id: int) -> Match:
    """A match as it is now, which nobody marks until this transaction ends."""
    match = db.session.get(
        Match, match_id, with_for_update={"key_share": True}, populate_existing=True
    )
    return match or matches.get(match_id)


def _check_match(bracket: Bracket, match: Match) -> None:
    if match.league_id not in bracket.tournament.league_ids:
        raise BadInput(
            "The match was not linked.",
            fields={"match_id": f"of league {match.league_id}, not one of this tournament's"},
        )
    if match.mark:
        raise Conflict(f"Match {match.id} is marked as {match.mark}: it is no game.")
    taken = game_of(match.id)
    if taken:
        raise _taken(match.id, taken)


def game_of(match_id: int) -> tuple[Game, Series, Tournament] | None:
    """The game a match is linked to, with its series and tournament."""
    row = db.session.execute(
        sa.select(Game, Series, Tournament)
        .join(Series, Series.id == Game.series_id)
        .join(Tournament, Tournament.id == Series.tournament_id)
        .where(Game.match_id == match_id)
    ).one_or_none()
    return (row[0], row[1], row[2]) if row else None


def _taken(match_id: int, taken: tuple[Game, Series, Tournament]) -> Conflict:
    game, series, tournament = taken
    where = f"game {game.number} of {series.label} in {tournament.name}"
    return Conflict(f"Match {match_id} is linked to {where} already. Unlink it there first.")


def _settled(bracket: Bracket, match_id: int) -> list[Series]:
    """Settle; the database's constraint is the judge where two tournaments took one match."""
    try:
        return settle(bracket)
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict(f"Match {match_id} was linked to another game just now.") from error


def sides(series: Series, match: Match) -> tuple[int | None, int | None]:
    """Which team was radiant and which dire, by players, else by Steam teams, else a and b."""
    a, b = series.team_a_id, series.team_b_id
    team_of = _players(series)
    score = 0
    for line in matches.lines_of([match.id]).get(match.id, []):
        team_id = team_of.get(line.steam_id or 0)
        if team_id in (a, b):
            score += 1 if (team_id == a) == line.is_radiant else -1
    if not score:
        score = _by_steam_teams(a, b, match)
    return (b, a) if score < 0 else (a, b)


def _players(series: Series) -> dict[int, int]:
    """The team each player stands for in this series; who plays for both is nobody's."""
    found: dict[int, int] = {}
    for model, column in ((TeamMember, TeamMember.steam_id), (StandIn, StandIn.steam_id_in)):
        query = sa.select(column, model.team_id)
        if model is TeamMember:
            teams = (series.team_a_id, series.team_b_id)
            query = query.where(TeamMember.team_id.in_(teams), TeamMember.left_at.is_(None))
        else:
            query = query.where(StandIn.series_id == series.id)
        for steam_id, team_id in db.session.execute(query):
            found[steam_id] = team_id if found.get(steam_id, team_id) == team_id else 0
    return found


def _by_steam_teams(a: int | None, b: int | None, match: Match) -> int:
    steam = {
        team.id: team.steam_team_id
        for team in db.session.scalars(sa.select(Team).where(Team.id.in_((a, b))))
        if team.steam_team_id
    }
    as_listed = {(match.radiant_team_id, a), (match.dire_team_id, b)}
    swapped = {(match.radiant_team_id, b), (match.dire_team_id, a)}

    def agreeing(pairs: set[tuple[int | None, int | None]]) -> int:
        return sum(
            steam_id is not None and steam.get(team or 0) == steam_id for steam_id, team in pairs
        )

    return agreeing(as_listed) - agreeing(swapped)


def count_result(game: Game, match: Match) -> None:
    """Take the winner over from a match that has details; without them the game waits."""
    if match.state != "detailed" or match.radiant_win is None:
        game.winner_id = game.moved_at = None
        return
    game.winner_id = game.radiant_team_id if match.radiant_win else game.dire_team_id
    game.moved_at = game.moved_at or utcnow()
    game.flag = None


# ---- undoing ---------------------------------------------------------------------------------


def unlink(game_id: int, *, by: int | None = None, not_this_one: bool = True) -> Linked:
    """Undo a link; the match is *not this one* from then on, unless only a click is taken back.

    Raises:
        Conflict: the game has no match.
    """
    bracket, game = of_game(game_id, lock=True)
    if game.match_id is None:
        raise Conflict(f"Game {game.number} of {game.series.label} is not linked.")
    match_id, before = game.match_id, standing(game)
    free(game)
    game.hands_off = True
    undone = settle(bracket)
    if not_this_one:
        _dismiss(game_id, match_id, by)
    return Linked(bracket, game, before, undone=undone)


def undo_links(pairs: Sequence[tuple[int, int]]) -> list[Linked]:
    """Take the links of one click back, those that still stand, the last one first.

    Raises:
        Conflict: none of them stands any more.
    """
    done = []
    for game_id, match_id in sorted(pairs, reverse=True):
        _, game = of_game(game_id, lock=True)
        if game.match_id == match_id:
            done.append(unlink(game_id, not_this_one=False))
    if not done:
        raise Conflict("These links are gone already.")
    return done


def swap(game_id: int) -> Linked:
    """Exchange a linked game's sides, and its winner with them.

    Raises:
        Conflict: the game is not linked.
    """
    bracket, game = of_game(game_id, lock=True)
    if game.match_id is None:
        raise Conflict(f"Game {game.number} of {game.series.label} is not linked.")
    before = standing(game)
    game.radiant_team_id, game.dire_team_id = game.dire_team_id, game.radiant_team_id
    game.hands_off = True
    count_result(game, matches.get(game.match_id))
    return Linked(bracket, game, before, undone=settle(bracket))


def dismiss(game_id: int, match_id: int, *, by: int | None = None) -> Linked:
    """*Not this one*: the match is not suggested for this game any more.

    Raises:
        Conflict: the game is linked to it; *Unlink* says both.
    """
    bracket, game = of_game(game_id, lock=True)
    matches.get(match_id)
    if game.match_id == match_id:
        raise Conflict("The game is linked to this match. Unlink it instead.")
    _dismiss(game_id, match_id, by)
    bracket.tournament.version += 1
    return Linked(bracket, game, standing(game))


def take_back_dismissal(game_id: int, match_id: int) -> Linked:
    """Let a match be suggested again."""
    bracket, game = of_game(game_id, lock=True)
    _forget_dismissal(game_id, match_id)
    bracket.tournament.version += 1
    return Linked(bracket, game, standing(game))


def _dismiss(game_id: int, match_id: int, by: int | None) -> None:
    db.session.execute(
        insert(Dismissal.__table__)  # type: ignore[arg-type]
        .values(game_id=game_id, match_id=match_id, by=by, at=utcnow())
        .on_conflict_do_nothing()
    )


def _forget_dismissal(game_id: int, match_id: int) -> None:
    db.session.execute(
        sa.delete(Dismissal)
        .where(Dismissal.game_id == game_id, Dismissal.match_id == match_id)
        .execution_options(synchronize_session=False)
    )
