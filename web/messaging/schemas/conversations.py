"""What callers send and get about conversations, and about their place in them."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from web.accounts.schemas import MemberCard
from web.core.pagination import PageQuery
from web.messaging.schemas.groups import LARGEST_GROUP, GroupName, Role
from web.messaging.schemas.messages import LARGEST_SEQ, Message, Words

MOST_UNREAD = 100  # that are counted
LATEST_YEAR = 2200  # until which something may be muted, if not for good

Seq = Annotated[int, Field(strict=True, ge=0, le=LARGEST_SEQ)]


class NewConversation(BaseModel):
    """Whom to talk with: one member, or a group that the caller is the admin of."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["direct", "group"] = "direct"
    member_id: UUID | None = Field(default=None, description="of a direct conversation: who else")
    member_ids: list[UUID] = Field(
        default=[], max_length=LARGEST_GROUP - 1, description="of a group: who else is in it"
    )
    name: GroupName | None = Field(default=None, description="of a group")
    image_id: UUID | None = Field(default=None, description="of a group: an upload of purpose message")

    @model_validator(mode="after")
    def _require_what_it_needs(self) -> Self:
        of_group = bool(self.member_ids or self.name or self.image_id)
        if self.type == "direct" and (self.member_id is None or of_group):
            raise ValueError("a direct conversation needs member_id, and nothing else")
        if self.type == "group" and (self.name is None or self.member_id is not None):
            raise ValueError("a group needs name, and member_ids instead of member_id")
        return self


class ReadMark(BaseModel):
    """How far; without ``seq`` up to the newest message."""

    model_config = ConfigDict(extra="forbid")

    seq: Seq | None = None


class Muting(BaseModel):
    """How long; without ``until`` for good."""

    model_config = ConfigDict(extra="forbid")

    until: AwareDatetime | None = None

    @field_validator("until")
    @classmethod
    def _require_a_near_moment(cls, until: datetime | None) -> datetime | None:
        if until is not None and not 2000 <= until.year < LATEST_YEAR:
            raise ValueError(f"a moment before the year {LATEST_YEAR}, or nothing for good")
        return until


class ConversationQuery(PageQuery):
    """Which of the caller's conversations."""

    folder: Literal["inbox", "requests", "archived"] = Field(
        default="inbox", description="requests: from strangers, until they are accepted"
    )
    q: Words | None = Field(
        default=None, description="what the group, or somebody in the conversation, is called"
    )


class Conversation(BaseModel):
    """A conversation as the caller sees it."""

    id: UUID
    type: Literal["direct", "group", "ai_coach"]
    name: str | None = Field(description="of a group")
    image_url: str | None = Field(description="of a group")
    partner: MemberCard | None = Field(
        description="of a direct conversation; null for whom the caller may not meet any more"
    )
    partner_read_seq: int | None = Field(description="how far the partner has read")
    partner_delivered_seq: int | None = Field(description="how far the partner's devices have it")
    participants: list[MemberCard] = Field(description="the first few of the others")
    participant_count: int
    role: Role = Field(description="the caller's own")
    last_message: Message | None
    last_seq: int
    last_read_seq: int
    unread: int = Field(
        description=f"messages of others after the last one read; {MOST_UNREAD} means or more"
    )
    is_request: bool = Field(description="from a stranger, and neither accepted nor declined yet")
    is_muted: bool
    muted_until: datetime | None = Field(description="null while muted means for good")
    is_archived: bool
    is_pinned: bool
    last_message_at: datetime | None
    created_at: datetime
