"""Tables of conversations.

Lock order of everything that writes here: the conversation's row, media, the places of its members, messages.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Conversation(Base):
    """Who talks with whom. ``last_seq`` numbers the messages; its row lock orders them."""

    __tablename__ = "conversations"
    __table_args__ = (
        sa.CheckConstraint("type IN ('direct', 'group', 'ai_coach')", name="type"),
        sa.CheckConstraint("type <> 'direct' OR direct_key IS NOT NULL", name="direct_has_key"),
        sa.CheckConstraint("type <> 'group' OR name IS NOT NULL", name="group_has_name"),
        sa.UniqueConstraint("direct_key"),
        sa.Index(None, "image_id", postgresql_where=sa.text("image_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(server_default="direct")
    direct_key: Mapped[str | None] = mapped_column(info={"personal": "the pair of members, sorted"})
    name: Mapped[str | None] = mapped_column(info={"personal": "what its members call it"})
    image_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("media.id", ondelete="SET NULL"))
    last_seq: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    last_message_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ConversationMember(Base):
    """A member's place in a conversation, how far they have read, and how they want it.

    The place stays when they leave, so that they find it again when they come back.
    """

    __tablename__ = "conversation_members"
    __table_args__ = (
        sa.CheckConstraint("role IN ('member', 'admin')", name="role"),
        sa.CheckConstraint("request IN ('pending', 'accepted', 'declined')", name="request"),
        sa.Index(None, "member_id"),
    )

    conversation_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"),
        primary_key=True,
        info={"personal": "whom I talk with"},
    )
    role: Mapped[str] = mapped_column(server_default="member")
    last_read_seq: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    last_read_at: Mapped[datetime | None]
    last_delivered_seq: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    # What came up to here is not theirs: said before they were there, or cleared away by them.
    from_seq: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    is_active: Mapped[bool] = mapped_column(server_default="true")  # False for who left
    # When they last left, and the last message then: kept when they come back, because only what was said
    # since then is unread.
    left_at: Mapped[datetime | None]
    left_seq: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    was_removed: Mapped[bool] = mapped_column(server_default="false")  # and did not leave by themselves
    # Whether a stranger's messages are wanted; NULL where nobody had to ask.
    request: Mapped[str | None]
    requested_at: Mapped[datetime | None]
    muted_until: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    joined_at: Mapped[datetime]


class Message(Base):
    """One message; ``client_id`` makes sending it twice the same as once.

    A message that was deleted keeps its place, empty.
    """

    __tablename__ = "messages"
    __table_args__ = (
        sa.CheckConstraint(
            "type IN ('text', 'image', 'video', 'audio', 'file', 'system', 'goal_update')", name="type"
        ),
        sa.UniqueConstraint("conversation_id", "seq"),
        sa.UniqueConstraint("conversation_id", "sender_id", "client_id"),
        sa.Index(None, "sender_id", "created_at"),
        sa.Index(None, "media_id", postgresql_where=sa.text("media_id IS NOT NULL")),
        sa.Index(None, "reply_to_id", postgresql_where=sa.text("reply_to_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("conversations.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    sender_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    client_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(server_default="text")
    body: Mapped[str] = mapped_column(info={"personal": "what the member wrote"})
    media_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("media.id", ondelete="SET NULL"))
    reply_to_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("messages.id", ondelete="SET NULL"))
    is_forwarded: Mapped[bool] = mapped_column(server_default="false")
    # What it answers besides messages, such as a story, as a Ref; it may be gone by now.
    about_kind: Mapped[str | None]
    about_id: Mapped[UUID | None]
    # Of what nobody wrote: a code, and the ids of whom it is about.
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB, info={"personal": "whom it names"})
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class MessageReaction(Base):
    """An emoji that a member put under a message."""

    __tablename__ = "message_reactions"
    __table_args__ = (sa.Index(None, "member_id"),)

    message_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    emoji: Mapped[str] = mapped_column(primary_key=True, info={"personal": "what the member answered"})
    created_at: Mapped[datetime]
