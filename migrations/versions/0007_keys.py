"""End-to-end encryption: public keys of devices, exchanges, sealed messages, backups.

Additive: rows that the code before this wrote are valid, and that code can go on writing.

Revision ID: 0007_keys
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007_keys"
down_revision = "0006_notifications"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "device_keys",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_rotation_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(public_key) = 32", name=op.f("ck_device_keys_is_x25519")),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["accounts.id"],
            name=op.f("fk_device_keys_member_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", "device_id", name=op.f("pk_device_keys")),
        sa.UniqueConstraint("public_key", name=op.f("uq_device_keys_public_key")),
    )
    op.create_index(
        "ix_device_keys_to_rotate",
        "device_keys",
        ["next_rotation_at"],
        postgresql_where=sa.text("reminded_at IS NULL"),
    )
    _make_exchanges()
    _make_messages()
    op.create_table(
        "key_backups",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("kdf", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["accounts.id"],
            name=op.f("fk_key_backups_member_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_key_backups")),
    )


def _make_exchanges() -> None:
    op.create_table(
        "key_exchanges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pair_key", sa.Text(), nullable=False),
        sa.Column("initiator_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("initiator_public_key", sa.LargeBinary(), nullable=False),
        sa.Column("recipient_public_key", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("initiator_id <> recipient_id", name=op.f("ck_key_exchanges_not_oneself")),
        sa.CheckConstraint(
            "(completed_at IS NULL) = (recipient_public_key IS NULL)",
            name=op.f("ck_key_exchanges_completed_by_a_key"),
        ),
        sa.CheckConstraint(
            "completed_at IS NULL OR declined_at IS NULL", name=op.f("ck_key_exchanges_one_answer")
        ),
        *_members("key_exchanges", "initiator_id", "recipient_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_exchanges")),
        sa.UniqueConstraint("pair_key", name=op.f("uq_key_exchanges_pair_key")),
    )
    for side in ("initiator_id", "recipient_id"):
        op.create_index(
            op.f(f"ix_key_exchanges_{side}_created_at_id"), "key_exchanges", [side, "created_at", "id"]
        )


def _make_messages() -> None:
    op.create_table(
        "secret_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pair_key", sa.Text(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("sender_public_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        *_members("secret_messages", "sender_id", "recipient_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secret_messages")),
        sa.UniqueConstraint("sender_id", "client_id", name=op.f("uq_secret_messages_sender_id_client_id")),
    )
    op.create_index(
        op.f("ix_secret_messages_pair_key_created_at_id"),
        "secret_messages",
        ["pair_key", "created_at", "id"],
    )
    op.create_index(op.f("ix_secret_messages_created_at"), "secret_messages", ["created_at"])
    op.create_index(
        "ix_secret_messages_unread",
        "secret_messages",
        ["recipient_id", "sender_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "sealed_copies",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id", "device_id"],
            ["device_keys.member_id", "device_keys.device_id"],
            name=op.f("fk_sealed_copies_member_id_device_id_device_keys"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["secret_messages.id"],
            name=op.f("fk_sealed_copies_message_id_secret_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "member_id", "device_id", name=op.f("pk_sealed_copies")),
    )
    op.create_index(op.f("ix_sealed_copies_member_id_device_id"), "sealed_copies", ["member_id", "device_id"])


def _members(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], ["accounts.id"], name=op.f(f"fk_{table}_{column}_accounts"), ondelete="CASCADE"
        )
        for column in columns
    ]


def downgrade() -> None:
    """Drop them."""
    for table in ("key_backups", "sealed_copies", "secret_messages", "key_exchanges", "device_keys"):
        op.drop_table(table)
