"""Tables of what members share; what others do with it is in ``reactions``."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base

# What lists of posts show, as indexes and ``queries.is_post`` say it.
IS_LIVE = sa.text("deleted_at IS NULL AND archived_at IS NULL AND type <> 'story'")


class Content(Base):
    """Something a member shared. One table for every type; typed side tables hold what only one has.

    Whether anybody sees it is decided in ``policy``: by its visibility, by when it was deleted, archived,
    hidden by moderators or expires, and by what is between viewer and author.
    """

    __tablename__ = "content"
    __table_args__ = (
        sa.CheckConstraint("type IN ('text', 'photo', 'video', 'reel', 'story', 'share')", name="type"),
        sa.CheckConstraint("visibility IN ('public', 'followers', 'friends', 'private')", name="visibility"),
        sa.CheckConstraint(
            "like_count >= 0 AND comment_count >= 0 AND save_count >= 0 AND share_count >= 0 "
            "AND view_count >= 0",
            name="not_negative",
        ),
        sa.CheckConstraint("(type = 'story') = (expires_at IS NOT NULL)", name="stories_expire"),
        sa.CheckConstraint("type <> 'share' OR visibility <> 'private'", name="shares_are_shown"),
        sa.Index(
            "ix_content_author_live",
            "author_id",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
            postgresql_where=IS_LIVE,
        ),
        sa.Index("ix_content_live", sa.text("created_at DESC"), sa.text("id DESC"), postgresql_where=IS_LIVE),
        sa.Index(
            "ix_content_reels",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
            postgresql_where=sa.text("type = 'reel' AND deleted_at IS NULL AND archived_at IS NULL"),
        ),
        sa.Index(
            "ix_content_stories",
            "author_id",
            "expires_at",
            postgresql_where=sa.text("type = 'story' AND deleted_at IS NULL"),
        ),
        sa.Index("ix_content_expires", "expires_at", postgresql_where=sa.text("expires_at IS NOT NULL")),
        # Shared without words: once by each member.
        sa.Index(
            "uq_content_shares",
            "shares_id",
            "author_id",
            unique=True,
            postgresql_where=sa.text("type = 'share' AND body = '' AND deleted_at IS NULL"),
        ),
        sa.Index("ix_content_shares", "shares_id", postgresql_where=sa.text("shares_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(server_default="text")
    visibility: Mapped[str] = mapped_column(server_default="public")
    body: Mapped[str] = mapped_column(info={"personal": "what the member wrote"})
    language: Mapped[str | None]  # BCP 47, of the body
    target_language: Mapped[str | None]  # the one that its author is learning by it
    answers_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("content.id", ondelete="SET NULL"))
    shares_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("content.id", ondelete="CASCADE"))
    goal_id: Mapped[UUID | None]  # what the post is a step towards
    media_count: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    quality: Mapped[float | None]  # 0..1, the mean of its media; None without any
    like_count: Mapped[int] = mapped_column(server_default="0")
    comment_count: Mapped[int] = mapped_column(server_default="0")
    save_count: Mapped[int] = mapped_column(server_default="0")
    share_count: Mapped[int] = mapped_column(server_default="0")
    view_count: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # of stories
    archived_at: Mapped[datetime | None]  # by its author, who goes on seeing it
    hidden_at: Mapped[datetime | None]  # by moderators; its author goes on seeing it
    deleted_at: Mapped[datetime | None]


class Attachment(Base):
    """A medium of a piece of content, and what it shows in words for who does not see it."""

    __tablename__ = "attachments"
    __table_args__ = (sa.UniqueConstraint("media_id"),)

    content_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("content.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    media_id: Mapped[UUID] = mapped_column(sa.ForeignKey("media.id", ondelete="CASCADE"))
    alt_text: Mapped[str | None] = mapped_column(info={"personal": "what the member wrote"})


class Revision(Base):
    """What a post or a comment said before an edit."""

    __tablename__ = "revisions"
    __table_args__ = (
        sa.CheckConstraint("(content_id IS NULL) <> (comment_id IS NULL)", name="of_one"),
        sa.Index(None, "content_id", "replaced_at"),
        sa.Index(None, "comment_id", "replaced_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    content_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("content.id", ondelete="CASCADE"))
    comment_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("comments.id", ondelete="CASCADE"))
    body: Mapped[str] = mapped_column(info={"personal": "what the member wrote"})
    replaced_at: Mapped[datetime]


class Hashtag(Base):
    """A tag, in the form in which tags are compared."""

    __tablename__ = "hashtags"
    __table_args__ = (
        sa.CheckConstraint("use_count >= 0", name="not_negative"),
        # By how they begin, whatever the collation of the database.
        sa.Index("ix_hashtags_beginnings", "tag", postgresql_ops={"tag": "text_pattern_ops"}),
    )

    tag: Mapped[str] = mapped_column(primary_key=True)
    use_count: Mapped[int] = mapped_column(server_default="0")  # public posts, neither deleted nor archived
    last_used_at: Mapped[datetime]


class ContentTag(Base):
    """A piece of content has a tag; the time of the content, so that a tag's page is read off the index."""

    __tablename__ = "content_tags"
    __table_args__ = (
        sa.Index("ix_content_tags_recent", "tag", sa.text("created_at DESC"), sa.text("content_id DESC")),
    )

    content_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("content.id", ondelete="CASCADE"), primary_key=True
    )
    tag: Mapped[str] = mapped_column(sa.ForeignKey("hashtags.tag"), primary_key=True)
    created_at: Mapped[datetime]


class Mention(Base):
    """A post, or a comment on it, names a member."""

    __tablename__ = "mentions"
    __table_args__ = (
        sa.UniqueConstraint("content_id", "comment_id", "member_id", postgresql_nulls_not_distinct=True),
        sa.Index(None, "member_id"),
        sa.Index(None, "comment_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    content_id: Mapped[UUID] = mapped_column(sa.ForeignKey("content.id", ondelete="CASCADE"))
    comment_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("comments.id", ondelete="CASCADE"))
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "who names me"}
    )
    name: Mapped[str]  # as it is written, without the @; usernames change


class Comment(Base):
    """A comment on content, or a reply to another comment on it."""

    __tablename__ = "comments"
    __table_args__ = (
        sa.CheckConstraint("reply_count >= 0 AND like_count >= 0", name="not_negative"),
        sa.Index("ix_comments_thread", "content_id", "parent_id", "created_at", "id"),
        sa.Index(None, "author_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    content_id: Mapped[UUID] = mapped_column(sa.ForeignKey("content.id", ondelete="CASCADE"))
    author_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("comments.id", ondelete="CASCADE"))
    body: Mapped[str] = mapped_column(info={"personal": "what the member wrote"})
    # Of a correction: the comment above it, as it should read.
    corrected: Mapped[str | None] = mapped_column(info={"personal": "what the member wrote"})
    reply_count: Mapped[int] = mapped_column(server_default="0")
    like_count: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]  # by moderators; its author goes on seeing it
    deleted_at: Mapped[datetime | None]


class ReelFacts(Base):
    """What only a reel has: how long it is, and how it was watched."""

    __tablename__ = "reels"
    __table_args__ = (
        sa.CheckConstraint("watch_count >= 0 AND completed_count >= 0", name="not_negative"),
        sa.Index("ix_reels_completed", sa.text("completed_count DESC"), sa.text("content_id DESC")),
    )

    content_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("content.id", ondelete="CASCADE"), primary_key=True
    )
    duration_ms: Mapped[int]
    watch_count: Mapped[int] = mapped_column(server_default="0")
    completed_count: Mapped[int] = mapped_column(server_default="0")
    watched_ms: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")


class StoryFacts(Base):
    """What only a story has: how long it is shown. When it expires stands on ``Content``."""

    __tablename__ = "stories"

    content_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("content.id", ondelete="CASCADE"), primary_key=True
    )
    duration_ms: Mapped[int]
