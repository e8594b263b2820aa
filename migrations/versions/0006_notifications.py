"""Notifications: groups, preferences, quiet hours, digests, devices.

Additive: rows that the code before this wrote are valid, and that code can go on writing.

Revision ID: 0006_notifications
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_notifications"
down_revision = "0005_conversations"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("in_app AND read_at IS NULL AND archived_at IS NULL")


def upgrade() -> None:
    """Add the tables."""
    _add_groups()
    _add_preferences()
    _add_devices()


def _add_groups() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("notifications", sa.Column("archived_at", moment, nullable=True))
    op.add_column("notifications", sa.Column("group_key", sa.Text(), nullable=True))
    op.add_column("notifications", sa.Column("actor_count", sa.Integer(), server_default="1", nullable=False))
    op.add_column(
        "notifications",
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column(
        "notifications", sa.Column("in_app", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column("notifications", sa.Column("texted_at", moment, nullable=True))
    op.create_index(
        "uq_notifications_open_group",
        "notifications",
        ["member_id", "group_key"],
        unique=True,
        postgresql_where=IS_OPEN,
    )
    op.create_index(
        op.f("ix_notifications_member_id_target_id_type"), "notifications", ["member_id", "target_id", "type"]
    )
    op.create_index(op.f("ix_notifications_actor_id"), "notifications", ["actor_id"])
    op.create_index(
        op.f("ix_notifications_texted_at"),
        "notifications",
        ["texted_at"],
        postgresql_where=sa.text("texted_at IS NOT NULL"),
    )
    op.create_index("ix_notifications_age", "notifications", ["created_at"], postgresql_using="brin")
    op.create_table(
        "notification_actors",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
            name=op.f("fk_notification_actors_notification_id_notifications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["accounts.id"],
            name=op.f("fk_notification_actors_actor_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("notification_id", "actor_id", name=op.f("pk_notification_actors")),
    )
    op.create_index(
        "ix_notification_actors_recent",
        "notification_actors",
        ["notification_id", sa.text("happened_at DESC")],
    )
    op.create_index(op.f("ix_notification_actors_actor_id"), "notification_actors", ["actor_id"])


def _add_preferences() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "notification_choices",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('in_app', 'push', 'email', 'sms')", name=op.f("ck_notification_choices_channel")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["accounts.id"],
            name=op.f("fk_notification_choices_member_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", "type", "channel", name=op.f("pk_notification_choices")),
    )
    op.create_index(
        op.f("ix_notification_choices_type"),
        "notification_choices",
        ["type"],
        postgresql_where=sa.text("wanted"),
    )
    op.create_table(
        "notification_settings",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("push", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("email", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("sms", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("digest", sa.Text(), server_default="off", nullable=False),
        sa.Column("digest_sent_at", moment, nullable=True),
        sa.Column("updated_at", moment, nullable=False),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_until IS NULL)", name=op.f("ck_notification_settings_quiet_both")
        ),
        sa.CheckConstraint("quiet_from <> quiet_until", name=op.f("ck_notification_settings_quiet_differ")),
        sa.CheckConstraint(
            "digest IN ('off', 'daily', 'weekly')", name=op.f("ck_notification_settings_digest")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["accounts.id"],
            name=op.f("fk_notification_settings_member_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_notification_settings")),
    )
    op.create_index(
        op.f("ix_notification_settings_digest"),
        "notification_settings",
        ["digest"],
        postgresql_where=sa.text("digest <> 'off'"),
    )


def _add_devices() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "devices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("device_type", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.LargeBinary(), nullable=True),
        sa.Column("auth", sa.LargeBinary(), nullable=True),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("app_version", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.Column("failing_since", moment, nullable=True),
        sa.CheckConstraint("device_type IN ('ios', 'android', 'web')", name=op.f("ck_devices_device_type")),
        sa.CheckConstraint("service IN ('web_push', 'expo', 'fcm')", name=op.f("ck_devices_service")),
        sa.CheckConstraint(
            "(service = 'web_push') = (p256dh IS NOT NULL) AND (p256dh IS NULL) = (auth IS NULL)",
            name=op.f("ck_devices_keys_of_web_push"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name=op.f("fk_devices_member_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_devices_session_id_sessions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("address", name=op.f("uq_devices_address")),
    )
    op.create_index(
        "uq_devices_member_id_device_id",
        "devices",
        ["member_id", "device_id"],
        unique=True,
        postgresql_where=sa.text("device_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_devices_member_id"), "devices", ["member_id"])
    op.create_index(op.f("ix_devices_session_id"), "devices", ["session_id"])
    op.create_table(
        "push_receipts",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_push_receipts_device_id_devices"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_push_receipts")),
    )
    op.create_index(op.f("ix_push_receipts_device_id"), "push_receipts", ["device_id"])
    op.create_index(op.f("ix_push_receipts_sent_at"), "push_receipts", ["sent_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("push_receipts")
    op.drop_table("devices")
    op.drop_table("notification_settings")
    op.drop_table("notification_choices")
    op.drop_table("notification_actors")
    op.drop_index("ix_notifications_age", table_name="notifications", postgresql_using="brin")
    op.drop_index(
        op.f("ix_notifications_texted_at"),
        table_name="notifications",
        postgresql_where=sa.text("texted_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_notifications_actor_id"), table_name="notifications")
    op.drop_index(op.f("ix_notifications_member_id_target_id_type"), table_name="notifications")
    op.drop_index("uq_notifications_open_group", table_name="notifications", postgresql_where=IS_OPEN)
    for column in ("texted_at", "in_app", "facts", "actor_count", "group_key", "archived_at"):
        op.drop_column("notifications", column)
