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
