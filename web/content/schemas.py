"""What callers send and get about content."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from web.accounts.schemas import MemberCard
from web.accounts.schemas.changes import Change, may_be_left_out
from web.accounts.schemas.profile import LanguageTag
from web.core.pagination import PageQuery
from web.core.schemas import MOST_IDS
from web.media.presentation import MediaItem

LONGEST_BODY = 5_000
LONGEST_COMMENT = 1_000
LONGEST_ALT_TEXT = 1_000
MOST_MEDIA = 10

Visibility = Literal["public", "followers", "friends", "private"]
PostType = Literal["text", "photo", "video", "reel"]
AltText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_ALT_TEXT)]
Body = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_BODY)]


class PostPath(BaseModel):
    """A post in an address."""

    post_id: UUID


class CommentPath(BaseModel):
    """A comment in an address."""

    comment_id: UUID


class PostsQuery(PageQuery):
    """Which of a member's posts."""

    kind: Literal["all", "reels", "media"] = Field(
        default="all", description="media: pictures and videos that are no reels"
    )


class NewAttachment(BaseModel):
    """A medium to show, which was uploaded before."""

    model_config = ConfigDict(extra="forbid")

    media_id: UUID
    alt_text: AltText | None = None


class NewPost(BaseModel):
    """Something to share: text, pictures, a video or a reel."""

    model_config = ConfigDict(extra="forbid")

    type: PostType = "text"
    body: Body = ""
    visibility: Visibility = "public"
    media: list[NewAttachment] = Field(
        default=[], max_length=MOST_MEDIA, description="uploads that are ready, in order"
    )
    language: LanguageTag | None = Field(default=None, description="BCP 47, of the body")
    target_language: LanguageTag | None = Field(default=None, description="the language being learned by it")
    goal_id: UUID | None = None

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.type == "text" and (self.media or not self.body):
            raise ValueError("a text has a body and no media")
        if self.type == "photo" and not self.media:
            raise ValueError("a photo needs at least one picture")
        if self.type in ("video", "reel") and len(self.media) != 1:
            raise ValueError("a video or reel has exactly one medium")
        if len({each.media_id for each in self.media}) != len(self.media):
            raise ValueError("the same medium twice")
        return self


class AltTextChange(BaseModel):
    """What a medium of the post shows, in other words; null takes them back."""

    model_config = ConfigDict(extra="forbid")

    media_id: UUID
    alt_text: AltText | None


class PostChange(Change):
    """A change of one's own post; null takes a language or a goal back."""

    body: Body = may_be_left_out()
    visibility: Visibility = may_be_left_out()
    language: LanguageTag | None = may_be_left_out()
    target_language: LanguageTag | None = may_be_left_out()
    goal_id: UUID | None = may_be_left_out()
    alt_texts: Annotated[list[AltTextChange], Field(max_length=MOST_MEDIA)] = may_be_left_out()


class NewShare(BaseModel):
    """A post of somebody shown to one's own readers, plain or with words."""

    model_config = ConfigDict(extra="forbid")

    body: Body = ""
    visibility: Literal["public", "followers", "friends"] = "public"
    language: LanguageTag | None = Field(default=None, description="BCP 47, of the body")


class ShareState(BaseModel):
    """Whether the caller shares a post without words, and how often it is shared."""

    post_id: UUID
    shared: bool
    share_count: int


class FormerBody(BaseModel):
    """What a post said before an edit."""

    id: UUID
    body: str
    replaced_at: datetime


class Mentioned(BaseModel):
    """A member whom a text names."""

    user_id: UUID
    name: str = Field(description="as it is written in the text, without the @")


class Post(BaseModel):
    """A post as the caller sees it."""

    id: UUID
    type: str
    author: MemberCard
    body: str
    visibility: str
    language: str | None
    target_language: str | None
    goal_id: UUID | None
    answers_id: UUID | None
    shares_id: UUID | None = Field(description="what a share shows")
    shared: "Post | None" = Field(description="the same, unless the caller may not see it")
    media: list[MediaItem]
    mentions: list[Mentioned]
    like_count: int
    comment_count: int
    save_count: int
    share_count: int
    view_count: int
    liked_by_me: bool
    saved_by_me: bool
    created_at: datetime
    edited_at: datetime | None
    archived_at: datetime | None = Field(description="only its author sees it since")


class Posts(BaseModel):
    """The posts that were found and may be seen."""

    items: list[Post]


class LikeState(BaseModel):
    """Where a like stands now."""

    post_id: UUID
    liked: bool
    like_count: int


class CommentLikeState(BaseModel):
    """Where the like of a comment stands now."""

    comment_id: UUID
    liked: bool
    like_count: int


class SaveState(BaseModel):
    """Whether a post is in the caller's private collection now."""

    post_id: UUID
    saved: bool


class Seen(BaseModel):
    """Posts that were on the caller's screen."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] = Field(min_length=1, max_length=MOST_IDS)


CommentBody = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_COMMENT)
]


class NewComment(BaseModel):
    """A comment, or a reply when ``parent_id`` is given."""

    model_config = ConfigDict(extra="forbid")

    body: CommentBody
    parent_id: UUID | None = None


class CommentChange(BaseModel):
    """A comment, written anew."""

    model_config = ConfigDict(extra="forbid")

    body: CommentBody


class NewCorrection(BaseModel):
    """How somebody else's comment should read in its language."""

    model_config = ConfigDict(extra="forbid")

    corrected: CommentBody = Field(description="the whole comment, corrected")
    body: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_COMMENT)] = Field(
        default="", description="why, for who is learning"
    )


class CommentItem(BaseModel):
    """A comment; one deleted or hidden from the caller stays as an empty place while it has replies."""

    id: UUID
    post_id: UUID
    parent_id: UUID | None
    author: MemberCard | None
    body: str | None
    corrected: str | None = Field(description="of a correction: the comment above it, as it should read")
    mentions: list[Mentioned]
    deleted: bool
    reply_count: int
    like_count: int
    liked_by_me: bool
    created_at: datetime
    edited_at: datetime | None
