"""What can happen in a conversation."""

from dataclasses import dataclass
from uuid import UUID

from web.core.events import Event


@dataclass(frozen=True, kw_only=True)
class MessageSent(Event, name="message_sent", actor="sender_id"):
    """A member sent a message; ``recipient_id`` is set in direct conversations."""

    sender_id: UUID
    recipient_id: UUID | None
    conversation_id: UUID
    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class NoticePosted(Event, name="notice_posted", actor="member_id"):
    """A message that nobody wrote, such as that somebody joined; ``member_id`` made it happen."""

    member_id: UUID
    conversation_id: UUID
    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class MessageEdited(Event, name="message_edited", actor="member_id"):
    """A member changed what a message of theirs says."""

    member_id: UUID
    conversation_id: UUID
    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class MessageDeleted(Event, name="message_deleted", actor="member_id"):
    """A member took a message back for everybody, or an admin of a group did."""

    member_id: UUID
    conversation_id: UUID
    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class MessageReacted(Event, name="message_reacted", actor="member_id"):
    """A member put an emoji under a message, or took one away; which one is not told here."""

    member_id: UUID
    conversation_id: UUID
    message_id: UUID
    is_added: bool


@dataclass(frozen=True, kw_only=True)
class ConversationRead(Event, name="conversation_read", actor="member_id"):
    """A member has read a conversation up to ``seq``."""

    member_id: UUID
    conversation_id: UUID
    seq: int


@dataclass(frozen=True, kw_only=True)
class MessagesDelivered(Event, name="messages_delivered", actor="member_id"):
    """A device of the member has the messages up to ``seq``."""

    member_id: UUID
    conversation_id: UUID
    seq: int


@dataclass(frozen=True, kw_only=True)
class ConversationChanged(Event, name="conversation_changed", actor="member_id"):
    """A conversation is not what it was, for everybody in it.

    Attributes:
        change: a code: ``started``, ``named``, ``image_changed``, ``added``, ``removed``, ``left``, ``role``.
        concerned_id: who it happened to, who may be in it no longer.
    """

    member_id: UUID
    conversation_id: UUID
    change: str
    concerned_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class PlaceChanged(Event, name="conversation_place_changed", actor="member_id"):
    """A member wants a conversation otherwise; only their own sockets are told.

    Attributes:
        change: a code: ``muted``, ``archived``, ``pinned``, ``accepted``, ``left``.
    """

    member_id: UUID
    conversation_id: UUID
    change: str
