"""Tables of conversations."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Conversation(Base):
    """Who talks with whom. ``last_seq`` numbers the messages; its row lock orders them."""

    __tablename__ = "conversations"
    __table_args__ = (
        sa.CheckConstraint("type IN ('direct', 'group', 'ai_coach')", name="type"),
        sa.CheckConstraint("type <> 'direct' OR direct_key IS NOT NULL", name="direct_has_key"),
        sa.UniqueConstraint("direct_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(server_default="direct")
    direct_key: Mapped[str | None] = mapped_column(info={"personal": "the pair of members, sorted"})
    last_seq: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    last_message_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ConversationMember(Base):
    """A member's place in a conversation and how far they have read."""

    __tablename__ = "conversation_members"
    __table_args__ = (sa.Index(None, "member_id"),)

    conversation_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"),
        primary_key=True,
        info={"personal": "whom I talk with"},
    )
    last_read_seq: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    joined_at: Mapped[datetime]


class Message(Base):
    """One message; ``client_id`` makes sending it twice the same as once."""

    __tablename__ = "messages"
    __table_args__ = (
        sa.UniqueConstraint("conversation_id", "seq"),
        sa.UniqueConstraint("conversation_id", "sender_id", "client_id"),
        sa.Index(None, "sender_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("conversations.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    sender_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    client_id: Mapped[UUID]
    body: Mapped[str] = mapped_column(info={"personal": "what the member wrote"})
    # What it answers besides messages, such as a story, as a Ref; it may be gone by now.
    about_kind: Mapped[str | None]
    about_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
