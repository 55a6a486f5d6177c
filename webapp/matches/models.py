"""Matches, their players' lines, and the raw answers they were read from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.db import JSON, Base

STATES = ("stub", "detailed", "failed", "withheld")
SOURCES = ("sequence", "opendota", "details", "manual")
ANSWERS = ("definite", "absent", "schema")
MARKS = ("void", "remake")


class Match(Base):
    """A match, as far as anyone has told of it; ``id`` is Steam's.

    ``league_id`` is the league it counts in, ``steam_league_id`` the one Steam gives it.
    ``retry_count`` counts the rounds since the last retry by hand in which every applicable
    source gave a verdict, ``unanswered`` those in which one stayed silent while it answered others.
    ``mark``: a person called it void or a remake, so it is no game of a bracket and counts nowhere.
    """

    __tablename__ = "match"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    league_id: Mapped[int] = mapped_column(sa.ForeignKey("league.id"))
    steam_league_id: Mapped[int | None]
    pinned: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(sa.String(16), default="stub")
    source: Mapped[str | None] = mapped_column(sa.String(16))

    match_seq_num: Mapped[int | None]
    start_time: Mapped[datetime | None]
    duration: Mapped[int | None]
    radiant_win: Mapped[bool | None]
    game_mode: Mapped[int | None]
    lobby_type: Mapped[int | None]
    series_id: Mapped[int | None]
    series_type: Mapped[int | None]
    radiant_team_id: Mapped[int | None]
    dire_team_id: Mapped[int | None]
    radiant_name: Mapped[str | None] = mapped_column(sa.String(200))
    dire_name: Mapped[str | None] = mapped_column(sa.String(200))
    radiant_logo: Mapped[str | None] = mapped_column(sa.String(24))
    dire_logo: Mapped[str | None] = mapped_column(sa.String(24))
    radiant_team_complete: Mapped[bool | None]
    dire_team_complete: Mapped[bool | None]
    radiant_captain: Mapped[int | None]
    dire_captain: Mapped[int | None]
    radiant_score: Mapped[int | None]
    dire_score: Mapped[int | None]
    tower_status_radiant: Mapped[int | None]
    tower_status_dire: Mapped[int | None]
    barracks_status_radiant: Mapped[int | None]
    barracks_status_dire: Mapped[int | None]
    cluster: Mapped[int | None]
    first_blood_time: Mapped[int | None]
    pre_game_duration: Mapped[int | None]
    human_players: Mapped[int | None]
    flags: Mapped[int | None]
    engine: Mapped[int | None]
    patch: Mapped[int | None]
    region: Mapped[int | None]
    picks_bans: Mapped[list[Any] | None]

    retry_count: Mapped[int] = mapped_column(default=0)
    unanswered: Mapped[int] = mapped_column(default=0)
    last_fetch_attempt: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None]
    fetch_error: Mapped[str | None] = mapped_column(sa.Text)
    detailed_at: Mapped[datetime | None]
    detailed_by_run: Mapped[int | None]
    listed_at: Mapped[datetime | None]
    unlisted_at: Mapped[datetime | None]
    offered_source: Mapped[str | None] = mapped_column(sa.String(16))
    before_manual: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    mark: Mapped[str | None] = mapped_column(sa.String(8))
    mark_reason: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime]

    lines: Mapped[list[PlayerMatchStats]] = relationship(
        back_populates="match", order_by="PlayerMatchStats.player_slot", viewonly=True
    )

    __table_args__ = (
        sa.CheckConstraint("id > 0", name="id"),
        sa.CheckConstraint(sa.column("state").in_(STATES), name="state"),
        sa.CheckConstraint(
            "(state = 'detailed') = (source IS NOT NULL)", name="detailed_has_source"
        ),
        sa.CheckConstraint(sa.column("source").in_(SOURCES), name="source"),
        sa.CheckConstraint(sa.column("mark").in_(MARKS), name="mark"),
        sa.CheckConstraint("retry_count BETWEEN 0 AND 3", name="retry_count"),
        sa.CheckConstraint(
            "state <> 'stub' OR next_attempt_at IS NOT NULL", name="stub_has_next_attempt"
        ),
        sa.Index("ix_match_league_state", "league_id", "state", "id"),
        sa.Index("ix_match_league_id", "league_id", "id"),
        sa.Index("ix_match_due", "league_id", "next_attempt_at"),
        sa.Index("ix_match_next_attempt", "next_attempt_at"),
        sa.Index("ix_match_league_start", "league_id", "start_time"),
        sa.Index("ix_match_series", "series_id"),
        sa.Index("ix_match_radiant_team", "radiant_team_id", "id"),
        sa.Index("ix_match_dire_team", "dire_team_id", "id"),
        sa.Index(
            "ix_match_marked",
            "id",
            sqlite_where=sa.text("mark IS NOT NULL"),
            postgresql_where=sa.text("mark IS NOT NULL"),
        ),
    )

    @property
    def has_details(self) -> bool | None:
        """None: not yet asked to the end. True: here. False: no source gave it."""
        return {"stub": None, "detailed": True}.get(self.state, False)


class PlayerMatchStats(Base):
    """One player's line in a match, unique by (match, player_slot).

    ``steam_id`` and ``account_id`` are null for anonymous players, who can stand several times in
    one match. Lines of a stub carry the listed player and hero, and null figures.
    """

    __tablename__ = "player_match_stats"

    match_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match.id", ondelete="CASCADE"), primary_key=True
    )
    player_slot: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    steam_id: Mapped[int | None]
    account_id: Mapped[int | None]
    user_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    team_number: Mapped[int | None]
    team_slot: Mapped[int | None]
    hero_id: Mapped[int | None]
    hero_variant: Mapped[int | None]
    kills: Mapped[int | None]
    deaths: Mapped[int | None]
    assists: Mapped[int | None]
    leaver_status: Mapped[int | None]
    last_hits: Mapped[int | None]
    denies: Mapped[int | None]
    gold_per_min: Mapped[int | None]
    xp_per_min: Mapped[int | None]
    level: Mapped[int | None]
    net_worth: Mapped[int | None]
    gold: Mapped[int | None]
    gold_spent: Mapped[int | None]
    hero_damage: Mapped[int | None]
    tower_damage: Mapped[int | None]
    hero_healing: Mapped[int | None]
    scaled_hero_damage: Mapped[int | None]
    scaled_tower_damage: Mapped[int | None]
    scaled_hero_healing: Mapped[int | None]
    aghanims_scepter: Mapped[int | None]
    aghanims_shard: Mapped[int | None]
    moonshard: Mapped[int | None]
    item_0: Mapped[int | None]
    item_1: Mapped[int | None]
    item_2: Mapped[int | None]
    item_3: Mapped[int | None]
    item_4: Mapped[int | None]
    item_5: Mapped[int | None]
    backpack_0: Mapped[int | None]
    backpack_1: Mapped[int | None]
    backpack_2: Mapped[int | None]
    item_neutral: Mapped[int | None]
    item_neutral2: Mapped[int | None]
    ability_upgrades: Mapped[list[Any] | None]

    match: Mapped[Match] = relationship(back_populates="lines", viewonly=True)

    __table_args__ = (
        sa.CheckConstraint(
            "player_slot BETWEEN 0 AND 4 OR player_slot BETWEEN 128 AND 132", name="player_slot"
        ),
        sa.CheckConstraint("(steam_id IS NULL) = (account_id IS NULL)", name="anonymous"),
        sa.Index("ix_player_match_stats_steam_id_match_id", "steam_id", "match_id"),
        sa.Index("ix_player_match_stats_hero", "hero_id", "match_id"),
    )

    @property
    def is_radiant(self) -> bool:
        return self.player_slot < 128

    @property
    def items(self) -> list[int | None]:
        """The six items, in the order of their slots."""
        return [getattr(self, f"item_{slot}") for slot in range(6)]


class RawPayload(Base):
    """A raw answer, compressed, so that a better parser can read it again without asking."""

    __tablename__ = "raw_payload"

    match_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match.id", ondelete="CASCADE"), primary_key=True
    )
    source: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    readable: Mapped[bool]
    fetched_at: Mapped[datetime]


class RoundAnswer(Base):
    """A source's verdict on a match in the open round; ``definite`` outlives the round."""

    __tablename__ = "round_answer"

    match_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match.id", ondelete="CASCADE"), primary_key=True
    )
    source: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    answer: Mapped[str] = mapped_column(sa.String(16))
    detail: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint(sa.column("answer").in_(ANSWERS), name="answer"),)


class SteamTeam(Base):
    """A team's newest name, so that a stub that lists only its id can be read."""

    __tablename__ = "steam_team"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.String(200))
    logo: Mapped[str | None] = mapped_column(sa.String(24))
    seen_in: Mapped[int]
