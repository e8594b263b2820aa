"""The foundation: accounts, relations, content, conversations, notifications, events, jobs.

Revision ID: 0001_foundation
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from web.core.models import Xid8

revision = "0001_foundation"
down_revision = None
branch_labels = None
depends_on = None

# Runs with the owner's rights: a scheduler that writes as plaza_web must still be able to add months.
# A month that the DEFAULT partition has rows of already stays there: rows are never moved under readers.
MAKE_PARTITIONS = """
CREATE FUNCTION make_event_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first date := date_trunc('month', now() AT TIME ZONE 'UTC');
    month date;
    name text;
    made integer := 0;
BEGIN
    FOR step IN 0..months_ahead LOOP
        month := first + make_interval(months => step);
        name := 'events_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        CONTINUE WHEN EXISTS (
            SELECT FROM events_default
            WHERE recorded_at >= month::timestamp AT TIME ZONE 'UTC'
              AND recorded_at < (month + interval '1 month') AT TIME ZONE 'UTC'
        );
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
            name, month::timestamp AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
        );
        made := made + 1;
    END LOOP;
    RETURN made;
END $$
"""

# The night gets columns without names and texts, so that none can reach the lake.
GRANTS = """
GRANT USAGE ON SCHEMA public TO plaza_web, plaza_pipeline;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO plaza_web;
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM plaza_web;
REVOKE UPDATE, DELETE ON events FROM plaza_web;
GRANT SELECT ON member_keys, events, likes, follows, conversations, conversation_members, visits
    TO plaza_pipeline;
GRANT SELECT (id, kind, zone, locale, created_at) ON accounts TO plaza_pipeline;
GRANT SELECT (id, author_id, type, visibility, answers_id, like_count, comment_count, created_at, deleted_at)
    ON content TO plaza_pipeline;
GRANT SELECT (id, content_id, author_id, parent_id, reply_count, created_at, deleted_at)
    ON comments TO plaza_pipeline;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO plaza_web;
REVOKE ALL ON FUNCTION make_event_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_event_partitions(integer) TO plaza_web;
GRANT USAGE ON SCHEMA analytics TO plaza_web;
"""

REVOKES = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM plaza_web;
"""


def upgrade() -> None:
    """Make every table, the event partitions, and what the roles may do."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="person", nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("username_key", sa.Text(), nullable=False),
        sa.Column("nickname", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("locale", sa.Text(), server_default="ko", nullable=False),
        sa.Column("is_admin", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('person', 'placeholder', 'bot', 'system')", name=op.f("ck_accounts_kind")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("username_key", name="uq_accounts_username_key"),
    )
    op.create_index("ix_accounts_created_at_id", "accounts", ["created_at", "id"])
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), server_default="direct", nullable=False),
        sa.Column("direct_key", sa.Text(), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "type <> 'direct' OR direct_key IS NOT NULL", name=op.f("ck_conversations_direct_has_key")
        ),
        sa.CheckConstraint("type IN ('direct', 'group', 'ai_coach')", name=op.f("ck_conversations_type")),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.UniqueConstraint("direct_key", name="uq_conversations_direct_key"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=True),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("data", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", "recorded_at", name="pk_events"),
        postgresql_partition_by="RANGE (recorded_at)",
    )
    op.create_index("ix_events_xid", "events", ["xid"])
    op.create_table(
        "idempotency_keys",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.create_table(
        "imported_files",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("source", "sha256", name="pk_imported_files"),
    )
    op.create_table(
        "inbox",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "seq", name="pk_inbox"),
        sa.UniqueConstraint("member_id", "event_id", name="uq_inbox_member_id_event_id"),
    )
    op.create_index("ix_inbox_recorded_at", "inbox", ["recorded_at"])
    op.create_table(
        "inbox_heads",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name="pk_inbox_heads"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("args", JSONB(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("dedupe_key", name="uq_jobs_dedupe_key"),
    )
    op.create_index(
        "ix_jobs_due", "jobs", ["queue", "due_at", "id"], postgresql_where=sa.text("dead_at IS NULL")
    )
    op.create_table(
        "sign_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("nickname", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_ups"),
    )
    op.create_index("ix_sign_ups_expires_at", "sign_ups", ["expires_at"])
    op.create_table(
        "visits",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("is_member", sa.Boolean(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "visitor", "device", name="pk_visits"),
    )
    op.create_table(
        "content",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), server_default="text", nullable=False),
        sa.Column("visibility", sa.Text(), server_default="public", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answers_id", sa.Uuid(), nullable=True),
        sa.Column("like_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comment_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "type IN ('text', 'photo', 'video', 'reel', 'story')", name=op.f("ck_content_type")
        ),
        sa.CheckConstraint(
            "visibility IN ('public', 'followers', 'friends', 'private')", name=op.f("ck_content_visibility")
        ),
        sa.CheckConstraint("like_count >= 0 AND comment_count >= 0", name=op.f("ck_content_not_negative")),
        sa.ForeignKeyConstraint(
            ["answers_id"], ["content.id"], name="fk_content_answers_id_content", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["accounts.id"], name="fk_content_author_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_content"),
    )
    op.create_index(
        "ix_content_author",
        "content",
        ["author_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_content_recent",
        "content",
        [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "conversation_members",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("last_read_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_conversation_members_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["accounts.id"],
            name="fk_conversation_members_member_id_accounts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "member_id", name="pk_conversation_members"),
    )
    op.create_index("ix_conversation_members_member_id", "conversation_members", ["member_id"])
    op.create_table(
        "emails",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_emails_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_emails"),
        sa.UniqueConstraint("address_key", name="uq_emails_address_key"),
    )
    op.create_table(
        "follows",
        sa.Column("follower_id", sa.Uuid(), nullable=False),
        sa.Column("followed_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("follower_id <> followed_id", name=op.f("ck_follows_not_oneself")),
        sa.ForeignKeyConstraint(
            ["followed_id"], ["accounts.id"], name="fk_follows_followed_id_accounts", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["accounts.id"], name="fk_follows_follower_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("follower_id", "followed_id", name="pk_follows"),
    )
    op.create_index(
        "ix_follows_followers",
        "follows",
        ["followed_id", sa.literal_column("created_at DESC"), sa.literal_column("follower_id DESC")],
    )
    op.create_index(
        "ix_follows_following",
        "follows",
        ["follower_id", sa.literal_column("created_at DESC"), sa.literal_column("followed_id DESC")],
    )
    op.create_table(
        "member_keys",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("member_key", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name="fk_member_keys_member_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name="pk_member_keys"),
        sa.UniqueConstraint("member_key", name="uq_member_keys_member_key"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_messages_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["accounts.id"], name="fk_messages_sender_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint(
            "conversation_id",
            "sender_id",
            "client_id",
            name="uq_messages_conversation_id_sender_id_client_id",
        ),
        sa.UniqueConstraint("conversation_id", "seq", name="uq_messages_conversation_id_seq"),
    )
    op.create_index("ix_messages_sender_id_created_at", "messages", ["sender_id", "created_at"])
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("target_kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["accounts.id"], name="fk_notifications_actor_id_accounts", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name="fk_notifications_member_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        sa.UniqueConstraint("member_id", "event_id", name="uq_notifications_member_id_event_id"),
    )
    op.create_index(
        "ix_notifications_recent",
        "notifications",
        ["member_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_notifications_unread", "notifications", ["member_id"], postgresql_where=sa.text("read_at IS NULL")
    )
    op.create_table(
        "relation_counts",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("follower_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("following_count", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "follower_count >= 0 AND following_count >= 0", name=op.f("ck_relation_counts_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name="fk_relation_counts_member_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name="pk_relation_counts"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("client IN ('web', 'api', 'cli')", name=op.f("ck_sessions_client")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_sessions_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_index(
        "ix_sessions_revoked_at",
        "sessions",
        ["revoked_at"],
        postgresql_where=sa.text("revoked_at IS NOT NULL"),
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reply_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reply_count >= 0", name=op.f("ck_comments_not_negative")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["accounts.id"], name="fk_comments_author_id_accounts", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content.id"], name="fk_comments_content_id_content", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["comments.id"], name="fk_comments_parent_id_comments", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
    )
    op.create_index("ix_comments_author_id_created_at", "comments", ["author_id", "created_at"])
    op.create_index("ix_comments_thread", "comments", ["content_id", "parent_id", "created_at", "id"])
    op.create_table(
        "likes",
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content.id"], name="fk_likes_content_id_content", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name="fk_likes_member_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("content_id", "member_id", name="pk_likes"),
    )
    op.create_index("ix_likes_member_id_created_at", "likes", ["member_id", "created_at"])
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_refresh_tokens_session_id_sessions", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_refresh_tokens"),
    )
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"])
    op.execute("CREATE TABLE events_default PARTITION OF events DEFAULT")
    op.execute(MAKE_PARTITIONS)
    op.execute("SELECT make_event_partitions(3)")
    op.execute(GRANTS)


def downgrade() -> None:
    """Drop all of it."""
    op.execute(REVOKES)
    op.execute("DROP FUNCTION make_event_partitions(integer)")
    op.drop_index("ix_refresh_tokens_session_id", table_name="refresh_tokens")
    op.drop_table("refresh_tokens")
    op.drop_index("ix_likes_member_id_created_at", table_name="likes")
    op.drop_table("likes")
    op.drop_index("ix_comments_thread", table_name="comments")
    op.drop_index("ix_comments_author_id_created_at", table_name="comments")
    op.drop_table("comments")
    op.drop_index(
        "ix_sessions_revoked_at", table_name="sessions", postgresql_where=sa.text("revoked_at IS NOT NULL")
    )
    op.drop_index("ix_sessions_account_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("relation_counts")
    op.drop_index(
        "ix_notifications_unread", table_name="notifications", postgresql_where=sa.text("read_at IS NULL")
    )
    op.drop_index("ix_notifications_recent", table_name="notifications")
    op.drop_table("notifications")
    op.drop_index("ix_messages_sender_id_created_at", table_name="messages")
    op.drop_table("messages")
    op.drop_table("member_keys")
    op.drop_index("ix_follows_following", table_name="follows")
    op.drop_index("ix_follows_followers", table_name="follows")
    op.drop_table("follows")
    op.drop_table("emails")
    op.drop_index("ix_conversation_members_member_id", table_name="conversation_members")
    op.drop_table("conversation_members")
    op.drop_index("ix_content_recent", table_name="content", postgresql_where=sa.text("deleted_at IS NULL"))
    op.drop_index("ix_content_author", table_name="content", postgresql_where=sa.text("deleted_at IS NULL"))
    op.drop_table("content")
    op.drop_table("visits")
    op.drop_index("ix_sign_ups_expires_at", table_name="sign_ups")
    op.drop_table("sign_ups")
    op.drop_index("ix_jobs_due", table_name="jobs", postgresql_where=sa.text("dead_at IS NULL"))
    op.drop_table("jobs")
    op.drop_table("inbox_heads")
    op.drop_index("ix_inbox_recorded_at", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("imported_files")
    op.drop_index("ix_idempotency_keys_created_at", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index("ix_events_xid", table_name="events")
    op.drop_table("events")
    op.drop_table("conversations")
    op.drop_index("ix_accounts_created_at_id", table_name="accounts")
    op.drop_table("accounts")
