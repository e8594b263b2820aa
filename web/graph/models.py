"""Tables of relations between members."""

from datetime import date, datetime
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
    """Follower, following and friend counts, kept in the transaction of the relation that they count."""

    __tablename__ = "relation_counts"
    __table_args__ = (
        sa.CheckConstraint(
            "follower_count >= 0 AND following_count >= 0 AND friend_count >= 0", name="not_negative"
        ),
    )

    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    follower_count: Mapped[int] = mapped_column(server_default="0")
    following_count: Mapped[int] = mapped_column(server_default="0")
    friend_count: Mapped[int] = mapped_column(server_default="0")


class Friendship(Base):
    """Two members are friends: one row in each direction, so that either side finds the other by key."""

    __tablename__ = "friendships"
    __table_args__ = (
        sa.CheckConstraint("member_id <> friend_id", name="not_oneself"),
        sa.Index(None, "friend_id"),
    )

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


class Mute(Base):
    """One member does not want to read another for now; the other does not notice."""

    __tablename__ = "mutes"
    __table_args__ = (
        sa.CheckConstraint("muter_id <> muted_id", name="not_oneself"),
        sa.Index(None, "muted_id"),
    )

    muter_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "whom I mute"}
    )
    muted_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "who mutes me"}
    )
    created_at: Mapped[datetime]


class FollowRequest(Base):
    """A member asks to follow another whose profile is not open. Answered or taken back, the row is gone."""

    __tablename__ = "follow_requests"
    __table_args__ = (
        sa.CheckConstraint("requester_id <> member_id", name="not_oneself"),
        sa.Index(None, "member_id", "created_at", "requester_id"),
    )

    requester_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "whom I ask"}
    )
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "who asks me"}
    )
    created_at: Mapped[datetime]


class FriendRequest(Base):
    """A member asks another to be friends. Accepted or taken back, the row is gone.

    One that was declined stays a while, so that asking again and again reaches nobody. Who asked is not told:
    for them it waits, and when they take it back (``withdrawn_at``), it is gone.
    """

    __tablename__ = "friend_requests"
    __table_args__ = (
        sa.CheckConstraint("sender_id <> receiver_id", name="not_oneself"),
        sa.UniqueConstraint("sender_id", "receiver_id"),
        sa.Index(None, "receiver_id", "created_at", "id"),
        sa.Index(None, "sender_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sender_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "whom I ask"}
    )
    receiver_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "who asks me"}
    )
    created_at: Mapped[datetime]
    declined_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class SuggestionDismissal(Base):
    """A member does not want another suggested."""

    __tablename__ = "suggestion_dismissals"
    __table_args__ = (sa.Index(None, "dismissed_id"),)

    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"),
        primary_key=True,
        info={"personal": "whom I dismissed"},
    )
    dismissed_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    created_at: Mapped[datetime]


class Partnership(Base):
    """Two members keep each other to what they set out to do; invited by one, agreed to by the other."""

    __tablename__ = "partnerships"
    __table_args__ = (
        sa.CheckConstraint("inviter_id <> invitee_id", name="not_oneself"),
        sa.CheckConstraint("status IN ('invited', 'active', 'paused', 'ended')", name="status"),
        sa.CheckConstraint("frequency IN ('daily', 'weekly')", name="frequency"),
        # One at a time for each pair, whoever invited.
        sa.Index(
            "uq_partnerships_pair",
            sa.text("least(inviter_id, invitee_id)"),
            sa.text("greatest(inviter_id, invitee_id)"),
            unique=True,
            postgresql_where=sa.text("status <> 'ended'"),
        ),
        sa.Index(None, "inviter_id"),
        sa.Index(None, "invitee_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    inviter_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "partner"}
    )
    invitee_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "partner"}
    )
    status: Mapped[str] = mapped_column(server_default="invited")
    frequency: Mapped[str] = mapped_column(server_default="daily")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class CheckIn(Base):
    """A partner tells how it went; once on each local day."""

    __tablename__ = "check_ins"
    __table_args__ = (sa.UniqueConstraint("partnership_id", "member_id", "local_day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    partnership_id: Mapped[UUID] = mapped_column(sa.ForeignKey("partnerships.id", ondelete="CASCADE"))
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "who checked in"}
    )
    local_day: Mapped[date]
    note: Mapped[str | None] = mapped_column(info={"personal": "what the member wrote"})
    created_at: Mapped[datetime]
