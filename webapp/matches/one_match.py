"""One match as its page shows it: both sides, the draft, the series, the sources."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer

from webapp.accounts.models import AuditEntry
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.leagues.models import League
from webapp.matches import reasons
from webapp.matches.browse import UNSHOWN
from webapp.matches.models import Match, PlayerMatchStats, RoundAnswer
from webapp.matches.names import SIDES, Player, players_named, side_name, team_names
from webapp.matches.services import RETRIED, lines_of

SUMMED = (
    *("kills", "deaths", "assists", "last_hits", "denies", "gold_per_min", "xp_per_min"),
    *("net_worth", "hero_damage", "tower_damage", "hero_healing"),
)
MANUAL_ACTION = "enter match by hand"


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its lines in the order of their seats, its draft, and its sums.

    ``picks`` are (hero, place in the draft from 1, or None where there was none).
    """

    key: str
    name: str
    score: int | None
    won: bool
    lines: Sequence[PlayerMatchStats]
    picks: Sequence[tuple[int, int | None]]
    bans: Sequence[int]
    together: Mapping[str, int | None]

    @property
    def word(self) -> str:
        return SIDES[self.key]


@dataclass(frozen=True, slots=True)
class Game:
    """A match of the same series; ``names`` by side. One marked void or remake has no number."""

    match: Match
    number: int | None
    names: Mapping[str, str]

    @property
    def winner(self) -> str | None:
        if self.match.radiant_win is None:
            return None
        return "radiant" if self.match.radiant_win else "dire"


@dataclass(frozen=True, slots=True)
class OneMatch:
    """Everything the page of a match shows to anybody."""

    match: Match
    league: League
    sides: Mapping[str, Side]
    players: Mapping[int, Player]
    games: Sequence[Game]

    @property
    def richest(self) -> int:
        """The most that one player was worth, which the bars are drawn against."""
        lines = [line for side in self.sides.values() for line in side.lines]
        return max((line.net_worth or 0 for line in lines), default=0)

    @property
    def title(self) -> str:
        number = next((game.number for game in self.games if game.match.id == self.match.id), None)
        teams = " vs ".join(side.name for side in self.sides.values())
        return f"{teams}, game {number}" if number and len(self.games) > 1 else teams

    @property
    def has_figures(self) -> bool:
        lines = [line for side in self.sides.values() for line in side.lines]
        return any(line.kills is not None for line in lines)


def one_match(match: Match) -> OneMatch:
    """What the page shows, in six statements."""
    league = db.session.get_one(League, match.league_id)
    mates = _series(match)
    teams = team_names([match, *mates])
    lines = lines_of([match.id])[match.id]
    sides = {key: _side(match, key, side_name(match, key, teams), lines) for key in SIDES}
    numbers = itertools.count(1)
    games = [
        Game(
            mate,
            None if mate.mark else next(numbers),
            {key: side_name(mate, key, teams) for key in SIDES},
        )
        for mate in mates
    ]
    return OneMatch(match, league, sides, players_named(line.steam_id for line in lines), games)


def _side(match: Match, key: str, name: str, lines: Sequence[PlayerMatchStats]) -> Side:
    own = [line for line in lines if line.is_radiant is (key == "radiant")]
    picks, bans = _draft(match.picks_bans or [], key, own)
    return Side(
        key=key,
        name=name,
        score=getattr(match, f"{key}_score"),
        won=match.radiant_win is (key == "radiant"),
        lines=own,
        picks=picks,
        bans=bans,
        together={column: _sum(own, column) for column in SUMMED},
    )


def _sum(lines: Sequence[PlayerMatchStats], column: str) -> int | None:
    known = [value for line in lines if (value := getattr(line, column)) is not None]
    return sum(known) if known else None


def _draft(
    picks_bans: Sequence[Mapping[str, Any]], key: str, lines: Sequence[PlayerMatchStats]
) -> tuple[list[tuple[int, int | None]], list[int]]:
    """Picks with their places and bans; without a draft the heroes that were played."""
    team = 0 if key == "radiant" else 1
    own = [row for row in picks_bans if row.get("team") == team and row.get("hero_id")]
    picks = [(row["hero_id"], _place(row)) for row in own if row.get("is_pick")]
    bans = [row["hero_id"] for row in own if not row.get("is_pick")]
    return picks or [(line.hero_id, None) for line in lines if line.hero_id], bans


def _place(row: Mapping[str, Any]) -> int | None:
    order = row.get("order")
    return order + 1 if isinstance(order, int) else None


def _series(match: Match) -> Sequence[Match]:
    """The matches of the same series in the same league, this one among them, oldest first."""
    if not match.series_id:
        return [match]
    return db.session.scalars(
        sa.select(Match)
        .options(*map(defer, UNSHOWN))
        .where(Match.series_id == match.series_id, Match.league_id == match.league_id)
        .order_by(Match.id)
        .limit(20)
    ).all()


# ---- why it has no details -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """Why a match has no details; ``detail`` is for admins alone."""

    title: str
    detail: str
    next_try: str


def standing_of(match: Match, league: League, answers: Sequence[RoundAnswer]) -> Standing | None:
    """None for a match with details."""
    if match.state not in RETRIED:
        return Standing("No data available yet", "", "") if match.state == "stub" else None
    refused = any(answer.answer == "definite" for answer in answers)
    key = reasons.reason_key(match, refused=refused)
    nightly = league.on_timetable and league.archived_at is None
    played = match.start_time or match.created_at
    return Standing(
        reasons.title_of(key, match.fetch_error),
        reasons.detail_of(match.fetch_error),
        reasons.next_try(played, nightly=nightly, now=utcnow()),
    )


def answers_of(match_id: int) -> Sequence[RoundAnswer]:
    """What the sources said of it in the open round, and what outlived a round."""
    return db.session.scalars(
        sa.select(RoundAnswer).where(RoundAnswer.match_id == match_id).order_by(RoundAnswer.source)
    ).all()


def entered_by(match: Match) -> AuditEntry | None:
    """Who entered it by hand, and when."""
    return db.session.scalar(
        sa.select(AuditEntry)
        .where(
            AuditEntry.target_kind == "match",
            AuditEntry.target_id == str(match.id),
            AuditEntry.action == MANUAL_ACTION,
            AuditEntry.outcome == "done",
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
