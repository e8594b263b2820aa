"""What callers get about other members."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from web.accounts.schemas import MemberCard
from web.graph.schemas import Relationship


class MemberCards(BaseModel):
    """The members that were found; nobody for an id that is nobody's."""

    items: list[MemberCard]


class Profile(BaseModel):
    """A member's profile."""

    id: UUID
    username: str
    nickname: str
    avatar_url: str | None
    created_at: datetime
    follower_count: int
    following_count: int
    relationship: Relationship | None = Field(description="null for oneself and without login")
