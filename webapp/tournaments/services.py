"""Tournaments: found, created, changed, cloned, put away. Nothing here commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from blinker import Signal

from webapp.core.api import from_after, to_after
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict, NotFound
from webapp.core.time import utcnow
from webapp.leagues.models import League
from webapp.matches.models import Match
from webapp.tournaments import choices as chosen
from webapp.tournaments import teams
from webapp.tournaments.choices import COUNTING, FIXED_ONCE_DRAWN, Choices
from webapp.tournaments.models import Game, Series, Team, Tournament, TournamentLeague

counting_changed = Signal()
"""Sent with ``tournament_id`` within the transaction that changes how its tables are counted."""


# ---- finding -----------------------------------------------------------------------------------


def get(tournament_id: int, *, lock: bool = False, put_away: bool = False) -> Tournament:
    """One tournament; ``lock`` holds its row until the transaction ends, to change it.

    Raises:
        NotFound: there is none.
        Conflict: it is to be changed but archived, unless ``put_away`` says that this is fine.
    """
    query = sa.select(Tournament).where(Tournament.id == tournament_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    tournament = db.session.scalar(query)
    if tournament is None:
        raise NotFound(f"There is no tournament {tournament_id}.")
    if lock and tournament.archived_at is not None and not put_away:
        raise Conflict(f"{tournament.name} is archived. Take it back first.")
    return tournament


@dataclass(frozen=True, slots=True)
class Page:
    tournaments: Sequence[Tournament]
    next: str | None


def newest(league_id: int | None, state: str | None, after: str | None, limit: int) -> Page:
    """Tournaments, the newest first: of one league, in one state, or all.

    Drafts too: they are no secret, only of no use yet on a page that people browse.
    """
    query = sa.select(Tournament)
    if league_id is not None:
        of_league = TournamentLeague.league_id == league_id
        query = query.where(Tournament.leagues.any(of_league))
    if state is not None:
        query = query.where(_in_state(state))
    return _page(query, after, limit)


def shown(*, archived: bool, drafts: bool, after: str | None, limit: int) -> Page:
    """Those in use, the newest first, or those put away; drafts are for who prepares them."""
    away = Tournament.archived_at.is_not(None)
    query = sa.select(Tournament).where(away if archived else ~away)
    return _page(query if drafts else query.where(Tournament.state != "draft"), after, limit)


def count_archived() -> int:
    query = sa.select(sa.func.count()).select_from(Tournament)
    return db.session.scalar(query.where(Tournament.archived_at.is_not(None))) or 0


def _page(query: sa.Select[Tournament], after: str | None, limit: int) -> Page:
    before = from_after(after)
    if before is not None:
        query = query.where(Tournament.id < before)
    found = db.session.scalars(query.order_by(Tournament.id.desc()).limit(limit + 1)).all()
    return Page(found[:limit], to_after(found[limit - 1].id if len(found) > limit else None))


def _in_state(state: str) -> sa.ColumnElement[bool]:
    away = Tournament.archived_at.is_not(None)
    return away if state == "archived" else sa.and_(~away, Tournament.state == state)


def league_names(league_ids: Sequence[int]) -> dict[int, str]:
    rows = db.session.execute(
        sa.select(League.id, League.name).where(League.id.in_(league_ids)).order_by(League.name)
    )
    return {row.id: row.name for row in rows}


def has_bracket(tournament_id: int) -> bool:
    query = sa.exists().where(Series.tournament_id == tournament_id).select()
    return bool(db.session.scalar(query))


def touch(tournament: Tournament) -> None:
    """Count a change that a page of the bracket shows."""
    tournament.version += 1


# ---- creating and changing ---------------------------------------------------------------------


def create(wanted: Choices, *, by: int | None) -> Tournament:
    """A draft without teams.

    Raises:
        BadInput: naming each field that cannot be used.
    """
    return _new(_checked(wanted), by)


def _new(wanted: Choices, by: int | None) -> Tournament:
    tournament = Tournament(created_by=by, created_at=utcnow(), points=[], tie_breaks=[])
    _write(tournament, wanted)
    db.session.add(tournament)
    db.session.flush()
    return tournament


def change(tournament: Tournament, wanted: Choices) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change what was chosen; what it was and what it is now, for the audit.

    Raises:
        BadInput: naming each field that cannot be used.
        Conflict: the bracket was generated from what is to change.
    """
    old = choices_of(tournament)
    wanted = _checked(wanted, had=old.league_ids)
    _keep_leagues_in_use(tournament, set(old.league_ids) - set(wanted.league_ids))
    before, after = chosen.difference(old, wanted)
    fixed = sorted(FIXED_ONCE_DRAWN & after.keys())
    if fixed and has_bracket(tournament.id):
        raise Conflict(
            "The bracket was generated with it. Delete the bracket to change it, or clone the"
            " tournament.",
            fields=dict.fromkeys(fixed, "fixed while there is a bracket"),
        )
    _write(tournament, wanted)
    touch(tournament)
    db.session.flush()
    if COUNTING & after.keys():
        counting_changed.send(None, tournament_id=tournament.id)
    return before, after


def _keep_leagues_in_use(tournament: Tournament, gone: set[int]) -> None:
    """
    Raises:
        Conflict: a game is linked to a match of a league that would go.
    """
    if not gone:
        return
    used = db.session.scalar(
        sa.select(Match.league_id)
        .join(Game, Game.match_id == Match.id)
        .join(Series, Series.id == Game.series_id)
        .where(Series.tournament_id == tournament.id, Match.league_id.in_(gone))
        .limit(1)
    )
    if used is not None:
        raise Conflict(
            f"Games are linked to matches of league {used}. Unlink them first.",
            fields={"league_ids": f"league {used} has linked games"},
        )


def choices_of(tournament: Tournament) -> Choices:
    it = tournament
    return Choices(
        name=it.name,
        league_ids=tuple(it.league_ids),
        format=it.format,
        best_of=it.best_of,
        final_best_of=it.final_best_of,
        starts_at=it.starts_at,
        zone=it.zone,
        night_ends=it.night_ends,
        grand_final=it.grand_final,
        third_place=it.third_place,
        groups=it.group_count,
        advancing=it.advancing,
        legs=it.legs,
        knockout=it.knockout,
        points=tuple(it.points),
        win_points=it.win_points,
        tie_breaks=tuple(it.tie_breaks),
        auto_link=it.auto_link,
    )


def _write(tournament: Tournament, wanted: Choices) -> None:
    it = tournament
    it.name, it.format, it.best_of = wanted.name, wanted.format, wanted.best_of
    it.final_best_of, it.starts_at = wanted.final_best_of, wanted.starts_at
    it.zone, it.night_ends = wanted.zone or "UTC", wanted.night_ends
    it.grand_final, it.third_place = wanted.grand_final, wanted.third_place
    it.group_count, it.advancing, it.legs = wanted.groups, wanted.advancing, wanted.legs
    it.knockout, it.auto_link = wanted.knockout, wanted.auto_link
    it.points, it.win_points = list(wanted.points), wanted.win_points
    it.tie_breaks = list(wanted.tie_breaks)
    here = {row.league_id: row for row in it.leagues}
    it.leagues = [here.get(one) or TournamentLeague(league_id=one) for one in wanted.league_ids]


def _checked(wanted: Choices, had: Sequence[int] = ()) -> Choices:
    """What was chosen, as it is stored; leagues it ``had`` may be archived by now."""
    wanted = chosen.tidied(wanted)
    wrong = chosen.what_is_wrong(wanted)
    found = db.session.scalars(sa.select(League).where(League.id.in_(wanted.league_ids))).all()
    known = {league.id: league for league in found}
    for league_id in wanted.league_ids:
        league = known.get(league_id)
        if league is None:
            wrong.setdefault("league_ids", f"there is no league {league_id} here; add it first")
        elif league.archived_at is not None and league_id not in had:
            wrong.setdefault("league_ids", f"{league.name} is archived; take it back first")
    if wrong:
        raise BadInput("The tournament was not saved.", fields=wrong)
    zone = wanted.zone or known[wanted.league_ids[0]].zone
    return replace(wanted, zone=zone, league_ids=tuple(sorted(wanted.league_ids)))


# ---- cloning, putting away, deleting -----------------------------------------------------------


def clone(tournament: Tournament, name: str, *, by: int | None) -> Tournament:
    """A new draft with the same settings, teams and members; without a start and a bracket."""
    wanted = replace(choices_of(tournament), name=name, starts_at=None)
    copy = _new(_checked(wanted, had=wanted.league_ids), by)
    teams.copy_teams(tournament.id, copy)
    return copy


def archive(tournament: Tournament, *, away: bool) -> None:
    """Put a tournament away, or take it back: nothing of it is lost."""
    tournament.archived_at = utcnow() if away else None


def delete(tournament: Tournament) -> None:
    """Delete a tournament nobody played in, with its teams and its bracket.

    Raises:
        Conflict: matches are linked or results entered.
    """
    if _was_played(tournament.id):
        raise Conflict(
            f"{tournament.name} has linked matches or results. Archive it, or undo them first."
        )
    for model in (Series, Team, TournamentLeague):
        db.session.execute(
            sa.delete(model)
            .where(model.tournament_id == tournament.id)
            .execution_options(synchronize_session=False)
        )
    db.session.expunge(tournament)
    db.session.execute(sa.delete(Tournament).where(Tournament.id == tournament.id))


def delete_bracket(tournament: Tournament) -> int:
    """Take the bracket away while nothing of it was played; how many series it had.

    Raises:
        Conflict: matches are linked or results entered, or there is none.
    """
    if _was_played(tournament.id):
        raise Conflict("The bracket has linked matches or results. Undo them first.")
    gone: int = db.session.execute(
        sa.delete(Series)
        .where(Series.tournament_id == tournament.id)
        .execution_options(synchronize_session=False)
    ).rowcount  # type: ignore[attr-defined]
    if not gone:
        raise Conflict("There is no bracket.")
    tournament.state, tournament.seeding, tournament.random_seed = "draft", None, None
    touch(tournament)
    return gone


def _was_played(tournament_id: int) -> bool:
    """Whether any game has a match or a result, or any series a result by hand."""
    game = sa.or_(
        Game.match_id.is_not(None), Game.winner_id.is_not(None), Game.forfeit_by_id.is_not(None)
    )
    games = sa.exists().where(
        Series.id == Game.series_id, Series.tournament_id == tournament_id, game
    )
    by_hand = sa.exists().where(
        Series.tournament_id == tournament_id, Series.hand_score_a.is_not(None)
    )
    return bool(db.session.scalar(sa.select(sa.or_(games, by_hand))))
