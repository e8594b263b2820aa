"""What callers send and get about conversations."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.accounts.schemas import MemberCard

LONGEST_MESSAGE = 5_000


class ConversationPath(BaseModel):
    """A conversation in an address."""

    conversation_id: UUID


class NewConversation(BaseModel):
    """Whom to talk with."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["direct"] = "direct"
    member_id: UUID


class Conversation(BaseModel):
    """A direct conversation as the caller sees it."""

    id: UUID
    type: str
    partner: MemberCard | None = Field(
        description="null for somebody whom the caller may not meet any more; what was said stays"
    )
    last_seq: int
    last_read_seq: int
    unread: int = Field(description="messages after the last one read")
    last_message_at: datetime | None
    created_at: datetime


class NewMessage(BaseModel):
    """A message; the same ``client_id`` sent again is the same message."""

    model_config = ConfigDict(extra="forbid")

    client_id: UUID
    body: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_MESSAGE)]


class About(BaseModel):
    """What a message answers, by its kind and id; who may not see it (any more) is told so when asking."""

    kind: str
    id: UUID


class Message(BaseModel):
    """A message; ``seq`` orders the messages of a conversation without gaps."""

    id: UUID
    conversation_id: UUID
    seq: int
    sender_id: UUID | None
    client_id: UUID
    body: str
    about: About | None = Field(description="what it answers, such as a story")
    created_at: datetime
