"""Conversations: groups, kinds of messages, reactions, receipts, requests.

Additive: rows that the code before this wrote are valid, and that code can go on writing.

Revision ID: 0005_conversations
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005_conversations"
down_revision = "0004_sharing"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CHECKS = (
    ("conversations", "group_has_name", "type <> 'group' OR name IS NOT NULL"),
    ("conversation_members", "role", "role IN ('member', 'admin')"),
    ("conversation_members", "request", "request IN ('pending', 'accepted', 'declined')"),
    ("messages", "type", "type IN ('text', 'image', 'video', 'audio', 'file', 'system', 'goal_update')"),
)
# Each column may be empty: what it names goes without what names it.
REFERENCES = (("conversations", "image_id", "media"), ("messages", "media_id", "media"))
MEDIA_KINDS = {
    "upgrade": "kind IN ('image', 'video', 'audio', 'file')",
    "downgrade": "kind IN ('image', 'video')",
}
# A conversation has a name now, which the night must not read.
GRANTS = """
REVOKE SELECT ON conversations FROM plaza_pipeline;
GRANT SELECT (id, type, direct_key, last_seq, last_message_at, created_at) ON conversations TO plaza_pipeline;
"""
REVOKES = """
REVOKE SELECT (id, type, direct_key, last_seq, last_message_at, created_at) ON conversations
    FROM plaza_pipeline;
GRANT SELECT ON conversations TO plaza_pipeline;
"""


def columns() -> dict[str, tuple[sa.Column[object], ...]]:
    """The columns that are added, by table; new objects each time, because a column belongs to one table."""
    return {
        "media": (sa.Column("name", sa.Text()),),
        "conversations": (sa.Column("name", sa.Text()), sa.Column("image_id", sa.Uuid())),
        "conversation_members": (
            sa.Column("role", sa.Text(), server_default="member", nullable=False),
            sa.Column("last_read_at", MOMENT),
            sa.Column("last_delivered_seq", sa.BigInteger(), server_default="0", nullable=False),
            sa.Column("from_seq", sa.BigInteger(), server_default="0", nullable=False),
            sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
            sa.Column("left_at", MOMENT),
            sa.Column("left_seq", sa.BigInteger(), server_default="0", nullable=False),
            sa.Column("was_removed", sa.Boolean(), server_default="false", nullable=False),
            sa.Column("request", sa.Text()),
            sa.Column("requested_at", MOMENT),
            sa.Column("muted_until", MOMENT),
            sa.Column("archived_at", MOMENT),
            sa.Column("pinned_at", MOMENT),
        ),
        "messages": (
            sa.Column("type", sa.Text(), server_default="text", nullable=False),
            sa.Column("media_id", sa.Uuid()),
            sa.Column("reply_to_id", sa.Uuid()),
            sa.Column("is_forwarded", sa.Boolean(), server_default="false", nullable=False),
            sa.Column("details", JSONB()),
            sa.Column("edited_at", MOMENT),
            sa.Column("deleted_at", MOMENT),
        ),
    }


def set_media_kinds(which: str) -> None:
    """Put one of ``MEDIA_KINDS`` in place."""
    op.drop_constraint(op.f("ck_media_kind"), "media", type_="check")
    op.create_check_constraint(op.f("ck_media_kind"), "media", MEDIA_KINDS[which])


def upgrade() -> None:
    """Add columns, reactions, checks and indexes."""
    for table, added in columns().items():
        for column in added:
            op.add_column(table, column)
    for table, name, condition in CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    set_media_kinds("upgrade")
    for table, column_name, target in (*REFERENCES, ("messages", "reply_to_id", "messages")):
        op.create_foreign_key(
            op.f(f"fk_{table}_{column_name}_{target}"),
            table,
            target,
            [column_name],
            ["id"],
            ondelete="SET NULL",
        )
        op.create_index(
            op.f(f"ix_{table}_{column_name}"),
            table,
            [column_name],
            postgresql_where=sa.text(f"{column_name} IS NOT NULL"),
        )
    op.create_table(
        "message_reactions",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("emoji", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
            name=op.f("fk_message_reactions_message_id_messages"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["accounts.id"],
            name=op.f("fk_message_reactions_member_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "member_id", "emoji", name=op.f("pk_message_reactions")),
    )
    op.create_index(op.f("ix_message_reactions_member_id"), "message_reactions", ["member_id"])
    op.execute(GRANTS)


def downgrade() -> None:
    """Take back what was added; what the older code does not know goes with it."""
    op.execute(REVOKES)
    op.drop_table("message_reactions")
    op.execute("DELETE FROM conversations WHERE type = 'group'")
    op.execute("DELETE FROM messages WHERE type <> 'text'")
    op.execute("DELETE FROM media WHERE kind IN ('audio', 'file')")
    set_media_kinds("downgrade")
    for table, name, _ in CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    for table, added in columns().items():
        for column in added:
            op.drop_column(table, column.name)
