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
    """A member's profile. A limited one shows name and picture only; the rest is null."""

    id: UUID
    username: str
    nickname: str
    avatar_url: str | None
    cover_url: str | None = None
    full_name: str | None = None
    bio: str | None = None
    place: str | None = None
    interests: list[str] | None = None
    native_languages: list[str] | None = None
    target_languages: list[str] | None = None
    created_at: datetime | None = None
    follower_count: int | None = None
    following_count: int | None = None
    friend_count: int | None = None
    relationship: Relationship | None = Field(description="null for oneself and without login")
    is_limited: bool = Field(description="whether the member keeps the rest from the caller")


class MemberStats(BaseModel):
    """A member's numbers."""

    goals_achieved: int
    photos_shared: int
    buzz_score: int
    daily_streak: int
    follower_count: int
    following_count: int
    friend_count: int
