"""Open rooms: rooms, places in them, bans, messages.

Additive: rows that the code before this wrote are valid, and that code can go on writing.

Revision ID: 0008_rooms
"""

import sqlalchemy as sa
from alembic import op

revision = "0008_rooms"
down_revision = "0007_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    _make_rooms()
    _make_places()
    _make_bans()
    _make_messages()


def _make_rooms() -> None:
    op.create_table(
        "rooms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), server_default="", nullable=False),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("max_participants", sa.Integer(), nullable=False),
        sa.Column("slow_mode_seconds", sa.Integer(), server_default="0", nullable=False),
        sa.Column("participant_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "participant_count >= 0 AND participant_count <= max_participants",
            name=op.f("ck_rooms_participants_fit"),
        ),
        sa.CheckConstraint("slow_mode_seconds >= 0", name=op.f("ck_rooms_slow_mode")),
        sa.ForeignKeyConstraint(
            ["host_id"], ["accounts.id"], name=op.f("fk_rooms_host_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
    )
    op.create_index(
        "ix_rooms_open", "rooms", ["active_at", "id"], postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_index(op.f("ix_rooms_host_id"), "rooms", ["host_id"])


def _make_places() -> None:
    op.create_table(
        "room_places",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spoke_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("left_at IS NULL OR NOT is_admin", name=op.f("ck_room_places_admins_are_in")),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_places_room_id_rooms"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name=op.f("fk_room_places_member_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("room_id", "member_id", name=op.f("pk_room_places")),
    )
    op.create_index(op.f("ix_room_places_member_id"), "room_places", ["member_id"])
    op.create_index(
        op.f("ix_room_places_room_id_joined_at_member_id"),
        "room_places",
        ["room_id", "joined_at", "member_id"],
        postgresql_where=sa.text("left_at IS NULL"),
    )


def _make_bans() -> None:
    op.create_table(
        "room_bans",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_bans_room_id_rooms"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name=op.f("fk_room_bans_member_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["accounts.id"], name=op.f("fk_room_bans_by_id_accounts"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("room_id", "member_id", name=op.f("pk_room_bans")),
    )
    op.create_index(
        op.f("ix_room_bans_room_id_created_at_member_id"), "room_bans", ["room_id", "created_at", "member_id"]
    )
    op.create_index(op.f("ix_room_bans_member_id"), "room_bans", ["member_id"])
    op.create_index(op.f("ix_room_bans_by_id"), "room_bans", ["by_id"])


def _make_messages() -> None:
    op.create_table(
        "room_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(action IS NULL) = (client_id IS NOT NULL)", name=op.f("ck_room_messages_said_or_done")
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_messages_room_id_rooms"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["accounts.id"],
            name=op.f("fk_room_messages_member_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_messages")),
        sa.UniqueConstraint("room_id", "seq", name=op.f("uq_room_messages_room_id_seq")),
        sa.UniqueConstraint(
            "room_id", "member_id", "client_id", name=op.f("uq_room_messages_room_id_member_id_client_id")
        ),
    )
    op.create_index(
        op.f("ix_room_messages_member_id_created_at"), "room_messages", ["member_id", "created_at"]
    )
    op.create_index(op.f("ix_room_messages_created_at"), "room_messages", ["created_at"])


def downgrade() -> None:
    """Drop them."""
    for table in ("room_messages", "room_bans", "room_places", "rooms"):
        op.drop_table(table)
