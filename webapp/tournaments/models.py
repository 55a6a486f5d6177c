"""Tournaments: their teams, the series of their brackets, and the games of a series."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.db import JSON, Base, BigId

FORMATS = ("single_elimination", "double_elimination", "round_robin", "groups_knockout")
STATES = ("draft", "running", "finished")
GRAND_FINALS = ("none", "simple", "reset")
SEEDINGS = ("manual", "mmr", "captain_mmr", "random")
AUTO_LINKS = ("off", "suggest", "sure")
BEST_OF = (1, 2, 3, 5)
BRACKETS = ("winners", "losers", "final", "third_place", "group")
SOURCES = ("team", "winner", "loser", "group")
SERIES_STATES = ("pending", "ready", "live", "done")
GAME_STATES = ("pending", "ready", "linked", "done", "unneeded")
FORFEITS = ("team_a", "team_b", "both")
WITHDRAWALS = ("forfeit", "annul")
ORIGINS = ("person", "auto")


def _one_of(column: str, values: tuple[str, ...] | tuple[int, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint(sa.column(column).in_(values), name=column)


class Tournament(Base):
    """A tournament over the matches of one or more leagues.

    ``night_ends`` is the hour, in ``zone``, up to which a game still belongs to the evening
    before. ``random_seed`` is what a random seeding was drawn with. ``points`` are those of a best
    of two for 2:0, 1:1 and 0:2, and ``win_points`` those of a series won otherwise. ``version``
    grows with every change that a page of the bracket shows.
    """

    __tablename__ = "tournament"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    format: Mapped[str] = mapped_column(sa.String(24))
    state: Mapped[str] = mapped_column(sa.String(16), default="draft")
    starts_at: Mapped[datetime | None]
    zone: Mapped[str] = mapped_column(sa.String(64), default="UTC")
    night_ends: Mapped[int] = mapped_column(sa.SmallInteger, default=6)
    best_of: Mapped[int] = mapped_column(sa.SmallInteger, default=3)
    final_best_of: Mapped[int | None] = mapped_column(sa.SmallInteger)
    grand_final: Mapped[str] = mapped_column(sa.String(8), default="simple")
    third_place: Mapped[bool] = mapped_column(default=False)
    group_count: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    advancing: Mapped[int] = mapped_column(sa.SmallInteger, default=2)
    legs: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    knockout: Mapped[str] = mapped_column(sa.String(24), default="single_elimination")
    seeding: Mapped[str | None] = mapped_column(sa.String(16))
    random_seed: Mapped[int | None]
    points: Mapped[list[Any]] = mapped_column(default=lambda: [2, 1, 0])
    win_points: Mapped[int] = mapped_column(sa.SmallInteger, default=3)
    tie_breaks: Mapped[list[Any]]
    auto_link: Mapped[str] = mapped_column(sa.String(8), default="suggest")
    version: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    leagues: Mapped[list[TournamentLeague]] = relationship(
        cascade="all, delete-orphan", order_by="TournamentLeague.league_id", lazy="selectin"
    )

    __table_args__ = (
        _one_of("format", FORMATS),
        _one_of("state", STATES),
        _one_of("grand_final", GRAND_FINALS),
        _one_of("seeding", SEEDINGS),
        _one_of("auto_link", AUTO_LINKS),
        _one_of("best_of", BEST_OF),
        _one_of("final_best_of", BEST_OF),
        _one_of("knockout", ("single_elimination", "double_elimination")),
        sa.CheckConstraint("night_ends BETWEEN 0 AND 12", name="night_ends"),
        sa.CheckConstraint("legs BETWEEN 1 AND 2", name="legs"),
    )

    @property
    def league_ids(self) -> list[int]:
        return [row.league_id for row in self.leagues]


class TournamentLeague(Base):
    """A league whose matches a tournament's games are; one may serve several tournaments."""

    __tablename__ = "tournament_league"

    tournament_id: Mapped[int] = mapped_column(
        sa.ForeignKey("tournament.id", ondelete="CASCADE"), primary_key=True
    )
    league_id: Mapped[int] = mapped_column(sa.ForeignKey("league.id"), primary_key=True, index=True)


class Team(Base):
    """A team of a tournament. ``withdrawn`` says what became of its series when it left."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    tournament_id: Mapped[int] = mapped_column(
        sa.ForeignKey("tournament.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(sa.String(80))
    tag: Mapped[str] = mapped_column(sa.String(16), default="")
    seed: Mapped[int | None]
    steam_team_id: Mapped[int | None]
    withdrawn: Mapped[str | None] = mapped_column(sa.String(8))
    created_at: Mapped[datetime]

    members: Mapped[list[TeamMember]] = relationship(
        back_populates="team", cascade="all, delete-orphan", order_by="TeamMember.id"
    )

    __table_args__ = (
        sa.UniqueConstraint("tournament_id", "name"),
        _one_of("withdrawn", WITHDRAWALS),
        sa.CheckConstraint("seed > 0", name="seed"),
    )

    @property
    def present(self) -> list[TeamMember]:
        """Those who have not left."""
        return [member for member in self.members if member.left_at is None]


class TeamMember(Base):
    """A player of a team from ``joined_at`` until ``left_at``; ``mmr`` null is unknown, never 0."""

    __tablename__ = "team_member"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("team.id", ondelete="CASCADE"))
    steam_id: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    mmr: Mapped[int | None]
    captain: Mapped[bool] = mapped_column(default=False)
    deputy: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    team: Mapped[Team] = relationship(back_populates="members")

    __table_args__ = (
        sa.Index("ix_team_member_team_id", "team_id"),
        sa.Index("ix_team_member_steam_id", "steam_id"),
        sa.Index(
            "uq_team_member_present",
            "team_id",
            "steam_id",
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        ),
        sa.Index(
            "uq_team_member_captain",
            "team_id",
            unique=True,
            sqlite_where=sa.text("captain AND left_at IS NULL"),
            postgresql_where=sa.text("captain AND left_at IS NULL"),
        ),
        sa.CheckConstraint("mmr > 0", name="mmr"),
    )


class Series(Base):
    """A series of a bracket: what feeds its two slots, who stands in them, and how it ended.

    ``a_*`` and ``b_*`` say what feeds a slot, fixed when the bracket is generated: a team, the
    winner or loser of another series, or a place in a group. ``team_a_id`` and ``team_b_id`` are
    who stands there now; they, ``state``, the scores and ``winner_id`` follow from the results
    and are written by ``bracket.services`` alone. ``hand_*`` is a result entered by hand, which
    stands above what the games say. ``vacant_a`` and ``vacant_b``: nobody will ever stand there.
    """

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    tournament_id: Mapped[int] = mapped_column(sa.ForeignKey("tournament.id", ondelete="CASCADE"))
    bracket: Mapped[str] = mapped_column(sa.String(12))
    group: Mapped[str] = mapped_column("group_name", sa.String(4), default="")
    round: Mapped[int] = mapped_column(sa.SmallInteger)
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    label: Mapped[str] = mapped_column(sa.String(12))
    best_of: Mapped[int] = mapped_column(sa.SmallInteger)
    if_needed: Mapped[bool] = mapped_column(default=False)

    a_kind: Mapped[str] = mapped_column(sa.String(8))
    a_team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    a_series_id: Mapped[int | None] = mapped_column(sa.ForeignKey("series.id"))
    a_group: Mapped[str] = mapped_column(sa.String(4), default="")
    a_place: Mapped[int | None] = mapped_column(sa.SmallInteger)
    b_kind: Mapped[str] = mapped_column(sa.String(8))
    b_team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    b_series_id: Mapped[int | None] = mapped_column(sa.ForeignKey("series.id"))
    b_group: Mapped[str] = mapped_column(sa.String(4), default="")
    b_place: Mapped[int | None] = mapped_column(sa.SmallInteger)
    next_id: Mapped[int | None] = mapped_column(sa.ForeignKey("series.id"))
    loser_next_id: Mapped[int | None] = mapped_column(sa.ForeignKey("series.id"))

    scheduled_at: Mapped[datetime | None]

    hand_score_a: Mapped[int | None] = mapped_column(sa.SmallInteger)
    hand_score_b: Mapped[int | None] = mapped_column(sa.SmallInteger)
    hand_winner: Mapped[str | None] = mapped_column(sa.String(1))
    forfeit: Mapped[str | None] = mapped_column(sa.String(8))
    hand_by: Mapped[int | None]

    team_a_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    team_b_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    vacant_a: Mapped[bool] = mapped_column(default=False)
    vacant_b: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(sa.String(8), default="pending")
    skipped: Mapped[bool] = mapped_column(default=False)
    score_a: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    score_b: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    winner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    ended_at: Mapped[datetime | None]

    games: Mapped[list[Game]] = relationship(
        back_populates="series", cascade="all, delete-orphan", order_by="Game.number"
    )
    stand_ins: Mapped[list[StandIn]] = relationship(cascade="all, delete-orphan")

    __table_args__ = (
        sa.UniqueConstraint("tournament_id", "bracket", "group_name", "round", "position"),
        sa.Index("ix_series_tournament_id", "tournament_id"),
        sa.Index("ix_series_scheduled_at", "scheduled_at"),
        sa.Index("ix_series_team_a_id", "team_a_id"),
        sa.Index("ix_series_team_b_id", "team_b_id"),
        *(
            sa.Index(f"ix_series_{column}", column)
            for column in ("a_series_id", "b_series_id", "next_id", "loser_next_id")
        ),
        _one_of("bracket", BRACKETS),
        _one_of("best_of", BEST_OF),
        _one_of("state", SERIES_STATES),
        _one_of("forfeit", FORFEITS),
        _one_of("a_kind", SOURCES),
        _one_of("b_kind", SOURCES),
        _one_of("hand_winner", ("a", "b")),
        sa.CheckConstraint(
            "(hand_score_a IS NULL) = (hand_score_b IS NULL)", name="hand_scores_together"
        ),
        sa.CheckConstraint("winner_id IS NULL OR state = 'done'", name="winner_is_done"),
        sa.CheckConstraint(
            "winner_id IS NULL OR winner_id = team_a_id OR winner_id = team_b_id",
            name="winner_is_here",
        ),
        sa.CheckConstraint("team_a_id <> team_b_id", name="two_teams"),
    )

    @property
    def has_hand_result(self) -> bool:
        return self.hand_score_a is not None


class Game(Base):
    """A game of a series and, once linked, the Steam match that it was.

    ``linked``: it has its match, whose result is awaited. ``origin`` says who linked it, a person
    or Aegis. ``hands_off``: a person linked, unlinked or settled it, so that Aegis never changes
    it by itself. ``flag`` is what looks wrong now. ``facts`` are those the link was made on.
    ``moved_at`` is when its result first counted.
    """

    __tablename__ = "game"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    series_id: Mapped[int] = mapped_column(sa.ForeignKey("series.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(sa.SmallInteger)
    state: Mapped[str] = mapped_column(sa.String(8), default="pending")
    match_id: Mapped[int | None] = mapped_column(sa.ForeignKey("match.id"), unique=True)
    radiant_team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    dire_team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    winner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    forfeit_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    origin: Mapped[str | None] = mapped_column(sa.String(8))
    hands_off: Mapped[bool] = mapped_column(default=False)
    linked_by: Mapped[int | None]
    linked_at: Mapped[datetime | None]
    moved_at: Mapped[datetime | None]
    flag: Mapped[str | None] = mapped_column(sa.Text)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    series: Mapped[Series] = relationship(back_populates="games")

    __table_args__ = (
        sa.UniqueConstraint("series_id", "number"),
        _one_of("state", GAME_STATES),
        _one_of("origin", ORIGINS),
        sa.CheckConstraint("number BETWEEN 1 AND 5", name="number"),
        sa.CheckConstraint(
            "(match_id IS NULL) = (origin IS NULL) AND (match_id IS NULL) = (linked_at IS NULL)",
            name="link_whole",
        ),
        sa.CheckConstraint("match_id IS NULL OR forfeit_by_id IS NULL", name="link_or_forfeit"),
        sa.CheckConstraint("winner_id IS NULL OR state = 'done'", name="winner_is_done"),
    )


class Dismissal(Base):
    """*Not this one*: a match that a person said is not this game."""

    __tablename__ = "dismissal"

    game_id: Mapped[int] = mapped_column(
        sa.ForeignKey("game.id", ondelete="CASCADE"), primary_key=True
    )
    match_id: Mapped[int] = mapped_column(sa.ForeignKey("match.id"), primary_key=True)
    by: Mapped[int | None]
    at: Mapped[datetime]


class StandIn(Base):
    """Who stands in for whom in one series; ``steam_id_out`` null is for anyone missing."""

    __tablename__ = "stand_in"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    series_id: Mapped[int] = mapped_column(sa.ForeignKey("series.id", ondelete="CASCADE"))
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("team.id"))
    steam_id_in: Mapped[int]
    name_in: Mapped[str] = mapped_column(sa.String(80), default="")
    steam_id_out: Mapped[int | None]
    approved_by: Mapped[int | None]
    approved_at: Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("series_id", "steam_id_in"),)
