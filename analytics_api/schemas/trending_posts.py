"""What is hot."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from analytics_api.schemas.common import Answer, MartRow, Moment


class Window(StrEnum):
    """How far back a post may have been written."""

    DAY = "24h"
    WEEK = "7d"


class TrendingPost(MartRow):
    """A post with its hot score."""

    rank: int = Field(description="1 is the hottest")
    content_id: UUID
    author_id: UUID
    score: float = Field(description="log10(max(s, 1)) + age term, s = likers + 2 × repliers")
    likers: int = Field(description="Distinct people, the author excluded")
    repliers: int = Field(description="Distinct people, the author excluded")
    created_at: Moment


class TrendingPosts(Answer):
    """The hottest posts of a window, hottest first."""

    window: Window
    items: list[TrendingPost]
