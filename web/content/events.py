"""What can happen to content."""

from dataclasses import dataclass
from uuid import UUID

from web.core.events import Event


@dataclass(frozen=True, kw_only=True)
class ContentPosted(Event, name="content_posted", actor="author_id"):
    """A member shared something that stays; a story is another event, because nobody counts it as a post."""

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
class ContentEdited(Event, name="content_edited", actor="author_id"):
    """The author changed it; ``changed`` names the fields."""

    author_id: UUID
    content_id: UUID
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class ContentArchived(Event, name="content_archived", actor="author_id"):
    """The author put it away: nobody else sees it."""

    author_id: UUID
    content_id: UUID


@dataclass(frozen=True, kw_only=True)
class ContentUnarchived(Event, name="content_unarchived", actor="author_id"):
    """The author took it out again."""

    author_id: UUID
    content_id: UUID


@dataclass(frozen=True, kw_only=True)
class ContentShared(Event, name="content_shared", actor="member_id"):
    """A member shared what ``author_id`` had posted; ``share_id`` is the post that shows it."""

    member_id: UUID
    content_id: UUID
    share_id: UUID
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class ContentUnshared(Event, name="content_unshared", actor="member_id"):
    """A member took a share back."""

    member_id: UUID
    content_id: UUID
    share_id: UUID
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class MemberMentioned(Event, name="member_mentioned", actor="author_id"):
    """A post, or a comment on it, names a member who may read it; ``author_id`` wrote the text."""

    author_id: UUID
    content_id: UUID
    comment_id: UUID | None
    member_id: UUID


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
class ContentSaved(Event, name="content_saved", actor="member_id"):
    """A member keeps something in the private collection."""

    member_id: UUID
    content_id: UUID
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class ContentUnsaved(Event, name="content_unsaved", actor="member_id"):
    """A member keeps it no longer."""

    member_id: UUID
    content_id: UUID
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class CommentEdited(Event, name="comment_edited", actor="author_id"):
    """The author of a comment wrote it anew."""

    author_id: UUID
    comment_id: UUID
    content_id: UUID


@dataclass(frozen=True, kw_only=True)
class CommentLiked(Event, name="comment_liked", actor="member_id"):
    """A member likes a comment, which ``author_id`` wrote."""

    member_id: UUID
    comment_id: UUID
    content_id: UUID
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class CommentUnliked(Event, name="comment_unliked", actor="member_id"):
    """A member took the like of a comment back."""

    member_id: UUID
    comment_id: UUID
    content_id: UUID
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class CommentDeleted(Event, name="comment_deleted", actor="author_id"):
    """The author of a comment took it back."""

    author_id: UUID
    comment_id: UUID
    content_id: UUID


@dataclass(frozen=True, kw_only=True)
class StoryPosted(Event, name="story_posted", actor="author_id"):
    """A member showed something for a day."""

    author_id: UUID
    content_id: UUID
    visibility: str


@dataclass(frozen=True, kw_only=True)
class StoryLiked(Event, name="story_liked", actor="member_id"):
    """A member likes a story."""

    member_id: UUID
    content_id: UUID
    author_id: UUID


@dataclass(frozen=True, kw_only=True)
class StoryUnliked(Event, name="story_unliked", actor="member_id"):
    """A member took the like of a story back."""

    member_id: UUID
    content_id: UUID
    author_id: UUID
