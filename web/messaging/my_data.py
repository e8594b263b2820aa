"""What a member said in conversations: their mailbox as a copy, and what stays when they are erased.

Messages belong to the conversation. Whoever received one has it like a letter, so the messages of an erased
member stay readable for the others, from a deleted member. A conversation that nobody is left in goes.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account
from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.graph.relations import meets
from web.messaging.leaving import LeavingService
from web.messaging.models import Conversation, ConversationMember, Message, MessageReaction
from web.messaging.queries.sight import Mine, is_open, readable


class ConversationRecord(BaseModel):
    """A conversation that the member is in, or has left."""

    id: UUID
    type: str
    name: str | None = Field(description="of a group")
    with_usernames: list[str] = Field(description="who else is in it, as far as the member may meet them")
    role: str
    joined_at: datetime
    left_at: datetime | None = Field(description="when the member last left it")
    is_active: bool = Field(description="whether the member is in it")
    request: str | None = Field(description="what the member answered to who asked to write")
    last_read_seq: int = Field(description="number of the last message that the member has read")
    last_read_at: datetime | None
    muted_until: datetime | None
    archived_at: datetime | None
    pinned_at: datetime | None
    created_at: datetime


class MessageRecord(BaseModel):
    """A message of the member's mailbox: sent, or received from the sender named."""

    id: UUID
    conversation_id: UUID
    seq: int = Field(description="its place in the conversation")
    sender_id: UUID | None = Field(
        description="null: nobody wrote it, or somebody whom the member may not meet"
    )
    sender_username: str | None
    sent_by_me: bool
    type: str
    body: str
    media_id: UUID | None = Field(description="what the member uploaded is in media under this id")
    reply_to_id: UUID | None = Field(description="the message that it answers")
    is_forwarded: bool
    details: dict[str, Any] | None = Field(
        description="of what nobody wrote: what happened, and the ids of whom"
    )
    about_kind: str | None = Field(description="what it answers, such as a story: its kind")
    about_id: UUID | None = Field(description="and its id")
    edited_at: datetime | None
    deleted_at: datetime | None = Field(description="taken back since then")
    created_at: datetime


class MessageReactionRecord(BaseModel):
    """An emoji that the member put under a message."""

    message_id: UUID
    emoji: str
    created_at: datetime


_member = sa.bindparam("member", type_=sa.Uuid())
_Other = aliased(ConversationMember)
_others = (
    sa.select(sa.func.array_agg(aggregate_order_by(Account.username, Account.username)))
    .join(_Other, _Other.member_id == Account.id)
    .where(_Other.conversation_id == Conversation.id, _Other.member_id != _member, meets(_member))
    .scalar_subquery()
)
_CONVERSATIONS = (
    sa.select(
        Conversation.id,
        Conversation.type,
        Conversation.name,
        sa.func.coalesce(_others, sa.text("'{}'::text[]")).label("with_usernames"),
        ConversationMember.role,
        ConversationMember.joined_at,
        ConversationMember.left_at,
        ConversationMember.is_active,
        ConversationMember.request,
        ConversationMember.last_read_seq,
        ConversationMember.last_read_at,
        ConversationMember.muted_until,
        ConversationMember.archived_at,
        ConversationMember.pinned_at,
        Conversation.created_at,
    )
    .join(ConversationMember, ConversationMember.conversation_id == Conversation.id)
    .where(ConversationMember.member_id == _member)
    .order_by(Conversation.created_at, Conversation.id)
)
# What the app shows them, up to where they were in it. What they sent is theirs, even where they have cleared
# the history away.
_in_mailbox = sa.or_(
    Message.sender_id == _member,
    sa.and_(readable(_member), sa.or_(is_open(), Message.seq <= Mine.left_seq)),
)
_is_named = sa.or_(meets(_member), Account.erased_at.is_not(None))
_MESSAGES = (
    sa.select(
        Message.id,
        Message.conversation_id,
        Message.seq,
        sa.case((_is_named, Message.sender_id)).label("sender_id"),
        sa.case((_is_named, Account.username)).label("sender_username"),
        sa.func.coalesce(Message.sender_id == _member, sa.false()).label("sent_by_me"),
        Message.type,
        Message.body,
        Message.media_id,
        Message.reply_to_id,
        Message.is_forwarded,
        Message.details,
        Message.about_kind,
        Message.about_id,
        Message.edited_at,
        Message.deleted_at,
        Message.created_at,
    )
    .join(Conversation, Conversation.id == Message.conversation_id)
    .join(Mine, Mine.conversation_id == Message.conversation_id)
    .outerjoin(Account, Account.id == Message.sender_id)
    .where(Mine.member_id == _member, _in_mailbox)
    .order_by(Message.conversation_id, Message.seq)
)
_REACTIONS = (
    sa.select(MessageReaction.message_id, MessageReaction.emoji, MessageReaction.created_at)
    .where(MessageReaction.member_id == _member)
    .order_by(MessageReaction.created_at, MessageReaction.message_id, MessageReaction.emoji)
)


def register(personal_data: PersonalData) -> None:
    """Sections and eraser of messaging."""
    personal_data.export(
        Section(
            "conversations", ("conversations", "conversation_members"), ConversationRecord, conversations
        ),
        Section("messages", ("messages",), MessageRecord, messages),
        Section("message_reactions", ("message_reactions",), MessageReactionRecord, reactions),
    )
    tables = ("conversations", "conversation_members", "messages", "message_reactions")
    personal_data.erase(Eraser("messaging", tables, erase))


def conversations(services: Services, member_id: UUID) -> Iterator[ConversationRecord]:
    """The conversations that a member is in, oldest first."""
    return stream(services[Session], ConversationRecord, _CONVERSATIONS, member=member_id)


def messages(services: Services, member_id: UUID) -> Iterator[MessageRecord]:
    """What a member sent and received, conversation by conversation."""
    return stream(services[Session], MessageRecord, _MESSAGES, member=member_id)


def reactions(services: Services, member_id: UUID) -> Iterator[MessageReactionRecord]:
    """The emoji that a member put under messages."""
    return stream(services[Session], MessageReactionRecord, _REACTIONS, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Delete the conversations that nobody else is left in; in the others the messages stay."""
    gone = sa.delete(MessageReaction).where(MessageReaction.member_id == member_id)
    services[Session].execute(gone)
    services[LeavingService].vanish(member_id)
