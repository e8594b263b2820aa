"""What callers send and get about reels."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from web.content.schemas import Post
from web.core.pagination import PageQuery

LONGEST_WATCH_MS = 24 * 3600 * 1000


class ReelPath(BaseModel):
    """A reel in an address: the id of the post that it is."""

    reel_id: UUID


class ReelQuery(PageQuery):
    """Which reels."""

    sort: Literal["newest", "completed"] = Field(
        default="newest", description="completed: of the last 30 days, what most members watched to its end"
    )


class ReelItem(BaseModel):
    """A reel as the caller sees it."""

    id: UUID
    duration_ms: int
    completed_by_me: bool = Field(description="the caller has watched it to its end")
    post: Post


class NewWatch(BaseModel):
    """For how long the caller has just watched; told when they go on to the next one."""

    model_config = ConfigDict(extra="forbid")

    watched_ms: Annotated[int, Field(ge=0, le=LONGEST_WATCH_MS)]


class ReelAnalytics(BaseModel):
    """How a reel was watched; its author's own watching is not counted."""

    post_id: UUID
    duration_ms: int
    views: int = Field(description="members who saw it, each once a day")
    watches: int = Field(description="how often it was watched")
    viewers: int = Field(description="members who watched it")
    watched_ms: int = Field(description="how long it was watched, all in all")
    mean_watched_ms: int = Field(description="the same for one time of watching")
    completions: int = Field(description="how often it was watched to its end")
    completion_rate: float = Field(ge=0, le=1, description="completions / watches; 0 without any")
    likes: int
    comments: int
    saves: int
    shares: int
    created_at: datetime
