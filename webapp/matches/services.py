"""What a person does to matches: retry, enter by hand, take it back, take up the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict, NotFound
from webapp.core.runs import services as runs
from webapp.core.time import utcnow
from webapp.matches.models import STATES, Match, PlayerMatchStats, RoundAnswer

RETRIED = ("failed", "withheld")
RESET_AT_ONCE = 1000


def get(match_id: int) -> Match:
    match = db.session.get(Match, match_id)
    if match is None:
        raise NotFound(f"There is no match {match_id} here.")
    return match


def counts(league_id: int | None) -> dict[str, int]:
    """How many matches of the league (None: of all leagues) stand in each state, and in all."""
    query = sa.select(Match.state, sa.func.count()).group_by(Match.state)
    if league_id is not None:
        query = query.where(Match.league_id == league_id)
    rows = db.session.execute(query)
    found: dict[str, int] = dict.fromkeys(STATES, 0) | {row[0]: row[1] for row in rows}
    return {"total": sum(found.values()), **found}


def league_of(match_ids: Sequence[int]) -> int:
    """The one league these matches count in.

    Raises:
        NotFound: a match is unknown; it is named.
        BadInput: they count in several leagues.
    """
    rows = db.session.execute(
        sa.select(Match.id, Match.league_id).where(Match.id.in_(match_ids))
    ).all()
    unknown = sorted(set(match_ids) - {row.id for row in rows})
    if unknown:
        raise NotFound(f"There is no match {unknown[0]} here.")
    leagues = {row.league_id for row in rows}
    if len(leagues) != 1:
        raise BadInput(
            "These matches count in several leagues; retry them league by league.",
            fields={"match_ids": "ids of several leagues"},
        )
    return int(leagues.pop())


def start_relink(match_ids: Sequence[int] | None = None, *, by: int | None = None) -> runs.Started:
    """A run that sets the links of all or the chosen matches' lines afresh, or the active one.

    Raises:
        NotFound: a match is unknown; it is named.
    """
    params: dict[str, Any] = {"all": True}
    if match_ids is not None:
        _refuse_unknown(match_ids)
        params = {"match_ids": sorted(set(match_ids))}
    return runs.start("relink", "all", params=params, requested_by=by)


def _refuse_unknown(match_ids: Sequence[int]) -> None:
    known = set(db.session.scalars(sa.select(Match.id).where(Match.id.in_(match_ids))))
    unknown = sorted(set(match_ids) - known)
    if unknown:
        raise NotFound(f"There is no match {unknown[0]} here.")


def give_up(match_id: int, reason: str) -> None:
    """Ask no source about this match until a person retries it; one entered by hand stays."""
    by_hand = Match.source == "manual"
    db.session.execute(
        sa.update(Match)
        .where(Match.id == match_id, sa.or_(Match.state == "stub", by_hand))
        .values(
            state=sa.case((by_hand, Match.state), else_="failed"),
            fetch_error=sa.case((by_hand, Match.fetch_error), else_=reason),
            next_attempt_at=None,
        )
        .execution_options(synchronize_session=False)
    )


def retry(league_id: int, match_ids: Sequence[int] | None = None) -> int:
    """Ask every source afresh: all failed and withheld matches of the league, or the chosen ones.

    Chosen stubs become due now as well. Returns how many matches were reset.
    """
    chosen = [Match.league_id == league_id]
    if match_ids is None:
        chosen.append(Match.state.in_(RETRIED))
    else:
        chosen += [Match.id.in_(match_ids), Match.state.in_((*RETRIED, "stub"))]
    return _reset(chosen)


def retry_younger_than(league_id: int, age: timedelta) -> int:
    """What the nightly walk asks again: failed and withheld matches, and those entered by hand."""
    since = utcnow() - age
    young = sa.func.coalesce(Match.start_time, Match.created_at) > since
    db.session.execute(
        sa.update(Match)
        .where(
            Match.league_id == league_id,
            Match.source == "manual",
            Match.offered_source.is_(None),
            young,
        )
        .values(next_attempt_at=utcnow())
        .execution_options(synchronize_session=False)
    )
    return _reset([Match.league_id == league_id, Match.state.in_(RETRIED), young])


def _reset(chosen: list[sa.ColumnElement[bool]]) -> int:
    query = sa.select(Match.id).where(*chosen).order_by(Match.id).with_for_update()
    ids = list(db.session.scalars(query))
    for start in range(0, len(ids), RESET_AT_ONCE):
        part = ids[start : start + RESET_AT_ONCE]
        db.session.execute(
            sa.delete(RoundAnswer)
            .where(RoundAnswer.match_id.in_(part))
            .execution_options(synchronize_session=False)
        )
        db.session.execute(
            sa.update(Match)
            .where(Match.id.in_(part))
            .values(
                state="stub",
                next_attempt_at=utcnow(),
                retry_count=0,
                unanswered=0,
                fetch_error=None,
            )
            .execution_options(synchronize_session=False)
        )
    return len(ids)


# ---- by hand ---------------------------------------------------------------------------------

MANUAL_COLUMNS = ("radiant_win", "radiant_score", "dire_score", "duration", "start_time")
KEPT = (*MANUAL_COLUMNS, "state", "retry_count", "fetch_error")


def enter_by_hand(match: Match, values: Mapping[str, Any]) -> dict[str, Any]:
    """Make a failed or withheld match detailed with what a person knows: the winner is enough.

    Returns what stood there before, for the audit and for the undo.

    Raises:
        Conflict: the match has details, or is still being asked for.
        BadInput: no winner was given.
    """
    db.session.refresh(match, with_for_update=True)
    if match.source == "manual":
        raise Conflict("This match was entered by hand already. Undo that first.")
    if match.state not in RETRIED:
        raise Conflict("Only a failed or withheld match is entered by hand.")
    if values.get("radiant_win") is None:
        raise BadInput("Who won is needed.", fields={"winner": "radiant or dire"})
    before = {name: getattr(match, name) for name in KEPT}
    match.before_manual = {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in before.items()
    }
    for name in MANUAL_COLUMNS:
        if values.get(name) is not None:
            setattr(match, name, values[name])
    match.state, match.source = "detailed", "manual"
    match.detailed_at, match.detailed_by_run = utcnow(), None
    match.next_attempt_at, match.fetch_error = None, None
    db.session.flush()
    return dict(match.before_manual)


def undo_by_hand(match: Match) -> None:
    """Put back what stood before a match was entered by hand.

    Raises:
        Conflict: it was not.
    """
    db.session.refresh(match, with_for_update=True)
    if match.source != "manual" or match.before_manual is None:
        raise Conflict("This match was not entered by hand.")
    before = dict(match.before_manual)
    start = before.pop("start_time", None)
    match.start_time = datetime.fromisoformat(start) if start else None
    for name, value in before.items():
        setattr(match, name, value)
    match.source, match.detailed_at, match.before_manual = None, None, None
    match.offered_source, match.next_attempt_at = None, None
    db.session.flush()


def lines_of(match_ids: Sequence[int]) -> dict[int, list[PlayerMatchStats]]:
    """The players' lines of several matches, in the order of their slots, in one statement."""
    rows = db.session.scalars(
        sa.select(PlayerMatchStats)
        .where(PlayerMatchStats.match_id.in_(match_ids))
        .order_by(PlayerMatchStats.match_id, PlayerMatchStats.player_slot)
    )
    found: dict[int, list[PlayerMatchStats]] = {match_id: [] for match_id in match_ids}
    for row in rows:
        found[row.match_id].append(row)
    return found
