"""Tables of open rooms.

Lock order of everything that writes here: the pair of host and guest where somebody comes in, places (by
room, then member), bans, messages, and the room's row last, because everybody who talks in a room waits for
it. What somebody does in a room, or what is done to them, holds their place first; so nobody can join while
they are being banned.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Room(Base):
    """A place to talk in, for whoever comes. ``last_seq`` numbers what happens; its row lock orders that.

    The host made it, or was left it. ``active_at`` moves at most once a minute, so that talking is cheap.
    """

    __tablename__ = "rooms"
    __table_args__ = (
        sa.CheckConstraint(
            "participant_count >= 0 AND participant_count <= max_participants", name="participants_fit"
        ),
        sa.CheckConstraint("slow_mode_seconds >= 0", name="slow_mode"),
        sa.Index("ix_rooms_open", "active_at", "id", postgresql_where=sa.text("closed_at IS NULL")),
        sa.Index(None, "host_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    host_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "whose room it is"}
    )
    name: Mapped[str] = mapped_column(info={"personal": "what its host calls it"})
    topic: Mapped[str] = mapped_column(server_default="", info={"personal": "what its host wants to talk of"})
    search_key: Mapped[str]  # name and topic in the form in which they are looked for
    language: Mapped[str | None]
    password_hash: Mapped[str | None]
    max_participants: Mapped[int]
    slow_mode_seconds: Mapped[int] = mapped_column(server_default="0")
    participant_count: Mapped[int] = mapped_column(server_default="0")
    last_seq: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    active_at: Mapped[datetime]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class RoomPlace(Base):
    """A member's place in a room. It stays a while when they left, so that leaving does not end slow mode."""

    __tablename__ = "room_places"
    __table_args__ = (
        sa.CheckConstraint("left_at IS NULL OR NOT is_admin", name="admins_are_in"),
        sa.Index(None, "member_id"),
        sa.Index(None, "room_id", "joined_at", "member_id", postgresql_where=sa.text("left_at IS NULL")),
    )

    room_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"),
        primary_key=True,
        info={"personal": "where I talk"},
    )
    is_admin: Mapped[bool] = mapped_column(server_default=sa.false())  # the host is above them, and is none
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]  # when they last came, spoke, or went
    spoke_at: Mapped[datetime | None]


class RoomBan(Base):
    """Who may not come in; for good, or until a moment."""

    __tablename__ = "room_bans"
    __table_args__ = (
        sa.Index(None, "room_id", "created_at", "member_id"),
        sa.Index(None, "member_id"),
        sa.Index(None, "by_id"),
    )

    room_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"),
        primary_key=True,
        info={"personal": "where I may not come in"},
    )
    by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="SET NULL"))
    until: Mapped[datetime | None]  # NULL: for good
    created_at: Mapped[datetime]


class RoomMessage(Base):
    """What happened in a room, numbered without gaps: what somebody said, or that they came, went, and so on.

    A message that was removed keeps its place, empty; that it was is an entry of its own, so that whoever was
    away learns of it.
    """

    __tablename__ = "room_messages"
    __table_args__ = (
        sa.CheckConstraint("(action IS NULL) = (client_id IS NOT NULL)", name="said_or_done"),
        sa.UniqueConstraint("room_id", "seq"),
        sa.UniqueConstraint("room_id", "member_id", "client_id"),
        sa.Index(None, "member_id", "created_at"),
        sa.Index(None, "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    room_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rooms.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"),
        info={"personal": "who said it, or whom it is about"},
    )
    action: Mapped[str | None]  # a code; NULL for what was said
    about_id: Mapped[UUID | None]  # the message that was removed
    client_id: Mapped[UUID | None]
    body: Mapped[str] = mapped_column(server_default="", info={"personal": "what the member wrote"})
    removed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
