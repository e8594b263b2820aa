"""What callers get in a feed, and what they may ask of it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny

from web.accounts.schemas import MemberCard
from web.content.schemas import Post
from web.core.pagination import PageQuery


class FeedItem(BaseModel):
    """One thing in a feed; ``payload`` depends on ``type``."""

    type: str = Field(description="post, reel, share; features that come later add theirs")
    id: UUID
    author: MemberCard
    payload: Post | SerializeAsAny[BaseModel]
    why: list[str] = Field(
        description="what put it there: own, friend, following or discover; then the strongest signals: "
        "fresh, popular, quality, interests"
    )


class FeedQuery(PageQuery):
    """Which feed, in which order."""

    algo: Literal["ranked", "time"] = Field(
        default="ranked", description="ranked: by strategy; time: what one follows, newest first"
    )
    strategy: Literal["recency", "engagement", "personalized"] = Field(
        default="personalized", description="how a ranked feed is put in order"
    )


class TagPath(BaseModel):
    """A hashtag in an address, with or without its ``#``, in any of its spellings."""

    tag: str = Field(min_length=1, max_length=200, pattern="^[^\\x00]*$")


class TrendingQuery(BaseModel):
    """What is asked to be trending."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["posts", "hashtags"] = "posts"
    limit: int = Field(default=20, ge=1, le=100, description="how many at most")


class TrendingHashtag(BaseModel):
    """A hashtag that is used and responded to."""

    tag: str
    score: float = Field(description="hot, of all its public posts of the window together")


class Trending(BaseModel):
    """What got most response in the last 24 hours, the hottest first; only what was asked for is filled."""

    as_of: datetime | None = Field(description="when the list was made; null when there is none")
    posts: list[Post] = []
    hashtags: list[TrendingHashtag] = []
