"""A tournament's bracket as it is stored: read, generated, and settled after every change.

What feeds each slot and how games ended is stored; who stands where follows from it. ``settle``
derives that anew and writes what differs, so that undoing a result is taking it away. Every change
holds the tournament's row until its transaction ends. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from webapp.bracket.advance import dropped
from webapp.bracket.shape import (
    NOBODY,
    Entrant,
    Key,
    LoserOf,
    Outcome,
    Placed,
    Planned,
    Rules,
    Side,
    Source,
    Stand,
    Stands,
    WinnerOf,
)
from webapp.core.db import db
from webapp.core.errors import NotFound
from webapp.core.time import utcnow
from webapp.tournaments.models import Game, Series, Team, Tournament
from webapp.tournaments.services import get


@dataclass(slots=True)
class Bracket:
    """A tournament with its teams by id and its series, games included, in playing order."""

    tournament: Tournament
    teams: dict[int, Team]
    series: Sequence[Series]
    plan: list[Planned] = field(init=False)
    by_key: dict[Key, Series] = field(init=False)

    def __post_init__(self) -> None:
        self.by_key = {key_of(series): series for series in self.series}
        keys = {series.id: key for key, series in self.by_key.items()}
        self.plan = [_planned(series, keys) for series in self.series]

    @property
    def withdrawn(self) -> dict[int, str]:
        return {team.id: team.withdrawn for team in self.teams.values() if team.withdrawn}

    @property
    def rules(self) -> Rules:
        told = self.tournament
        two, one, none = (int(points) for points in told.points)
        return Rules((two, one, none), told.win_points, tuple(told.tie_breaks))

    def one(self, series_id: int) -> Series:
        return next(series for series in self.series if series.id == series_id)

    def name_of(self, team_id: int | None) -> str:
        team = self.teams.get(team_id or 0)
        return team.name if team else "nobody"


# ---- reading ---------------------------------------------------------------------------------


def load(tournament_id: int, *, lock: bool = False) -> Bracket:
    """The whole bracket in five statements; ``lock`` holds it until the transaction ends."""
    tournament = get(tournament_id, lock=lock)
    fresh = {"populate_existing": True}
    teams = db.session.scalars(
        sa.select(Team).where(Team.tournament_id == tournament_id), execution_options=fresh
    )
    series = db.session.scalars(
        sa.select(Series)
        .where(Series.tournament_id == tournament_id)
        .options(selectinload(Series.games))
        .order_by(Series.id),
        execution_options=fresh,
    )
    return Bracket(tournament, {team.id: team for team in teams}, series.all())


def of_series(series_id: int, *, lock: bool = False) -> tuple[Bracket, Series]:
    """The bracket in which a series stands, and the series.

    Raises:
        NotFound: there is none.
    """
    tournament_id = db.session.scalar(sa.select(Series.tournament_id).where(Series.id == series_id))
    if tournament_id is None:
        raise NotFound(f"There is no series {series_id}.")
    bracket = load(tournament_id, lock=lock)
    found = [series for series in bracket.series if series.id == series_id]
    if not found:  # the bracket was generated anew while this call waited for it
        raise NotFound(f"There is no series {series_id}.")
    return bracket, found[0]


def of_game(game_id: int, *, lock: bool = False) -> tuple[Bracket, Game]:
    """The bracket in which a game stands, and the game.

    Raises:
        NotFound: there is none.
    """
    series_id = db.session.scalar(sa.select(Game.series_id).where(Game.id == game_id))
    if series_id is None:
        raise NotFound(f"There is no game {game_id}.")
    bracket, series = of_series(series_id, lock=lock)
    found = [game for game in series.games if game.id == game_id]
    if not found:  # the series was made shorter while this call waited for it
        raise NotFound(f"There is no game {game_id}.")
    return bracket, found[0]


def key_of(series: Series) -> Key:
    return Key(series.bracket, series.round, series.position, series.group)  # type: ignore[arg-type]


def _planned(series: Series, keys: Mapping[int, Key]) -> Planned:
    def source(side: Side) -> Source:
        kind = getattr(series, f"{side}_kind")
        feeder = keys.get(getattr(series, f"{side}_series_id") or 0)
        if kind == "winner" and feeder:
            return WinnerOf(feeder)
        if kind == "loser" and feeder:
            return LoserOf(feeder)
        if kind == "group":
            return Placed(getattr(series, f"{side}_group"), getattr(series, f"{side}_place"))
        return Entrant(getattr(series, f"{side}_team_id"))

    return Planned(key_of(series), series.best_of, source("a"), source("b"), series.if_needed)


# ---- how a series ended ----------------------------------------------------------------------


def outcomes(bracket: Bracket) -> dict[Key, Outcome]:
    """How the series ended that a person or their games decided."""
    found = {key: outcome_of(series) for key, series in bracket.by_key.items()}
    return {key: outcome for key, outcome in found.items() if outcome}


def outcome_of(series: Series) -> Outcome | None:
    """What was entered by hand, else what the games make of it; None while undecided."""
    if series.hand_score_a is not None and series.hand_score_b is not None:
        told = series.forfeit
        return Outcome(
            series.hand_score_a,
            series.hand_score_b,
            series.hand_winner,  # type: ignore[arg-type]  # the database holds it to these
            {"team_a": "a", "team_b": "b", "both": "both"}[told] if told else None,  # type: ignore[arg-type]
        )
    won_a, won_b = games_won(series)
    if not is_decided(series.best_of, won_a, won_b):
        return None
    return Outcome(won_a, won_b, _leader(won_a, won_b))


def games_won(series: Series) -> tuple[int, int]:
    """How many games each side won, forfeited ones included."""
    winners: list[int | None] = [game.winner_id for game in series.games if game.winner_id]
    return winners.count(series.team_a_id), winners.count(series.team_b_id)


def is_decided(best_of: int, won_a: int, won_b: int) -> bool:
    """Both games of a best of two count; any other ends with the deciding game."""
    if best_of == 2:
        return won_a + won_b == 2
    return max(won_a, won_b) > best_of // 2


def _leader(won_a: int, won_b: int) -> Side | None:
    if won_a == won_b:
        return None
    return "a" if won_a > won_b else "b"


# ---- settling --------------------------------------------------------------------------------


def derive(
    bracket: Bracket, ended: Mapping[Key, Outcome], withdrawn: Mapping[int, str]
) -> tuple[Stands, set[Key]]:
    """Who stands where with these outcomes, and which series lose theirs as their teams change."""
    before = {key: _seats(series) for key, series in bracket.by_key.items()}
    stands, gone = dropped(bracket.plan, ended, before, withdrawn, bracket.rules)
    played = {
        key
        for key, series in bracket.by_key.items()
        if is_touched(series) and before[key] != (stands[key].team_a, stands[key].team_b)
    }
    return stands, gone | played


def _seats(series: Series) -> tuple[int | None, int | None]:
    return (
        NOBODY if series.vacant_a else series.team_a_id,
        NOBODY if series.vacant_b else series.team_b_id,
    )


def is_touched(series: Series) -> bool:
    """Whether it holds anything that a change of its teams would undo."""
    return series.has_hand_result or any(
        game.match_id or game.forfeit_by_id for game in series.games
    )


def settle(bracket: Bracket) -> list[Series]:
    """Write what follows from the results as they stand now.

    Returns the series that lost their own results and links, as other teams stand there now.
    """
    stands, gone = derive(bracket, outcomes(bracket), bracket.withdrawn)
    undone = [bracket.by_key[key] for key in bracket.by_key if key in gone]
    for series in undone:
        _reset(series)
    for key, series in bracket.by_key.items():
        _write(series, stands[key])
    _write_state(bracket)
    db.session.flush()
    return undone


def _reset(series: Series) -> None:
    series.hand_score_a = series.hand_score_b = series.hand_winner = None
    series.forfeit = series.hand_by = None
    for game in series.games:
        free(game)


def free(game: Game) -> None:
    """Take a game's match or forfeit away."""
    game.match_id = game.origin = game.linked_at = game.linked_by = game.facts = None
    game.radiant_team_id = game.dire_team_id = game.winner_id = None
    game.forfeit_by_id = game.moved_at = game.flag = None
    game.state = "pending"


def _write(series: Series, stand: Stand) -> None:
    ended = stand.state == "done"
    series.winner_id = None  # so that no moment's row names a winner who is not there
    series.team_a_id, series.vacant_a = stand.team_a or None, stand.team_a == NOBODY
    series.team_b_id, series.vacant_b = stand.team_b or None, stand.team_b == NOBODY
    series.skipped = stand.skipped
    if stand.outcome:
        series.score_a, series.score_b = stand.outcome.score_a, stand.outcome.score_b
    else:
        series.score_a, series.score_b = games_won(series)
    began = stand.state == "ready" and is_touched(series)
    series.state = "live" if began else stand.state
    series.winner_id = stand.winner
    series.ended_at = (series.ended_at or utcnow()) if ended else None
    for game in series.games:
        game.state = _game_state(series, game)


def _game_state(series: Series, game: Game) -> str:
    if game.winner_id is not None or game.forfeit_by_id is not None:
        return "done"
    if game.match_id is not None:
        return "linked"
    if series.state == "done":
        return "unneeded"
    return "pending" if series.state == "pending" else "ready"


def _write_state(bracket: Bracket) -> None:
    tournament = bracket.tournament
    if not bracket.series:
        tournament.state = "draft"
    else:
        over = all(series.state == "done" for series in bracket.series)
        tournament.state = "finished" if over else "running"
    tournament.version += 1


def labels(series: Iterable[Series]) -> list[str]:
    return [one.label for one in series]
