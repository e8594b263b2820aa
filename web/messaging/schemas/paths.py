"""Addresses of conversations, and of what is in them."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel

from web.messaging.emoji import require_emoji


class ConversationPath(BaseModel):
    """A conversation in an address."""

    conversation_id: UUID


class ParticipantPath(ConversationPath):
    """Somebody in a conversation."""

    user_id: UUID


class MessagePath(ConversationPath):
    """A message of a conversation."""

    message_id: UUID


class ReactionPath(MessagePath):
    """An emoji under a message."""

    emoji: Annotated[str, AfterValidator(require_emoji)]
