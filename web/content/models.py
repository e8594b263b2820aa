"""Tables of what members share: content, likes, comments."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Content(Base):
    """Something a member shared. One table for every type; typed side tables hold what only one has."""

    __tablename__ = "content"
    __table_args__ = (
        sa.CheckConstraint("type IN ('text', 'photo', 'video', 'reel', 'story')", name="type"),
        sa.CheckConstraint("visibility IN ('public', 'followers', 'friends', 'private')", name="visibility"),
        sa.CheckConstraint("like_count >= 0 AND comment_count >= 0", name="not_negative"),
        sa.Index(
            "ix_content_author",
            "author_id",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        ),
        sa.Index(
            "ix_content_recent",
            sa.text("created_at DESC"),
            sa.text("id DESC"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(server_default="text")
    visibility: Mapped[str] = mapped_column(server_default="public")
    body: Mapped[str] = mapped_column(info={"personal": "what the member wrote"})
    answers_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("content.id", ondelete="SET NULL"))
    like_count: Mapped[int] = mapped_column(server_default="0")
    comment_count: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Like(Base):
    """A member likes a piece of content."""

    __tablename__ = "likes"
    __table_args__ = (sa.Index(None, "member_id", "created_at"),)

    content_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("content.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "what I like"}
    )
    created_at: Mapped[datetime]


class Comment(Base):
    """A comment on content, or a reply to another comment on it."""

    __tablename__ = "comments"
    __table_args__ = (
        sa.CheckConstraint("reply_count >= 0", name="not_negative"),
        sa.Index("ix_comments_thread", "content_id", "parent_id", "created_at", "id"),
        sa.Index(None, "author_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    content_id: Mapped[UUID] = mapped_column(sa.ForeignKey("content.id", ondelete="CASCADE"))
    author_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("comments.id", ondelete="CASCADE"))
    body: Mapped[str] = mapped_column(info={"personal": "what the member wrote"})
    reply_count: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
