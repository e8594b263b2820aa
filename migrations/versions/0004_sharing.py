"""Relations by request, media, everything that is shared and done with it, search, what feeds showed.

Additive: rows that the code before this wrote are valid, and that code can go on writing.

Revision ID: 0004_sharing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

revision = "0004_sharing"
down_revision = "0003_accounts"
branch_labels = None
depends_on = None

CHECKS = {
    "content": {
        "type": (
            "type IN ('text', 'photo', 'video', 'reel', 'story')",
            "type IN ('text', 'photo', 'video', 'reel', 'story', 'share')",
        ),
        "not_negative": (
            "like_count >= 0 AND comment_count >= 0",
            (
                "like_count >= 0 AND comment_count >= 0 AND save_count >= 0 AND share_count >= 0 "
                "AND view_count >= 0"
            ),
        ),
        "stories_expire": (None, "(type = 'story') = (expires_at IS NOT NULL)"),
        "shares_are_shown": (None, "type <> 'share' OR visibility <> 'private'"),
    },
    "comments": {"not_negative": ("reply_count >= 0", "reply_count >= 0 AND like_count >= 0")},
    "relation_counts": {
        "not_negative": (
            "follower_count >= 0 AND following_count >= 0",
            "follower_count >= 0 AND following_count >= 0 AND friend_count >= 0",
        )
    },
}
# The night counts shares and tags; it reads no text.
GRANTS = """
GRANT SELECT (language, shares_id, share_count, save_count, view_count, expires_at, archived_at, hidden_at)
    ON content TO plaza_pipeline;
GRANT SELECT (like_count, hidden_at) ON comments TO plaza_pipeline;
GRANT SELECT ON content_tags, friendships TO plaza_pipeline;
"""
REVOKES = """
REVOKE SELECT ON content_tags, friendships FROM plaza_pipeline;
REVOKE SELECT (like_count, hidden_at) ON comments FROM plaza_pipeline;
REVOKE SELECT (language, shares_id, share_count, save_count, view_count, expires_at, archived_at, hidden_at)
    ON content FROM plaza_pipeline;
"""


def set_checks(which: int) -> None:
    """Put the old (0) or the new (1) check constraints in place."""
    for table, checks in CHECKS.items():
        for name, conditions in checks.items():
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
            if conditions[which] is not None:
                op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, conditions[which])


def upgrade() -> None:
    """Make the tables, columns and indexes."""
    op.create_index("ix_profiles_interests", "profiles", ["interests"], unique=False, postgresql_using="gin")
    op.create_table(
        "hashtags",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("use_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("use_count >= 0", name=op.f("ck_hashtags_not_negative")),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_hashtags")),
    )
    op.create_index(
        "ix_hashtags_beginnings",
        "hashtags",
        ["tag"],
        unique=False,
        postgresql_ops={"tag": "text_pattern_ops"},
    )
    op.create_table(
        "flags",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["accounts.id"], name=op.f("fk_flags_author_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flags")),
    )
    op.create_index(
        op.f("ix_flags_created_at_id"),
        "flags",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_index(
        op.f("ix_flags_subject_kind_subject_id"), "flags", ["subject_kind", "subject_id"], unique=False
    )
    op.create_table(
        "follow_requests",
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("requester_id <> member_id", name=op.f("ck_follow_requests_not_oneself")),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["accounts.id"],
            name=op.f("fk_follow_requests_member_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"],
            ["accounts.id"],
            name=op.f("fk_follow_requests_requester_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("requester_id", "member_id", name=op.f("pk_follow_requests")),
    )
    op.create_index(
        op.f("ix_follow_requests_member_id_created_at_requester_id"),
        "follow_requests",
        ["member_id", "created_at", "requester_id"],
        unique=False,
    )
    op.create_table(
        "friend_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("receiver_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sender_id <> receiver_id", name=op.f("ck_friend_requests_not_oneself")),
        sa.ForeignKeyConstraint(
            ["receiver_id"],
            ["accounts.id"],
            name=op.f("fk_friend_requests_receiver_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"],
            ["accounts.id"],
            name=op.f("fk_friend_requests_sender_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_friend_requests")),
        sa.UniqueConstraint(
            "sender_id", "receiver_id", name=op.f("uq_friend_requests_sender_id_receiver_id")
        ),
    )
    op.create_index(
        op.f("ix_friend_requests_receiver_id_created_at_id"),
        "friend_requests",
        ["receiver_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_friend_requests_sender_id_created_at_id"),
        "friend_requests",
        ["sender_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "impressions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("first_position", sa.SmallInteger(), nullable=False),
        sa.Column("item_kinds", ARRAY(sa.Text()), nullable=False),
        sa.Column("item_ids", ARRAY(sa.Uuid()), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cardinality(item_ids) = cardinality(item_kinds)", name=op.f("ck_impressions_kinds_of_items")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name=op.f("fk_impressions_member_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_impressions")),
    )
    op.create_index(
        op.f("ix_impressions_member_id_shown_at"), "impressions", ["member_id", "shown_at"], unique=False
    )
    op.create_index(
        "ix_impressions_shown_at", "impressions", ["shown_at"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "media",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="processing", nullable=False),
        sa.Column("progress", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("blurhash", sa.Text(), nullable=True),
        sa.Column("quality", sa.Double(), nullable=True),
        sa.Column("variants", JSONB(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('image', 'video')", name=op.f("ck_media_kind")),
        sa.CheckConstraint(
            "purpose IN ('profile', 'cover', 'post', 'story', 'goal', 'message', 'gossip')",
            name=op.f("ck_media_purpose"),
        ),
        sa.CheckConstraint("status IN ('processing', 'ready', 'failed')", name=op.f("ck_media_status")),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_media_progress")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["accounts.id"], name=op.f("fk_media_owner_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
    )
    op.create_index(
        "ix_media_drafts",
        "media",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("attached_at IS NULL"),
    )
    op.create_index(op.f("ix_media_owner_id_created_at"), "media", ["owner_id", "created_at"], unique=False)
    op.create_table(
        "mutes",
        sa.Column("muter_id", sa.Uuid(), nullable=False),
        sa.Column("muted_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("muter_id <> muted_id", name=op.f("ck_mutes_not_oneself")),
        sa.ForeignKeyConstraint(
            ["muted_id"], ["accounts.id"], name=op.f("fk_mutes_muted_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["muter_id"], ["accounts.id"], name=op.f("fk_mutes_muter_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("muter_id", "muted_id", name=op.f("pk_mutes")),
    )
    op.create_index(op.f("ix_mutes_muted_id"), "mutes", ["muted_id"], unique=False)
    op.create_table(
        "partnerships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inviter_id", sa.Uuid(), nullable=False),
        sa.Column("invitee_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default="invited", nullable=False),
        sa.Column("frequency", sa.Text(), server_default="daily", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("frequency IN ('daily', 'weekly')", name=op.f("ck_partnerships_frequency")),
        sa.CheckConstraint(
            "status IN ('invited', 'active', 'paused', 'ended')", name=op.f("ck_partnerships_status")
        ),
        sa.CheckConstraint("inviter_id <> invitee_id", name=op.f("ck_partnerships_not_oneself")),
        sa.ForeignKeyConstraint(
            ["invitee_id"],
            ["accounts.id"],
            name=op.f("fk_partnerships_invitee_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["inviter_id"],
            ["accounts.id"],
            name=op.f("fk_partnerships_inviter_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnerships")),
    )
    op.create_index(op.f("ix_partnerships_invitee_id"), "partnerships", ["invitee_id"], unique=False)
    op.create_index(op.f("ix_partnerships_inviter_id"), "partnerships", ["inviter_id"], unique=False)
    op.create_index(
        "uq_partnerships_pair",
        "partnerships",
        [
            sa.literal_column("least(inviter_id, invitee_id)"),
            sa.literal_column("greatest(inviter_id, invitee_id)"),
        ],
        unique=True,
        postgresql_where=sa.text("status <> 'ended'"),
    )
    op.create_table(
        "search_documents",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("words", TSVECTOR(), nullable=False),
        sa.Column("weight", sa.Double(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["accounts.id"],
            name=op.f("fk_search_documents_owner_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_search_documents")),
    )
    op.create_index(op.f("ix_search_documents_owner_id"), "search_documents", ["owner_id"], unique=False)
    op.create_index(
        "ix_search_documents_words", "search_documents", ["words"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "suggestion_dismissals",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("dismissed_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dismissed_id"],
            ["accounts.id"],
            name=op.f("fk_suggestion_dismissals_dismissed_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["accounts.id"],
            name=op.f("fk_suggestion_dismissals_member_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", "dismissed_id", name=op.f("pk_suggestion_dismissals")),
    )
    op.create_index(
        op.f("ix_suggestion_dismissals_dismissed_id"), "suggestion_dismissals", ["dismissed_id"], unique=False
    )
    op.create_table(
        "attachments",
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=False),
        sa.Column("alt_text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content.id"], name=op.f("fk_attachments_content_id_content"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_attachments_media_id_media"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("content_id", "position", name=op.f("pk_attachments")),
        sa.UniqueConstraint("media_id", name=op.f("uq_attachments_media_id")),
    )
    op.create_table(
        "check_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name=op.f("fk_check_ins_member_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"],
            ["partnerships.id"],
            name=op.f("fk_check_ins_partnership_id_partnerships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
        sa.UniqueConstraint(
            "partnership_id",
            "member_id",
            "local_day",
            name=op.f("uq_check_ins_partnership_id_member_id_local_day"),
        ),
    )
    op.create_table(
        "content_tags",
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["content.id"],
            name=op.f("fk_content_tags_content_id_content"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tag"], ["hashtags.tag"], name=op.f("fk_content_tags_tag_hashtags")),
        sa.PrimaryKeyConstraint("content_id", "tag", name=op.f("pk_content_tags")),
    )
    op.create_index(
        "ix_content_tags_recent",
        "content_tags",
        ["tag", sa.literal_column("created_at DESC"), sa.literal_column("content_id DESC")],
        unique=False,
    )
    op.create_table(
        "reels",
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("watch_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("completed_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("watched_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("watch_count >= 0 AND completed_count >= 0", name=op.f("ck_reels_not_negative")),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content.id"], name=op.f("fk_reels_content_id_content"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("content_id", name=op.f("pk_reels")),
    )
    op.create_index(
        "ix_reels_completed",
        "reels",
        [sa.literal_column("completed_count DESC"), sa.literal_column("content_id DESC")],
        unique=False,
    )
    op.create_table(
        "saves",
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content.id"], name=op.f("fk_saves_content_id_content"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name=op.f("fk_saves_member_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("content_id", "member_id", name=op.f("pk_saves")),
    )
    op.create_index(
        "ix_saves_member",
        "saves",
        ["member_id", sa.literal_column("created_at DESC"), sa.literal_column("content_id DESC")],
        unique=False,
    )
    op.create_table(
        "stories",
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content.id"], name=op.f("fk_stories_content_id_content"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("content_id", name=op.f("pk_stories")),
    )
    op.create_table(
        "views",
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("viewer_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("viewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content.id"], name=op.f("fk_views_content_id_content"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["viewer_id"], ["accounts.id"], name=op.f("fk_views_viewer_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("content_id", "viewer_id", "day", name=op.f("pk_views")),
    )
    op.create_index(op.f("ix_views_viewer_id_day"), "views", ["viewer_id", "day"], unique=False)
    op.create_table(
        "watches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("watched_ms", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Boolean(), nullable=False),
        sa.Column("watched_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("watched_ms >= 0", name=op.f("ck_watches_not_negative")),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content.id"], name=op.f("fk_watches_content_id_content"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name=op.f("fk_watches_member_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
    )
    op.create_index(
        op.f("ix_watches_content_id_watched_at"), "watches", ["content_id", "watched_at"], unique=False
    )
    op.create_index(
        op.f("ix_watches_member_id_watched_at"), "watches", ["member_id", "watched_at"], unique=False
    )
    op.create_table(
        "comment_likes",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.id"],
            name=op.f("fk_comment_likes_comment_id_comments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["accounts.id"],
            name=op.f("fk_comment_likes_member_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comment_id", "member_id", name=op.f("pk_comment_likes")),
    )
    op.create_index(op.f("ix_comment_likes_member_id"), "comment_likes", ["member_id"], unique=False)
    op.create_table(
        "mentions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_mentions_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content.id"], name=op.f("fk_mentions_content_id_content"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts.id"], name=op.f("fk_mentions_member_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
        sa.UniqueConstraint(
            "content_id",
            "comment_id",
            "member_id",
            name=op.f("uq_mentions_content_id_comment_id_member_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_mentions_comment_id"), "mentions", ["comment_id"], unique=False)
    op.create_index(op.f("ix_mentions_member_id"), "mentions", ["member_id"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content_id", sa.Uuid(), nullable=True),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(content_id IS NULL) <> (comment_id IS NULL)", name=op.f("ck_revisions_of_one")),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_revisions_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content.id"], name=op.f("fk_revisions_content_id_content"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
    )
    op.create_index(
        op.f("ix_revisions_comment_id_replaced_at"), "revisions", ["comment_id", "replaced_at"], unique=False
    )
    op.create_index(
        op.f("ix_revisions_content_id_replaced_at"), "revisions", ["content_id", "replaced_at"], unique=False
    )
    op.create_index(op.f("ix_friendships_friend_id"), "friendships", ["friend_id"], unique=False)
    op.add_column("accounts", sa.Column("profile_image_id", sa.Uuid(), nullable=True))
    op.add_column("accounts", sa.Column("cover_image_id", sa.Uuid(), nullable=True))
    op.add_column("comments", sa.Column("corrected", sa.Text(), nullable=True))
    op.add_column("comments", sa.Column("like_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("comments", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("comments", sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("content", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("content", sa.Column("target_language", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("about_kind", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("about_id", sa.Uuid(), nullable=True))
    op.add_column("content", sa.Column("shares_id", sa.Uuid(), nullable=True))
    op.add_column("content", sa.Column("goal_id", sa.Uuid(), nullable=True))
    op.add_column("content", sa.Column("media_count", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("content", sa.Column("quality", sa.Double(), nullable=True))
    op.add_column("content", sa.Column("save_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("content", sa.Column("share_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("content", sa.Column("view_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("content", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("content", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("content", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("content", sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(op.f("ix_content_author"), table_name="content", postgresql_where="(deleted_at IS NULL)")
    op.drop_index(op.f("ix_content_recent"), table_name="content", postgresql_where="(deleted_at IS NULL)")
    op.create_index(
        "ix_content_author_live",
        "content",
        ["author_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL AND type <> 'story'"),
    )
    op.create_index(
        "ix_content_expires",
        "content",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index(
        "ix_content_live",
        "content",
        [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL AND type <> 'story'"),
    )
    op.create_index(
        "ix_content_reels",
        "content",
        [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("type = 'reel' AND deleted_at IS NULL AND archived_at IS NULL"),
    )
    op.create_index(
        "ix_content_shares",
        "content",
        ["shares_id"],
        unique=False,
        postgresql_where=sa.text("shares_id IS NOT NULL"),
    )
    op.create_index(
        "ix_content_stories",
        "content",
        ["author_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("type = 'story' AND deleted_at IS NULL"),
    )
    op.create_index(
        "uq_content_shares",
        "content",
        ["shares_id", "author_id"],
        unique=True,
        postgresql_where=sa.text("type = 'share' AND body = '' AND deleted_at IS NULL"),
    )
    op.create_foreign_key(
        op.f("fk_content_shares_id_content"), "content", "content", ["shares_id"], ["id"], ondelete="CASCADE"
    )
    op.add_column(
        "relation_counts", sa.Column("friend_count", sa.Integer(), server_default="0", nullable=False)
    )

    set_checks(1)
    op.execute(GRANTS)


def downgrade() -> None:
    """Back to the tables of accounts; what only newer code writes is lost."""
    op.execute(REVOKES)
    op.execute("DELETE FROM content WHERE type IN ('share', 'story')")
    set_checks(0)
    op.drop_column("relation_counts", "friend_count")
    op.drop_constraint(op.f("fk_content_shares_id_content"), "content", type_="foreignkey")
    op.drop_index(
        "uq_content_shares",
        table_name="content",
        postgresql_where=sa.text("type = 'share' AND body = '' AND deleted_at IS NULL"),
    )
    op.drop_index(
        "ix_content_stories",
        table_name="content",
        postgresql_where=sa.text("type = 'story' AND deleted_at IS NULL"),
    )
    op.drop_index(
        "ix_content_reels",
        table_name="content",
        postgresql_where=sa.text("type = 'reel' AND deleted_at IS NULL AND archived_at IS NULL"),
    )
    op.drop_index(
        "ix_content_shares", table_name="content", postgresql_where=sa.text("shares_id IS NOT NULL")
    )
    op.drop_index(
        "ix_content_live",
        table_name="content",
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL AND type <> 'story'"),
    )
    op.drop_index(
        "ix_content_expires", table_name="content", postgresql_where=sa.text("expires_at IS NOT NULL")
    )
    op.drop_index(
        "ix_content_author_live",
        table_name="content",
        postgresql_where=sa.text("deleted_at IS NULL AND archived_at IS NULL AND type <> 'story'"),
    )
    op.create_index(
        op.f("ix_content_recent"),
        "content",
        [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where="(deleted_at IS NULL)",
    )
    op.create_index(
        op.f("ix_content_author"),
        "content",
        ["author_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where="(deleted_at IS NULL)",
    )
    op.drop_column("messages", "about_id")
    op.drop_column("messages", "about_kind")
    op.drop_column("content", "hidden_at")
    op.drop_column("content", "archived_at")
    op.drop_column("content", "expires_at")
    op.drop_column("content", "edited_at")
    op.drop_column("content", "view_count")
    op.drop_column("content", "share_count")
    op.drop_column("content", "save_count")
    op.drop_column("content", "quality")
    op.drop_column("content", "media_count")
    op.drop_column("content", "goal_id")
    op.drop_column("content", "shares_id")
    op.drop_column("content", "target_language")
    op.drop_column("content", "language")
    op.drop_column("comments", "hidden_at")
    op.drop_column("comments", "edited_at")
    op.drop_column("comments", "like_count")
    op.drop_column("comments", "corrected")
    op.drop_column("accounts", "cover_image_id")
    op.drop_column("accounts", "profile_image_id")
    op.drop_index(op.f("ix_friendships_friend_id"), table_name="friendships")
    op.drop_index(op.f("ix_revisions_content_id_replaced_at"), table_name="revisions")
    op.drop_index(op.f("ix_revisions_comment_id_replaced_at"), table_name="revisions")
    op.drop_table("revisions")
    op.drop_index(op.f("ix_mentions_member_id"), table_name="mentions")
    op.drop_index(op.f("ix_mentions_comment_id"), table_name="mentions")
    op.drop_table("mentions")
    op.drop_index(op.f("ix_comment_likes_member_id"), table_name="comment_likes")
    op.drop_table("comment_likes")
    op.drop_index(op.f("ix_watches_member_id_watched_at"), table_name="watches")
    op.drop_index(op.f("ix_watches_content_id_watched_at"), table_name="watches")
    op.drop_table("watches")
    op.drop_index(op.f("ix_views_viewer_id_day"), table_name="views")
    op.drop_table("views")
    op.drop_table("stories")
    op.drop_index("ix_saves_member", table_name="saves")
    op.drop_table("saves")
    op.drop_index("ix_reels_completed", table_name="reels")
    op.drop_table("reels")
    op.drop_index("ix_content_tags_recent", table_name="content_tags")
    op.drop_table("content_tags")
    op.drop_table("check_ins")
    op.drop_table("attachments")
    op.drop_index(op.f("ix_suggestion_dismissals_dismissed_id"), table_name="suggestion_dismissals")
    op.drop_table("suggestion_dismissals")
    op.drop_index("ix_search_documents_words", table_name="search_documents", postgresql_using="gin")
    op.drop_index(op.f("ix_search_documents_owner_id"), table_name="search_documents")
    op.drop_table("search_documents")
    op.drop_index(
        "uq_partnerships_pair", table_name="partnerships", postgresql_where=sa.text("status <> 'ended'")
    )
    op.drop_index(op.f("ix_partnerships_inviter_id"), table_name="partnerships")
    op.drop_index(op.f("ix_partnerships_invitee_id"), table_name="partnerships")
    op.drop_table("partnerships")
    op.drop_index(op.f("ix_mutes_muted_id"), table_name="mutes")
    op.drop_table("mutes")
    op.drop_index(op.f("ix_media_owner_id_created_at"), table_name="media")
    op.drop_index("ix_media_drafts", table_name="media", postgresql_where=sa.text("attached_at IS NULL"))
    op.drop_table("media")
    op.drop_index("ix_impressions_shown_at", table_name="impressions", postgresql_using="brin")
    op.drop_index(op.f("ix_impressions_member_id_shown_at"), table_name="impressions")
    op.drop_table("impressions")
    op.drop_index(op.f("ix_friend_requests_sender_id_created_at_id"), table_name="friend_requests")
    op.drop_index(op.f("ix_friend_requests_receiver_id_created_at_id"), table_name="friend_requests")
    op.drop_table("friend_requests")
    op.drop_index(op.f("ix_follow_requests_member_id_created_at_requester_id"), table_name="follow_requests")
    op.drop_table("follow_requests")
    op.drop_index(op.f("ix_flags_subject_kind_subject_id"), table_name="flags")
    op.drop_index(
        op.f("ix_flags_created_at_id"), table_name="flags", postgresql_where=sa.text("handled_at IS NULL")
    )
    op.drop_table("flags")
    op.drop_index("ix_hashtags_beginnings", table_name="hashtags", postgresql_ops={"tag": "text_pattern_ops"})
    op.drop_table("hashtags")
    op.drop_index("ix_profiles_interests", table_name="profiles", postgresql_using="gin")
