"""What callers send and get about who is in a group."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from web.accounts.schemas import MemberCard
from web.core.schemas import OneLine

LARGEST_GROUP = 256

GroupName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), OneLine]
Role = Literal["member", "admin"]


class ConversationChange(BaseModel):
    """What a group is to be called and shown with; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: GroupName | None = None
    image_id: UUID | None = Field(
        default=None, description="an upload of purpose message; null takes it away"
    )

    @model_validator(mode="after")
    def _require_something(self) -> Self:
        if not self.model_fields_set or (self.name is None and "name" in self.model_fields_set):
            raise ValueError("say what is to change; a group needs a name")
        return self


class NewParticipants(BaseModel):
    """Who is to be in a group, too."""

    model_config = ConfigDict(extra="forbid")

    member_ids: list[UUID] = Field(min_length=1, max_length=LARGEST_GROUP)


class ParticipantChange(BaseModel):
    """What somebody in a group may do."""

    model_config = ConfigDict(extra="forbid")

    role: Role


class Participant(BaseModel):
    """Somebody in a conversation."""

    member: MemberCard
    role: str
    is_invited: bool = Field(description="was added by a stranger, and has not agreed yet")
    joined_at: datetime
