"""Sharing, taking back, liking."""

from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.content.events import ContentDeleted, ContentLiked, ContentPosted, ContentUnliked
from web.content.models import Content
from web.content.policy import visible
from web.content.reactions import Like
from web.content.schemas import LikeState, NewPost
from web.core.clock import Clock
from web.core.errors import NotFound, NotOwner
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.refs import Ref
from web.notifications.service import NotificationService

_VISIBLE = (
    sa.select(Content.id, Content.author_id, Content.like_count)
    .join(Account, Account.id == Content.author_id)
    .where(Content.id == sa.bindparam("id", type_=sa.Uuid()), visible())
)


class VisibleContent(NamedTuple):
    """Content that the acting member may see."""

    id: UUID
    author_id: UUID
    like_count: int


def visible_content(session: Session, content_id: UUID, viewer_id: UUID) -> VisibleContent:
    """The content that a member wants to act on.

    Raises:
        NotFound: absent, deleted, or not for this member.
    """
    row = session.execute(_VISIBLE, {"id": content_id, "viewer": viewer_id}).one_or_none()
    if row is None:
        raise NotFound()
    return VisibleContent(*row)


class ContentService:
    """Posts and likes. Raises DomainError subclasses; never commits."""

    def __init__(
        self, session: Session, clock: Clock, events: EventLog, notifications: NotificationService
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._notifications = notifications

    def post(self, author_id: UUID, new: NewPost) -> UUID:
        """Share a post.

        Returns:
            Its id.
        """
        content_id = new_id()
        self._session.execute(
            sa.insert(Content),
            {
                "id": content_id,
                "author_id": author_id,
                "type": new.type,
                "visibility": new.visibility,
                "body": new.body,
                "created_at": self._clock.now(),
            },
        )
        self._events.emit(
            ContentPosted(
                author_id=author_id, content_id=content_id, type=new.type, visibility=new.visibility
            )
        )
        return content_id

    def delete(self, member_id: UUID, content_id: UUID) -> None:
        """Take a post back.

        Raises:
            NotFound: absent, deleted, or not visible to the caller.
            NotOwner: it is somebody else's.
        """
        content = visible_content(self._session, content_id, member_id)
        if content.author_id != member_id:
            raise NotOwner()
        deleted = self._session.scalar(
            sa.update(Content)
            .where(Content.id == content_id, Content.deleted_at.is_(None))
            .values(deleted_at=self._clock.now())
            .returning(Content.id)
        )
        if deleted is None:  # a second request was faster
            raise NotFound()
        self._events.emit(ContentDeleted(author_id=member_id, content_id=content_id))

    def like(self, member_id: UUID, content_id: UUID) -> LikeState:
        """Like a post; twice is the same as once.

        Raises:
            NotFound
        """
        content = visible_content(self._session, content_id, member_id)
        row = {"content_id": content_id, "member_id": member_id, "created_at": self._clock.now()}
        new = insert(Like).on_conflict_do_nothing().returning(Like.content_id)
        if self._session.scalar(new, row) is None:
            return LikeState(post_id=content_id, liked=True, like_count=content.like_count)
        liked = ContentLiked(member_id=member_id, content_id=content_id, author_id=content.author_id)
        happened = self._events.emit(liked)
        target = Ref("content", content_id)
        self._notifications.tell(content.author_id, "content_liked", about=happened, target=target)
        return LikeState(post_id=content_id, liked=True, like_count=self._count_like(content_id, 1))

    def unlike(self, member_id: UUID, content_id: UUID) -> LikeState:
        """Take a like back; twice is the same as once.

        Raises:
            NotFound
        """
        content = visible_content(self._session, content_id, member_id)
        gone = sa.delete(Like).where(Like.content_id == content_id, Like.member_id == member_id)
        if self._session.scalar(gone.returning(Like.content_id)) is None:
            return LikeState(post_id=content_id, liked=False, like_count=content.like_count)
        self._events.emit(
            ContentUnliked(member_id=member_id, content_id=content_id, author_id=content.author_id)
        )
        return LikeState(post_id=content_id, liked=False, like_count=self._count_like(content_id, -1))

    def _count_like(self, content_id: UUID, change: int) -> int:
        """Adjust the counter last, so that its hot row is locked for as short as possible."""
        count = self._session.scalar(
            sa.update(Content)
            .where(Content.id == content_id)
            .values(like_count=Content.like_count + change)
            .returning(Content.like_count)
        )
        return count or 0
