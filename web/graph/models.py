"""Tables of relations between members."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Follow(Base):
    """One member follows another."""

    __tablename__ = "follows"
    __table_args__ = (
        sa.CheckConstraint("follower_id <> followed_id", name="not_oneself"),
        sa.Index(
            "ix_follows_followers", "followed_id", sa.text("created_at DESC"), sa.text("follower_id DESC")
        ),
        sa.Index(
            "ix_follows_following", "follower_id", sa.text("created_at DESC"), sa.text("followed_id DESC")
        ),
    )

    follower_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "whom I follow"}
    )
    followed_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"),
        primary_key=True,
        info={"personal": "who follows me"},
    )
    created_at: Mapped[datetime]


class RelationCount(Base):
    """Follower and following counts, kept in the transaction of the follow that they count."""

    __tablename__ = "relation_counts"
    __table_args__ = (
        sa.CheckConstraint("follower_count >= 0 AND following_count >= 0", name="not_negative"),
    )

    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    follower_count: Mapped[int] = mapped_column(server_default="0")
    following_count: Mapped[int] = mapped_column(server_default="0")


class Friendship(Base):
    """Two members are friends: one row in each direction, so that either side finds the other by key."""

    __tablename__ = "friendships"
    __table_args__ = (sa.CheckConstraint("member_id <> friend_id", name="not_oneself"),)

    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "friend"}
    )
    friend_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "friend"}
    )
    created_at: Mapped[datetime]


class Block(Base):
    """One member wants nothing to do with another; neither sees anything of the other."""

    __tablename__ = "blocks"
    __table_args__ = (
        sa.CheckConstraint("blocker_id <> blocked_id", name="not_oneself"),
        sa.Index(None, "blocked_id"),
    )

    blocker_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "whom I block"}
    )
    blocked_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "who blocks me"}
    )
    reason: Mapped[str | None] = mapped_column(info={"personal": "why, for oneself"})
    created_at: Mapped[datetime]
