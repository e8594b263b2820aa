"""What callers send and get about relations."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.accounts.schemas import MemberCard

LONGEST_REASON = 300


class Relationship(BaseModel):
    """How the caller stands to a member."""

    user_id: UUID
    following: bool
    requested: bool = Field(description="whether the caller waits to be let in as a follower")
    followed_by: bool
    friends: bool
    friend_request: Literal["sent", "received"] | None = Field(
        description="a friend request between the two that waits, as the caller sees it"
    )
    muting: bool = Field(description="whether the caller mutes the member")
    blocking: bool = Field(description="whether the caller blocks the member")


class BlockWish(BaseModel):
    """Why a member is blocked; only the caller ever reads it."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_REASON)] | None = None


class BlockedMember(MemberCard):
    """Somebody whom the caller blocks."""

    reason: str | None
    blocked_at: datetime


class MutedMember(MemberCard):
    """Somebody whom the caller mutes."""

    muted_at: datetime


class FollowRequestItem(BaseModel):
    """Somebody who asks to follow the caller."""

    member: MemberCard
    mutual_friends_count: int
    requested_at: datetime
