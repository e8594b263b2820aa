"""What can happen to content."""

from dataclasses import dataclass
from uuid import UUID

from web.core.events import Event


@dataclass(frozen=True, kw_only=True)
class ContentPosted(Event, name="content_posted", actor="author_id"):
    """A member shared something."""

    author_id: UUID
    content_id: UUID
    type: str
    visibility: str


@dataclass(frozen=True, kw_only=True)
class ContentDeleted(Event, name="content_deleted", actor="author_id"):
    """The author took it back."""

    author_id: UUID
    content_id: UUID


@dataclass(frozen=True, kw_only=True)
class ContentLiked(Event, name="content_liked", actor="member_id"):
    """A member likes something."""

    member_id: UUID
    content_id: UUID
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class ContentUnliked(Event, name="content_unliked", actor="member_id"):
    """A member took a like back."""

    member_id: UUID
    content_id: UUID
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class ContentCommented(Event, name="content_commented", actor="author_id"):
    """A member commented; ``author_id`` wrote the comment, ``content_author_id`` what it is about."""

    author_id: UUID
    content_id: UUID
    comment_id: UUID
    content_author_id: UUID
    parent_author_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class CommentDeleted(Event, name="comment_deleted", actor="author_id"):
    """The author of a comment took it back."""

    author_id: UUID
    comment_id: UUID
    content_id: UUID
