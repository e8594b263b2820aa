"""What a member said in conversations: their mailbox as a copy, and what stays when they are erased.

Messages belong to the conversation. Whoever received one has it like a letter, so the messages of an erased
member stay readable for the others, from a deleted member. A conversation that nobody is left in goes.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account
from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.messaging.models import Conversation, ConversationMember, Message


class ConversationRecord(BaseModel):
    """A conversation that the member is in."""

    id: UUID
    type: str
    with_usernames: list[str] = Field(description="who else is in it")
    joined_at: datetime
    last_read_seq: int = Field(description="number of the last message that the member has read")
    created_at: datetime


class MessageRecord(BaseModel):
    """A message of the member's mailbox: sent, or received from the sender named."""

    id: UUID
    conversation_id: UUID
    seq: int = Field(description="its place in the conversation")
    sender_id: UUID | None
    sender_username: str | None
    sent_by_me: bool
    body: str
    about_kind: str | None = Field(description="what it answers, such as a story: its kind")
    about_id: UUID | None = Field(description="and its id")
    created_at: datetime


_member = sa.bindparam("member", type_=sa.Uuid())
_Other = aliased(ConversationMember)
_others = (
    sa.select(sa.func.array_agg(aggregate_order_by(Account.username, Account.username)))
    .join(_Other, _Other.member_id == Account.id)
    .where(_Other.conversation_id == Conversation.id, _Other.member_id != _member)
    .scalar_subquery()
)
_CONVERSATIONS = (
    sa.select(
        Conversation.id,
        Conversation.type,
        sa.func.coalesce(_others, sa.text("'{}'::text[]")).label("with_usernames"),
        ConversationMember.joined_at,
        ConversationMember.last_read_seq,
        Conversation.created_at,
    )
    .join(ConversationMember, ConversationMember.conversation_id == Conversation.id)
    .where(ConversationMember.member_id == _member)
    .order_by(Conversation.created_at, Conversation.id)
)
_MESSAGES = (
    sa.select(
        Message.id,
        Message.conversation_id,
        Message.seq,
        Message.sender_id,
        Account.username.label("sender_username"),
        sa.func.coalesce(Message.sender_id == _member, sa.false()).label("sent_by_me"),
        Message.body,
        Message.about_kind,
        Message.about_id,
        Message.created_at,
    )
    .join(ConversationMember, ConversationMember.conversation_id == Message.conversation_id)
    .outerjoin(Account, Account.id == Message.sender_id)
    .where(ConversationMember.member_id == _member)
    .order_by(Message.conversation_id, Message.seq)
)


def register(personal_data: PersonalData) -> None:
    """Sections and eraser of messaging."""
    personal_data.export(
        Section(
            "conversations", ("conversations", "conversation_members"), ConversationRecord, conversations
        ),
        Section("messages", ("messages",), MessageRecord, messages),
    )
    personal_data.erase(Eraser("messaging", ("conversations", "conversation_members", "messages"), erase))


def conversations(services: Services, member_id: UUID) -> Iterator[ConversationRecord]:
    """The conversations that a member is in, oldest first."""
    return stream(services[Session], ConversationRecord, _CONVERSATIONS, member=member_id)


def messages(services: Services, member_id: UUID) -> Iterator[MessageRecord]:
    """What a member sent and received, conversation by conversation."""
    return stream(services[Session], MessageRecord, _MESSAGES, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Delete the conversations that nobody else is left in; in the others the messages stay.

    The lock lets the last of two who are erased at once see that the other is gone.
    """
    session = services[Session]
    mine = sa.select(ConversationMember.conversation_id).where(ConversationMember.member_id == member_id)
    locked = list(
        session.scalars(
            sa.select(Conversation.id)
            .where(Conversation.id.in_(mine))
            .order_by(Conversation.id)
            .with_for_update()
        )
    )
    somebody = (
        sa.exists()
        .where(ConversationMember.conversation_id == Conversation.id)
        .where(ConversationMember.member_id != member_id)
        .where(Account.id == ConversationMember.member_id, Account.erased_at.is_(None))
    )
    session.execute(sa.delete(Conversation).where(Conversation.id.in_(locked), sa.not_(somebody)))
