"""The matches no source gave, with reasons: what a person retries or enters by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import defer

from webapp.core.api import to_after
from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.core.time import utcnow
from webapp.leagues.models import League
from webapp.matches import reasons
from webapp.matches.browse import UNSHOWN, Row, place, rows_of
from webapp.matches.filters import Condition
from webapp.matches.models import Match, RoundAnswer
from webapp.matches.services import RETRIED

PER_PAGE = 50
Told = sa.Row[Match, str, str, bool, datetime | None]

_REFUSED = sa.exists().where(RoundAnswer.match_id == Match.id, RoundAnswer.answer == "definite")
_REASON: sa.Case[str] = sa.case(
    (sa.and_(Match.state == "failed", Match.unanswered > 0), "silent"),
    (Match.state == "failed", "unreadable"),
    (_REFUSED, "never"),
    else_="absent",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them are asked for: of one league or all, of a state, of a reason."""

    league_id: int | None = None
    state: str = ""
    reason: str = ""

    def conditions(self) -> list[Condition]:
        met: list[Condition] = [Match.state.in_(RETRIED)]
        if self.league_id is not None:
            met.append(Match.league_id == self.league_id)
        if self.state:
            met.append(Match.state == self.state)
        if self.reason:
            met.append(sa.literal(self.reason) == _REASON)
        return met


@dataclass(frozen=True, slots=True)
class FailedRow:
    """A match with why, and when it is asked for again; ``reason`` is empty once it is a stub."""

    row: Row
    reason: str
    detail: str
    next_try: str
    league: str

    @property
    def match(self) -> Match:
        return self.row.match


@dataclass(frozen=True, slots=True)
class FailedPage:
    """A page of rows, how many there are by reason, and how many meet the filters."""

    rows: Sequence[FailedRow]
    by_reason: Mapping[str, int]
    total: int
    older: str | None

    def of_state(self, state: str) -> int:
        return sum(
            number for key, number in self.by_reason.items() if reasons.STATE_OF[key] == state
        )


def read_wanted(args: Mapping[str, str], league_id: int | None) -> Wanted:
    """The filters of an address.

    Raises:
        BadInput: a state or a reason is none of ours.
    """
    state, reason = args.get("state", ""), args.get("reason", "")
    if state not in ("", *RETRIED) or reason not in ("", *reasons.REASONS):
        raise BadInput("There is no such filter. Start again without filters.")
    return Wanted(league_id, state, reason)


def failed_page(wanted: Wanted, *, after: str = "", kept: Sequence[int] = ()) -> FailedPage:
    """A page of them, newest first.

    ``kept`` are matches that were shown and just retried: they keep their places, as stubs.
    """
    met = sa.and_(*wanted.conditions())
    if kept:
        met = sa.or_(met, Match.id.in_(kept))
    query = (
        sa.select(Match, _REASON, League.name, League.on_timetable, League.archived_at)
        .join(League, League.id == Match.league_id)
        .options(*map(defer, UNSHOWN))
        .where(met)
    )
    oldest = place(after)
    if oldest is not None:
        query = query.where(Match.id < oldest)
    found = db.session.execute(query.order_by(Match.id.desc()).limit(PER_PAGE + 1)).all()
    shown = found[:PER_PAGE]
    counted = _counts(wanted)
    return FailedPage(
        rows=[_failed_row(row, *told[1:]) for row, told in zip(_rows(shown), shown, strict=True)],
        by_reason=counted,
        total=_matching(counted, wanted),
        older=to_after(shown[-1][0].id) if len(found) > PER_PAGE else None,
    )


def _rows(shown: Sequence[Told]) -> list[Row]:
    return rows_of([told[0] for told in shown], with_heroes=False)


def _failed_row(
    row: Row, reason: str, league: str, on_timetable: bool, archived_at: datetime | None
) -> FailedRow:
    match = row.match
    if match.state == "stub":
        return FailedRow(row, "", "Every source is asked afresh", "now", league)
    played = match.start_time or match.created_at
    nightly = on_timetable and archived_at is None
    return FailedRow(
        row,
        reasons.title_of(reason, match.fetch_error),
        reasons.detail_of(match.fetch_error),
        reasons.next_try(played, nightly=nightly, now=utcnow()),
        league,
    )


def _counts(wanted: Wanted) -> dict[str, int]:
    """How many of the league (or all leagues) there are of each reason, whatever the filters."""
    told = (
        sa.select(_REASON.label("reason")).where(*Wanted(wanted.league_id).conditions()).subquery()
    )
    rows = db.session.execute(sa.select(told.c.reason, sa.func.count()).group_by(told.c.reason))
    return dict.fromkeys(reasons.REASONS, 0) | {row[0]: row[1] for row in rows}


def _matching(counted: Mapping[str, int], wanted: Wanted) -> int:
    return sum(
        number
        for key, number in counted.items()
        if wanted.state in ("", reasons.STATE_OF[key]) and wanted.reason in ("", key)
    )


def ids_by_league(wanted: Wanted) -> dict[int, list[int]]:
    """Every match the filters meet, by its league."""
    rows = db.session.execute(
        sa.select(Match.league_id, Match.id).where(*wanted.conditions()).order_by(Match.id)
    )
    return _by_league(rows)


def chosen_by_league(match_ids: Sequence[int]) -> dict[int, list[int]]:
    """Those of the chosen matches that are still failed or withheld, by their league."""
    rows = db.session.execute(
        sa.select(Match.league_id, Match.id)
        .where(Match.id.in_(match_ids), Match.state.in_(RETRIED))
        .order_by(Match.id)
    )
    return _by_league(rows)


def _by_league(rows: sa.Result[int, int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for league_id, match_id in rows:
        found.setdefault(league_id, []).append(match_id)
    return found
