"""Tables of what members do with what others share."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


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


class CommentLike(Base):
    """A member likes a comment."""

    __tablename__ = "comment_likes"
    __table_args__ = (sa.Index(None, "member_id"),)

    comment_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "what I like"}
    )
    created_at: Mapped[datetime]


class Save(Base):
    """A member keeps a piece of content in the private collection."""

    __tablename__ = "saves"
    __table_args__ = (
        sa.Index("ix_saves_member", "member_id", sa.text("created_at DESC"), sa.text("content_id DESC")),
    )

    content_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("content.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "what I keep"}
    )
    created_at: Mapped[datetime]


class View(Base):
    """A member saw a piece of content on a UTC day.

    Of a story it is also the list of its viewers; there the day is the one on which it was shared, so that
    each of them is in it once.
    """

    __tablename__ = "views"
    __table_args__ = (sa.Index(None, "viewer_id", "day"),)

    content_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("content.id", ondelete="CASCADE"), primary_key=True
    )
    viewer_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "what I saw"}
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    viewed_at: Mapped[datetime]


class Watch(Base):
    """A member watched a reel for a while."""

    __tablename__ = "watches"
    __table_args__ = (
        sa.CheckConstraint("watched_ms >= 0", name="not_negative"),
        sa.Index(None, "content_id", "watched_at"),
        sa.Index(None, "member_id", "watched_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    content_id: Mapped[UUID] = mapped_column(sa.ForeignKey("content.id", ondelete="CASCADE"))
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "what I watched"}
    )
    watched_ms: Mapped[int]
    completed: Mapped[bool]
    watched_at: Mapped[datetime]
