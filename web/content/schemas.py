"""What callers send and get about content."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from web.accounts.schemas import MemberCard

LONGEST_BODY = 5_000
LONGEST_COMMENT = 1_000

Visibility = Literal["public", "followers", "private"]


class PostPath(BaseModel):
    """A post in an address."""

    post_id: UUID


class CommentPath(BaseModel):
    """A comment in an address."""

    comment_id: UUID


class NewPost(BaseModel):
    """A text to share."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["text"] = "text"
    body: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_BODY)]
    visibility: Visibility = "public"


class Post(BaseModel):
    """A post as the caller sees it."""

    id: UUID
    type: str
    author: MemberCard
    body: str
    visibility: str
    answers_id: UUID | None
    like_count: int
    comment_count: int
    liked_by_me: bool
    created_at: datetime


class Posts(BaseModel):
    """The posts that were found and may be seen."""

    items: list[Post]


class LikeState(BaseModel):
    """Where a like stands now."""

    post_id: UUID
    liked: bool
    like_count: int


class NewComment(BaseModel):
    """A comment, or a reply when ``parent_id`` is given."""

    model_config = ConfigDict(extra="forbid")

    body: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_COMMENT)]
    parent_id: UUID | None = None


class CommentItem(BaseModel):
    """A comment; one deleted or hidden from the caller stays as an empty place while it has replies."""

    id: UUID
    post_id: UUID
    parent_id: UUID | None
    author: MemberCard | None
    body: str | None
    deleted: bool
    reply_count: int
    created_at: datetime
