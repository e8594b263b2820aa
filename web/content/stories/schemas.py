"""What callers send and get about stories."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.accounts.schemas import MemberCard
from web.accounts.schemas.profile import LanguageTag
from web.content.schemas import AltText, Mentioned, Visibility
from web.media.presentation import MediaItem

LONGEST_CAPTION = 500
SHORTEST_MS = 1_000
LONGEST_PICTURE_MS = 15_000
USUAL_MS = 5_000


class StoryPath(BaseModel):
    """A story in an address."""

    story_id: UUID


class NewStory(BaseModel):
    """A picture or a video to show for a day."""

    model_config = ConfigDict(extra="forbid")

    media_id: UUID = Field(description="an upload for a story that is ready")
    body: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_CAPTION)] = ""
    alt_text: AltText | None = None
    language: LanguageTag | None = Field(default=None, description="BCP 47, of the body")
    visibility: Visibility = "followers"
    duration_ms: int = Field(
        default=USUAL_MS,
        ge=SHORTEST_MS,
        le=LONGEST_PICTURE_MS,
        description="how long a picture is shown; a video takes as long as it is",
    )


class StoryItem(BaseModel):
    """A story among others of its author."""

    id: UUID
    body: str
    mentions: list[Mentioned] = Field(description="members whom the body names")
    language: str | None
    visibility: str
    medium: MediaItem
    duration_ms: int
    viewed_by_me: bool
    liked_by_me: bool
    view_count: int | None = Field(description="for its author only")
    like_count: int | None = Field(description="for its author only")
    created_at: datetime
    expires_at: datetime


class Story(StoryItem):
    """A story as the caller sees it."""

    author: MemberCard


class StoryGroup(BaseModel):
    """What a member shows just now."""

    author: MemberCard
    has_unviewed: bool = Field(description="there is something that the caller has not seen")
    stories: list[StoryItem] = Field(description="oldest first, the order in which they are shown")


class StoryViewer(BaseModel):
    """A member who saw a story."""

    user: MemberCard
    viewed_at: datetime
    liked: bool


class StoryLikeState(BaseModel):
    """Where the like of a story stands now."""

    story_id: UUID
    liked: bool
