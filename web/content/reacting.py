"""Liking, keeping, and taking both back."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from web.content.comments import visible_comment
from web.content.events import (
    CommentLiked,
    CommentUnliked,
    ContentLiked,
    ContentSaved,
    ContentUnliked,
    ContentUnsaved,
)
from web.content.models import Comment, Content
from web.content.reactions import CommentLike, Like, Save
from web.content.schemas import CommentLikeState, LikeState, SaveState
from web.content.service import visible_content
from web.core.clock import Clock
from web.core.events import EventLog
from web.core.refs import Ref
from web.notifications.service import NotificationService


class ReactionService:
    """What members do with what others share. Raises DomainError subclasses; never commits.

    All of it is idempotent both ways. The counter is adjusted last, so that its hot row is locked for as
    short as possible.
    """

    def __init__(
        self, session: Session, clock: Clock, events: EventLog, notifications: NotificationService
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._notifications = notifications

    def like(self, member_id: UUID, content_id: UUID) -> LikeState:
        """Like a post; twice is the same as once.

        Raises:
            NotFound
        """
        content = visible_content(self._session, content_id, member_id)
        if not self._add(Like, content_id=content_id, member_id=member_id):
            return LikeState(post_id=content_id, liked=True, like_count=content.like_count)
        liked = ContentLiked(member_id=member_id, content_id=content_id, author_id=content.author_id)
        happened = self._events.emit(liked)
        target = Ref("content", content_id)
        self._notifications.tell(content.author_id, "content_liked", about=happened, target=target)
        return LikeState(
            post_id=content_id, liked=True, like_count=self._count(Content.like_count, content_id, 1)
        )

    def unlike(self, member_id: UUID, content_id: UUID) -> LikeState:
        """Take a like back; twice is the same as once.

        Raises:
            NotFound
        """
        content = visible_content(self._session, content_id, member_id)
        if not self._remove(Like, content_id=content_id, member_id=member_id):
            return LikeState(post_id=content_id, liked=False, like_count=content.like_count)
        self._events.emit(
            ContentUnliked(member_id=member_id, content_id=content_id, author_id=content.author_id)
        )
        count = self._count(Content.like_count, content_id, -1)
        return LikeState(post_id=content_id, liked=False, like_count=count)

    def like_comment(self, member_id: UUID, comment_id: UUID) -> CommentLikeState:
        """Like a comment; twice is the same as once.

        Raises:
            NotFound: absent, deleted, or not for this member.
        """
        comment = visible_comment(self._session, comment_id, member_id)
        if not self._add(CommentLike, comment_id=comment_id, member_id=member_id):
            return CommentLikeState(comment_id=comment_id, liked=True, like_count=comment.like_count)
        liked = CommentLiked(
            member_id=member_id,
            comment_id=comment_id,
            content_id=comment.content_id,
            author_id=comment.author_id,
        )
        happened = self._events.emit(liked)
        target = Ref("content", comment.content_id)
        self._notifications.tell(
            comment.author_id, "comment_liked", about=happened, target=target, part_id=comment_id
        )
        count = self._count(Comment.like_count, comment_id, 1)
        return CommentLikeState(comment_id=comment_id, liked=True, like_count=count)

    def unlike_comment(self, member_id: UUID, comment_id: UUID) -> CommentLikeState:
        """Take the like of a comment back; twice is the same as once.

        Raises:
            NotFound: absent, deleted, or not for this member.
        """
        comment = visible_comment(self._session, comment_id, member_id)
        if not self._remove(CommentLike, comment_id=comment_id, member_id=member_id):
            return CommentLikeState(comment_id=comment_id, liked=False, like_count=comment.like_count)
        unliked = CommentUnliked(
            member_id=member_id,
            comment_id=comment_id,
            content_id=comment.content_id,
            author_id=comment.author_id,
        )
        self._events.emit(unliked)
        count = self._count(Comment.like_count, comment_id, -1)
        return CommentLikeState(comment_id=comment_id, liked=False, like_count=count)

    def save(self, member_id: UUID, content_id: UUID) -> SaveState:
        """Keep a post in the private collection; twice is the same as once.

        Raises:
            NotFound
        """
        content = visible_content(self._session, content_id, member_id)
        if self._add(Save, content_id=content_id, member_id=member_id):
            self._events.emit(
                ContentSaved(member_id=member_id, content_id=content_id, author_id=content.author_id)
            )
            self._count(Content.save_count, content_id, 1)
        return SaveState(post_id=content_id, saved=True)

    def unsave(self, member_id: UUID, content_id: UUID) -> SaveState:
        """Take a post out of the collection; twice is the same as once.

        Raises:
            NotFound
        """
        content = visible_content(self._session, content_id, member_id)
        if self._remove(Save, content_id=content_id, member_id=member_id):
            self._events.emit(
                ContentUnsaved(member_id=member_id, content_id=content_id, author_id=content.author_id)
            )
            self._count(Content.save_count, content_id, -1)
        return SaveState(post_id=content_id, saved=False)

    def _add(self, table: type[Like | CommentLike | Save], **key: UUID) -> bool:
        """Whether the row is new."""
        new = insert(table).on_conflict_do_nothing().returning(table.member_id)
        return self._session.scalar(new, {**key, "created_at": self._clock.now()}) is not None

    def _remove(self, table: type[Like | CommentLike | Save], **key: UUID) -> bool:
        """Whether there was such a row."""
        gone = sa.delete(table).filter_by(**key).returning(table.member_id)
        return self._session.scalar(gone) is not None

    def _count(self, counter: InstrumentedAttribute[int], of: UUID, change: int) -> int:
        """The counter after a change."""
        table: Any = counter.class_
        statement = sa.update(table).where(table.id == of).values({counter.key: counter + change})
        return self._session.scalar(statement.returning(counter)) or 0
