"""Commenting and taking comments back."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.content import queries
from web.content.errors import ParentElsewhere
from web.content.events import CommentDeleted, ContentCommented
from web.content.models import Comment, Content
from web.content.policy import shows_comment
from web.content.schemas import CommentItem, NewComment
from web.content.service import VisibleContent, visible_content
from web.core.clock import Clock
from web.core.errors import NotFound, NotOwner
from web.core.events import EventLog, Happened
from web.core.ids import new_id
from web.core.refs import Ref
from web.notifications.service import NotificationService


class CommentService:
    """Comments and replies. Raises DomainError subclasses; never commits."""

    def __init__(
        self, session: Session, clock: Clock, events: EventLog, notifications: NotificationService
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._notifications = notifications

    def comment(self, author_id: UUID, content_id: UUID, new: NewComment) -> CommentItem:
        """Comment on a post, or answer a comment on it.

        Raises:
            NotFound: the post is not there for the caller.
            ParentElsewhere: the comment to answer is gone, hidden from the caller, or on another post.
        """
        content = visible_content(self._session, content_id, author_id)
        parent_author_id = (
            self._parent_author(content_id, new.parent_id, author_id) if new.parent_id else None
        )
        comment_id = new_id()
        self._session.execute(
            sa.insert(Comment),
            {
                "id": comment_id,
                "content_id": content_id,
                "author_id": author_id,
                "parent_id": new.parent_id,
                "body": new.body,
                "created_at": self._clock.now(),
            },
        )
        happened = self._events.emit(
            ContentCommented(
                author_id=author_id,
                content_id=content_id,
                comment_id=comment_id,
                content_author_id=content.author_id,
                parent_author_id=parent_author_id,
            )
        )
        self._tell(content, parent_author_id, happened)
        self._count_new(content_id, new.parent_id)
        return queries.comment(self._session, comment_id, author_id)

    def delete(self, member_id: UUID, comment_id: UUID) -> None:
        """Take a comment back; its replies stay.

        Raises:
            NotFound: absent, deleted, or on a post that the caller may not see.
            NotOwner: it is somebody else's.
        """
        comment = self._session.get(Comment, comment_id, with_for_update=True)
        if comment is None or comment.deleted_at is not None:
            raise NotFound()
        visible_content(self._session, comment.content_id, member_id)
        if comment.author_id != member_id:
            raise NotOwner()
        comment.deleted_at = self._clock.now()
        self._session.flush()
        self._events.emit(
            CommentDeleted(author_id=member_id, comment_id=comment_id, content_id=comment.content_id)
        )
        self._count_gone(comment)

    def _parent_author(self, content_id: UUID, parent_id: UUID, viewer_id: UUID) -> UUID:
        """The author of the comment to answer, which cannot be deleted until this transaction ends."""
        viewer = sa.literal(viewer_id, sa.Uuid())
        author_id = self._session.scalar(
            sa.select(Comment.author_id)
            .join(Account, Account.id == Comment.author_id)
            .where(Comment.id == parent_id, Comment.content_id == content_id, shows_comment(viewer))
            .with_for_update(read=True, key_share=True, of=Comment)
        )
        if author_id is None:
            raise ParentElsewhere()
        return author_id

    def _tell(
        self, content: VisibleContent, parent_author_id: UUID | None, happened: Happened[ContentCommented]
    ) -> None:
        target = Ref("content", content.id)
        if parent_author_id is not None:
            self._notifications.tell(parent_author_id, "comment_answered", about=happened, target=target)
        if content.author_id != parent_author_id:
            self._notifications.tell(content.author_id, "content_commented", about=happened, target=target)

    # Counters come last. Lock order: a comment, those above it in the thread, the content.

    def _count_new(self, content_id: UUID, parent_id: UUID | None) -> None:
        if parent_id is not None:
            self._session.execute(
                sa.update(Comment).where(Comment.id == parent_id).values(reply_count=Comment.reply_count + 1)
            )
        self._count_on_content(content_id, 1)

    def _count_gone(self, comment: Comment) -> None:
        """A deleted comment keeps its place while it has replies; the last of them takes it along."""
        above = comment.parent_id if comment.reply_count == 0 else None
        while above is not None:
            parent = self._session.execute(
                sa.update(Comment)
                .where(Comment.id == above)
                .values(reply_count=Comment.reply_count - 1)
                .returning(Comment.parent_id, Comment.deleted_at, Comment.reply_count)
            ).one()
            vanishes = parent.deleted_at is not None and parent.reply_count == 0
            above = parent.parent_id if vanishes else None
        self._count_on_content(comment.content_id, -1)

    def _count_on_content(self, content_id: UUID, change: int) -> None:
        self._session.execute(
            sa.update(Content)
            .where(Content.id == content_id)
            .values(comment_count=Content.comment_count + change)
        )
