"""tournaments, their brackets, and marks on matches"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tournament",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("format", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("night_ends", sa.SmallInteger(), nullable=False),
        sa.Column("best_of", sa.SmallInteger(), nullable=False),
        sa.Column("final_best_of", sa.SmallInteger(), nullable=True),
        sa.Column("grand_final", sa.String(length=8), nullable=False),
        sa.Column("third_place", sa.Boolean(), nullable=False),
        sa.Column("group_count", sa.SmallInteger(), nullable=False),
        sa.Column("advancing", sa.SmallInteger(), nullable=False),
        sa.Column("legs", sa.SmallInteger(), nullable=False),
        sa.Column("knockout", sa.String(length=24), nullable=False),
        sa.Column("seeding", sa.String(length=16), nullable=True),
        sa.Column("random_seed", sa.BigInteger(), nullable=True),
        sa.Column(
            "points", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("win_points", sa.SmallInteger(), nullable=False),
        sa.Column(
            "tie_breaks", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("auto_link", sa.String(length=8), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "auto_link IN ('off', 'suggest', 'sure')", name=op.f("ck_tournament_auto_link")
        ),
        sa.CheckConstraint(
            "format IN ('single_elimination', 'double_elimination', 'round_robin', 'groups_knockout')",
            name=op.f("ck_tournament_format"),
        ),
        sa.CheckConstraint(
            "grand_final IN ('none', 'simple', 'reset')", name=op.f("ck_tournament_grand_final")
        ),
        sa.CheckConstraint(
            "knockout IN ('single_elimination', 'double_elimination')",
            name=op.f("ck_tournament_knockout"),
        ),
        sa.CheckConstraint(
            "seeding IN ('manual', 'mmr', 'captain_mmr', 'random')",
            name=op.f("ck_tournament_seeding"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'running', 'finished')", name=op.f("ck_tournament_state")
        ),
        sa.CheckConstraint("best_of IN (1, 2, 3, 5)", name=op.f("ck_tournament_best_of")),
        sa.CheckConstraint(
            "final_best_of IN (1, 2, 3, 5)", name=op.f("ck_tournament_final_best_of")
        ),
        sa.CheckConstraint("legs BETWEEN 1 AND 2", name=op.f("ck_tournament_legs")),
        sa.CheckConstraint("night_ends BETWEEN 0 AND 12", name=op.f("ck_tournament_night_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tournament")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "tournament_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("tag", sa.String(length=16), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("steam_team_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn", sa.String(length=8), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("withdrawn IN ('forfeit', 'annul')", name=op.f("ck_team_withdrawn")),
        sa.CheckConstraint("seed > 0", name=op.f("ck_team_seed")),
        sa.ForeignKeyConstraint(
            ["tournament_id"],
            ["tournament.id"],
            name=op.f("fk_team_tournament_id_tournament"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("tournament_id", "name", name=op.f("uq_team_tournament_id_name")),
    )
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_tournament_id"), ["tournament_id"], unique=False)

    op.create_table(
        "tournament_league",
        sa.Column(
            "tournament_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("league_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["league_id"], ["league.id"], name=op.f("fk_tournament_league_league_id_league")
        ),
        sa.ForeignKeyConstraint(
            ["tournament_id"],
            ["tournament.id"],
            name=op.f("fk_tournament_league_tournament_id_tournament"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tournament_id", "league_id", name=op.f("pk_tournament_league")),
    )
    with op.batch_alter_table("tournament_league", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_tournament_league_league_id"), ["league_id"], unique=False
        )

    op.create_table(
        "series",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "tournament_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("bracket", sa.String(length=12), nullable=False),
        sa.Column("group_name", sa.String(length=4), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("label", sa.String(length=12), nullable=False),
        sa.Column("best_of", sa.SmallInteger(), nullable=False),
        sa.Column("if_needed", sa.Boolean(), nullable=False),
        sa.Column("a_kind", sa.String(length=8), nullable=False),
        sa.Column("a_team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "a_series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("a_group", sa.String(length=4), nullable=False),
        sa.Column("a_place", sa.SmallInteger(), nullable=True),
        sa.Column("b_kind", sa.String(length=8), nullable=False),
        sa.Column("b_team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "b_series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("b_group", sa.String(length=4), nullable=False),
        sa.Column("b_place", sa.SmallInteger(), nullable=True),
        sa.Column("next_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "loser_next_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hand_score_a", sa.SmallInteger(), nullable=True),
        sa.Column("hand_score_b", sa.SmallInteger(), nullable=True),
        sa.Column("hand_winner", sa.String(length=1), nullable=True),
        sa.Column("forfeit", sa.String(length=8), nullable=True),
        sa.Column("hand_by", sa.BigInteger(), nullable=True),
        sa.Column("team_a_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("team_b_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("vacant_a", sa.Boolean(), nullable=False),
        sa.Column("vacant_b", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("score_a", sa.SmallInteger(), nullable=False),
        sa.Column("score_b", sa.SmallInteger(), nullable=False),
        sa.Column("winner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "a_kind IN ('team', 'winner', 'loser', 'group')", name=op.f("ck_series_a_kind")
        ),
        sa.CheckConstraint(
            "b_kind IN ('team', 'winner', 'loser', 'group')", name=op.f("ck_series_b_kind")
        ),
        sa.CheckConstraint(
            "bracket IN ('winners', 'losers', 'final', 'third_place', 'group')",
            name=op.f("ck_series_bracket"),
        ),
        sa.CheckConstraint(
            "forfeit IN ('team_a', 'team_b', 'both')", name=op.f("ck_series_forfeit")
        ),
        sa.CheckConstraint("hand_winner IN ('a', 'b')", name=op.f("ck_series_hand_winner")),
        sa.CheckConstraint(
            "state IN ('pending', 'ready', 'live', 'done')", name=op.f("ck_series_state")
        ),
        sa.CheckConstraint(
            "winner_id IS NULL OR state = 'done'", name=op.f("ck_series_winner_is_done")
        ),
        sa.CheckConstraint(
            "(hand_score_a IS NULL) = (hand_score_b IS NULL)",
            name=op.f("ck_series_hand_scores_together"),
        ),
        sa.CheckConstraint("best_of IN (1, 2, 3, 5)", name=op.f("ck_series_best_of")),
        sa.CheckConstraint("team_a_id <> team_b_id", name=op.f("ck_series_two_teams")),
        sa.CheckConstraint(
            "winner_id IS NULL OR winner_id = team_a_id OR winner_id = team_b_id",
            name=op.f("ck_series_winner_is_here"),
        ),
        sa.ForeignKeyConstraint(
            ["a_series_id"], ["series.id"], name=op.f("fk_series_a_series_id_series")
        ),
        sa.ForeignKeyConstraint(["a_team_id"], ["team.id"], name=op.f("fk_series_a_team_id_team")),
        sa.ForeignKeyConstraint(
            ["b_series_id"], ["series.id"], name=op.f("fk_series_b_series_id_series")
        ),
        sa.ForeignKeyConstraint(["b_team_id"], ["team.id"], name=op.f("fk_series_b_team_id_team")),
        sa.ForeignKeyConstraint(
            ["loser_next_id"], ["series.id"], name=op.f("fk_series_loser_next_id_series")
        ),
        sa.ForeignKeyConstraint(["next_id"], ["series.id"], name=op.f("fk_series_next_id_series")),
        sa.ForeignKeyConstraint(["team_a_id"], ["team.id"], name=op.f("fk_series_team_a_id_team")),
        sa.ForeignKeyConstraint(["team_b_id"], ["team.id"], name=op.f("fk_series_team_b_id_team")),
        sa.ForeignKeyConstraint(
            ["tournament_id"],
            ["tournament.id"],
            name=op.f("fk_series_tournament_id_tournament"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["winner_id"], ["team.id"], name=op.f("fk_series_winner_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint(
            "tournament_id",
            "bracket",
            "group_name",
            "round",
            "position",
            name=op.f("uq_series_tournament_id_bracket_group_name_round_position"),
        ),
    )
    with op.batch_alter_table("series", schema=None) as batch_op:
        for column in ("a_series_id", "b_series_id", "next_id", "loser_next_id"):
            batch_op.create_index(f"ix_series_{column}", [column], unique=False)
        batch_op.create_index("ix_series_scheduled_at", ["scheduled_at"], unique=False)
        batch_op.create_index("ix_series_team_a_id", ["team_a_id"], unique=False)
        batch_op.create_index("ix_series_team_b_id", ["team_b_id"], unique=False)
        batch_op.create_index("ix_series_tournament_id", ["tournament_id"], unique=False)

    op.create_table(
        "team_member",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("steam_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("mmr", sa.BigInteger(), nullable=True),
        sa.Column("captain", sa.Boolean(), nullable=False),
        sa.Column("deputy", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("mmr > 0", name=op.f("ck_team_member_mmr")),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_team_member_team_id_team"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index("ix_team_member_steam_id", ["steam_id"], unique=False)
        batch_op.create_index("ix_team_member_team_id", ["team_id"], unique=False)
        batch_op.create_index(
            "uq_team_member_captain",
            ["team_id"],
            unique=True,
            sqlite_where=sa.text("captain AND left_at IS NULL"),
            postgresql_where=sa.text("captain AND left_at IS NULL"),
        )
        batch_op.create_index(
            "uq_team_member_present",
            ["team_id", "steam_id"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )

    op.create_table(
        "game",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("match_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "radiant_team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "dire_team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("winner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "forfeit_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("origin", sa.String(length=8), nullable=True),
        sa.Column("hands_off", sa.Boolean(), nullable=False),
        sa.Column("linked_by", sa.BigInteger(), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.CheckConstraint("origin IN ('person', 'auto')", name=op.f("ck_game_origin")),
        sa.CheckConstraint(
            "state IN ('pending', 'ready', 'linked', 'done', 'unneeded')",
            name=op.f("ck_game_state"),
        ),
        sa.CheckConstraint(
            "winner_id IS NULL OR state = 'done'", name=op.f("ck_game_winner_is_done")
        ),
        sa.CheckConstraint(
            "(match_id IS NULL) = (origin IS NULL) AND (match_id IS NULL) = (linked_at IS NULL)",
            name=op.f("ck_game_link_whole"),
        ),
        sa.CheckConstraint(
            "match_id IS NULL OR forfeit_by_id IS NULL", name=op.f("ck_game_link_or_forfeit")
        ),
        sa.CheckConstraint("number BETWEEN 1 AND 5", name=op.f("ck_game_number")),
        sa.ForeignKeyConstraint(
            ["dire_team_id"], ["team.id"], name=op.f("fk_game_dire_team_id_team")
        ),
        sa.ForeignKeyConstraint(
            ["forfeit_by_id"], ["team.id"], name=op.f("fk_game_forfeit_by_id_team")
        ),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_game_match_id_match")),
        sa.ForeignKeyConstraint(
            ["radiant_team_id"], ["team.id"], name=op.f("fk_game_radiant_team_id_team")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_game_series_id_series"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["winner_id"], ["team.id"], name=op.f("fk_game_winner_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_game")),
        sa.UniqueConstraint("match_id", name=op.f("uq_game_match_id")),
        sa.UniqueConstraint("series_id", "number", name=op.f("uq_game_series_id_number")),
    )
    op.create_table(
        "stand_in",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("steam_id_in", sa.BigInteger(), nullable=False),
        sa.Column("name_in", sa.String(length=80), nullable=False),
        sa.Column("steam_id_out", sa.BigInteger(), nullable=True),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["series.id"],
            name=op.f("fk_stand_in_series_id_series"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_stand_in_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand_in")),
        sa.UniqueConstraint(
            "series_id", "steam_id_in", name=op.f("uq_stand_in_series_id_steam_id_in")
        ),
    )
    op.create_table(
        "dismissal",
        sa.Column("game_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("match_id", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["game_id"], ["game.id"], name=op.f("fk_dismissal_game_id_game"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["match.id"], name=op.f("fk_dismissal_match_id_match")
        ),
        sa.PrimaryKeyConstraint("game_id", "match_id", name=op.f("pk_dismissal")),
    )
    # Not in batch mode: on SQLite that would copy and drop the table, and a dropped table takes
    # along what refers to it.
    op.execute(
        "ALTER TABLE match ADD COLUMN mark VARCHAR(8)"
        " CONSTRAINT ck_match_mark CHECK (mark IN ('void', 'remake'))"
    )
    op.execute("ALTER TABLE match ADD COLUMN mark_reason TEXT")
    op.create_index(
        "ix_match_marked",
        "match",
        ["id"],
        unique=False,
        sqlite_where=sa.text("mark IS NOT NULL"),
        postgresql_where=sa.text("mark IS NOT NULL"),
    )
    op.create_index("ix_match_league_start", "match", ["league_id", "start_time"])


def downgrade() -> None:
    op.drop_index("ix_match_league_start", "match")
    op.drop_index(
        "ix_match_marked",
        table_name="match",
        sqlite_where=sa.text("mark IS NOT NULL"),
        postgresql_where=sa.text("mark IS NOT NULL"),
    )
    op.execute("ALTER TABLE match DROP COLUMN mark_reason")
    op.execute("ALTER TABLE match DROP COLUMN mark")
    op.drop_table("dismissal")
    op.drop_table("stand_in")
    op.drop_table("game")
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_team_member_present",
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
        batch_op.drop_index(
            "uq_team_member_captain",
            sqlite_where=sa.text("captain AND left_at IS NULL"),
            postgresql_where=sa.text("captain AND left_at IS NULL"),
        )
        batch_op.drop_index("ix_team_member_team_id")
        batch_op.drop_index("ix_team_member_steam_id")

    op.drop_table("team_member")
    with op.batch_alter_table("series", schema=None) as batch_op:
        for column in ("a_series_id", "b_series_id", "next_id", "loser_next_id"):
            batch_op.drop_index(f"ix_series_{column}")
        batch_op.drop_index("ix_series_tournament_id")
        batch_op.drop_index("ix_series_team_b_id")
        batch_op.drop_index("ix_series_team_a_id")
        batch_op.drop_index("ix_series_scheduled_at")

    op.drop_table("series")
    with op.batch_alter_table("tournament_league", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tournament_league_league_id"))

    op.drop_table("tournament_league")
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_tournament_id"))

    op.drop_table("team")
    op.drop_table("tournament")
