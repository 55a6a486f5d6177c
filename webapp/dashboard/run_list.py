"""Which runs there are: by kind, state, league and who asked, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.core.db import db
from webapp.core.figures import plural
from webapp.core.runs.kinds import kinds
from webapp.core.runs.models import ACTIVE, STATES, Run
from webapp.leagues.models import League

PER_PAGE = 50
BY_TIMETABLE = "timetable"
MOST_NAMES = 200


@dataclass(frozen=True)
class Wanted:
    """The filters of the list; empty ones let everything through. ``who``: a person's id, or the
    word ``timetable``.
    """

    kind: str = ""
    state: str = ""
    league: str = ""
    who: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """What an address asks for; a value that cannot be is left aside."""
        return cls(
            kind=_among(given.get("kind", ""), [kind.name for kind in kinds()]),
            state=_among(given.get("state", ""), (*STATES, "active")),
            league=_number(given.get("league", "")),
            who=given.get("who", "") if given.get("who") == BY_TIMETABLE else _number_in(given),
        )

    @property
    def number(self) -> int:
        """How many filters are set."""
        return sum(map(bool, (self.kind, self.state, self.league, self.who)))

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        met: list[sa.ColumnElement[bool]] = []
        if self.kind:
            met.append(Run.kind == self.kind)
        if self.state:
            met.append(Run.state.in_(ACTIVE if self.state == "active" else (self.state,)))
        if self.league:
            met.append(Run.league_id == int(self.league))
        if self.who == BY_TIMETABLE:
            met.append(Run.requested_by.is_(None))
        elif self.who:
            met.append(Run.requested_by == int(self.who))
        return met


def _among(text: str, known: Sequence[str]) -> str:
    return text if text in known else ""


def _number(text: str) -> str:
    return text if text.isascii() and text.isdecimal() and len(text) < 19 else ""


def _number_in(given: Mapping[str, str]) -> str:
    return _number(given.get("who", ""))


def page(wanted: Wanted, after: int | None) -> tuple[list[Run], int | None]:
    """A page of runs older than ``after``, and where the next page goes on."""
    query = sa.select(Run).where(*wanted.conditions())
    if after is not None and 0 < after < 2**63:
        query = query.where(Run.id < after)
    found = list(db.session.scalars(query.order_by(Run.id.desc()).limit(PER_PAGE + 1)))
    more = len(found) > PER_PAGE
    return found[:PER_PAGE], found[PER_PAGE - 1].id if more else None


def active_number() -> int:
    """How many runs are queued or at work."""
    query = sa.select(sa.func.count()).select_from(Run).where(Run.state.in_(ACTIVE))
    return db.session.scalar(query) or 0


def active_runs(limit: int = 20) -> list[Run]:
    """The runs queued or at work, oldest first."""
    query = sa.select(Run).where(Run.state.in_(ACTIVE)).order_by(Run.id).limit(limit)
    return list(db.session.scalars(query))


def league_names(found: Sequence[Run]) -> dict[int, str]:
    """The names of these runs' leagues, in one statement."""
    ids = sorted({run.league_id for run in found if run.league_id is not None})
    if not ids:
        return {}
    rows = db.session.execute(sa.select(League.id, League.name).where(League.id.in_(ids)))
    return {row.id: row.name for row in rows}


def leagues_with_runs() -> list[tuple[int, str]]:
    """Every league by name, for the filter."""
    rows = db.session.execute(
        sa.select(League.id, League.name).order_by(League.name, League.id).limit(MOST_NAMES)
    )
    return [(row.id, row.name) for row in rows]


def askers() -> list[tuple[int, str]]:
    """The people who may ask for runs, for the filter."""
    rows = db.session.execute(
        sa.select(User.id, User.name)
        .where(User.role == "admin")
        .order_by(User.name, User.id)
        .limit(MOST_NAMES)
    )
    return [(row.id, row.name) for row in rows]


# ---- what a run was asked for ----------------------------------------------------------------


def what_was_asked(run: Run) -> str:
    """``full``, ``sync``, ``retry`` or ``relink``, read from what is left of its params.

    A run takes what it is asked out of its params as it does it; the walk's end leaves ``listed``.
    """
    params = run.params
    if run.kind != "sync":
        return run.kind
    if params.get("full") or (params.get("walk") or {}).get("full"):
        return "full"
    if any(name in params for name in ("collect", "walk", "listed")):
        return "sync"
    return "retry"


def asked_in_words(run: Run) -> str:
    """What a run was asked for, as a sentence."""
    if run.kind == "relink":
        chosen = run.params.get("match_ids")
        if run.params.get("all") or chosen is None:
            return "Link the lines of every match afresh"
        return f"Link the lines of {plural(len(chosen), 'match', 'matches')} afresh"
    return {
        "full": "Collect every id of the list, then get details",
        "sync": "Collect new ids, then get details",
        "retry": "Get the details of matches that are due",
    }.get(what_was_asked(run), "")
