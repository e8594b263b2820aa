"""What callers send and get about friends."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from web.accounts.schemas import MemberCard
from web.core.pagination import PageQuery


class Direction(StrEnum):
    """From whom a friend request is, as the caller sees it."""

    RECEIVED = "received"
    SENT = "sent"


class RequestStatus(StrEnum):
    """What has become of a friend request."""

    PENDING = "pending"
    ACCEPTED = "accepted"


class NewFriendRequest(BaseModel):
    """Whom to ask for friendship."""

    model_config = ConfigDict(extra="forbid")

    user_id: UUID


class FriendRequestPath(BaseModel):
    """A friend request in an address."""

    request_id: UUID


class FriendRequestsQuery(PageQuery):
    """Which friend requests to list."""

    direction: Direction = Direction.RECEIVED


class FriendRequestItem(BaseModel):
    """A friend request, with the member on the other side."""

    id: UUID
    direction: Direction
    status: RequestStatus = Field(description="accepted at once where the other side had asked first")
    member: MemberCard
    mutual_friends_count: int
    created_at: datetime


class MutualKind(StrEnum):
    """What the caller and a member have in common."""

    FRIENDS = "friends"
    FOLLOWING = "following"


class MutualsQuery(PageQuery):
    """Which members in common to list."""

    kind: MutualKind = Field(
        default=MutualKind.FRIENDS,
        description="friends: friends of both; following: whom the caller follows and who follow the member",
    )
