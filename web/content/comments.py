"""Commenting, correcting, editing and taking comments back."""

from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.content import queries
from web.content.errors import NothingCorrected, OwnComment, ParentElsewhere
from web.content.events import CommentDeleted, CommentEdited, ContentCommented
from web.content.mentioning import MentionService
from web.content.models import Comment, Content, Revision
from web.content.policy import shows_comment
from web.content.schemas import CommentChange, CommentItem, NewComment, NewCorrection
from web.content.service import VisibleContent, visible_content
from web.core.clock import Clock
from web.core.db import AnySelect
from web.core.errors import NotFound, NotOwner
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.refs import Ref
from web.core.wording import TextCheck
from web.notifications.service import NotificationService


class VisibleComment(NamedTuple):
    """A comment that the acting member may see, as far as its own author goes."""

    id: UUID
    content_id: UUID
    author_id: UUID
    body: str
    like_count: int


_SHOWN = (
    sa.select(Comment.id, Comment.content_id, Comment.author_id, Comment.body, Comment.like_count)
    .join(Account, Account.id == Comment.author_id)
    .where(Comment.id == sa.bindparam("id", type_=sa.Uuid()), shows_comment())
)
# It cannot be deleted until this transaction ends.
_ANSWERED = _SHOWN.with_for_update(read=True, key_share=True, of=Comment)


def _comment(
    session: Session, comment_id: UUID, viewer_id: UUID, statement: AnySelect
) -> VisibleComment | None:
    row: Any = session.execute(statement, {"id": comment_id, "viewer": viewer_id}).one_or_none()
    return VisibleComment(*row) if row else None


def visible_comment(session: Session, comment_id: UUID, viewer_id: UUID) -> VisibleComment:
    """The comment that a member wants to act on.

    Raises:
        NotFound: absent, deleted, or it or its post is not for this member.
    """
    comment = _comment(session, comment_id, viewer_id, _SHOWN)
    if comment is None:
        raise NotFound()
    visible_content(session, comment.content_id, viewer_id)
    return comment


class CommentService:
    """Comments and replies. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        notifications: NotificationService,
        mentions: MentionService,
        wording: TextCheck,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._notifications = notifications
        self._mentions = mentions
        self._wording = wording

    def comment(self, author_id: UUID, content_id: UUID, new: NewComment) -> CommentItem:
        """Comment on a post, or answer a comment on it.

        Raises:
            NotFound: the post is not there for the caller.
            ParentElsewhere: the comment to answer is gone, hidden from the caller, or on another post.
            ContentRefused: the text is not fit to be shown.
        """
        content = visible_content(self._session, content_id, author_id)
        parent = None
        if new.parent_id is not None:
            parent = _comment(self._session, new.parent_id, author_id, _ANSWERED)
            if parent is None or parent.content_id != content_id:
                raise ParentElsewhere()
        return self._write(author_id, content, parent, new.body)

    def correct(self, author_id: UUID, comment_id: UUID, new: NewCorrection) -> CommentItem:
        """Show somebody how their comment should read, in a reply that carries the corrected text.

        Raises:
            NotFound: the comment is gone, or not there for the caller.
            OwnComment: who wrote it edits it.
            NothingCorrected: the text is the same as before.
            ContentRefused: the text is not fit to be shown.
        """
        comment = _comment(self._session, comment_id, author_id, _ANSWERED)
        if comment is None:
            raise NotFound()
        content = visible_content(self._session, comment.content_id, author_id)
        if comment.author_id == author_id:
            raise OwnComment()
        if new.corrected == comment.body or not comment.body:
            raise NothingCorrected()
        return self._write(author_id, content, comment, new.body, new.corrected)

    def edit(self, member_id: UUID, comment_id: UUID, change: CommentChange) -> CommentItem:
        """Write a comment anew; what it said before is kept, for its author and for moderators.

        Raises:
            NotFound: absent, deleted, or on a post that the caller may not see.
            NotOwner: it is somebody else's.
            ContentRefused: the text is not fit to be shown.
        """
        comment = self._own(member_id, comment_id)
        if change.body != comment.body:
            verdict = self._wording.passed(change.body)
            now = self._clock.now()
            before = {"id": new_id(), "comment_id": comment_id, "body": comment.body, "replaced_at": now}
            self._session.execute(sa.insert(Revision), before)
            comment.body, comment.edited_at = change.body, now
            self._session.flush()
            self._wording.flag(member_id, Ref("comment", comment_id), verdict)
            self._events.emit(
                CommentEdited(author_id=member_id, comment_id=comment_id, content_id=comment.content_id)
            )
            self._mentions.renew(member_id, comment.content_id, change.body, comment_id=comment_id)
        return queries.comment(self._session, comment_id, member_id)

    def delete(self, member_id: UUID, comment_id: UUID) -> None:
        """Take a comment back; its replies stay.

        Raises:
            NotFound: absent, deleted, or on a post that the caller may not see.
            NotOwner: it is somebody else's.
        """
        comment = self._own(member_id, comment_id)
        comment.deleted_at = self._clock.now()
        self._session.flush()
        self._events.emit(
            CommentDeleted(author_id=member_id, comment_id=comment_id, content_id=comment.content_id)
        )
        self._count_gone(comment)

    def _own(self, member_id: UUID, comment_id: UUID) -> Comment:
        """A comment that its author wants to change, locked."""
        comment = self._session.get(Comment, comment_id, with_for_update=True)
        if comment is None or comment.deleted_at is not None:
            raise NotFound()
        visible_content(self._session, comment.content_id, member_id)
        if comment.author_id != member_id:
            raise NotOwner()
        return comment

    def _write(
        self,
        author_id: UUID,
        content: VisibleContent,
        parent: VisibleComment | None,
        body: str,
        corrected: str | None = None,
    ) -> CommentItem:
        """Add a comment, and tell whom it concerns. ``parent`` is locked against being deleted."""
        says = "\n".join(filter(None, (body, corrected)))
        verdict = self._wording.passed(says)
        comment_id = new_id()
        self._session.execute(
            sa.insert(Comment),
            {
                "id": comment_id,
                "content_id": content.id,
                "author_id": author_id,
                "parent_id": parent and parent.id,
                "body": body,
                "corrected": corrected,
                "created_at": self._clock.now(),
            },
        )
        self._wording.flag(author_id, Ref("comment", comment_id), verdict)
        happened = self._events.emit(
            ContentCommented(
                author_id=author_id,
                content_id=content.id,
                comment_id=comment_id,
                content_author_id=content.author_id,
                parent_author_id=parent and parent.author_id,
            )
        )
        target = Ref("content", content.id)
        if parent is not None:
            answer = "comment_answered" if corrected is None else "comment_corrected"
            self._notifications.tell(parent.author_id, answer, about=happened, target=target, says=says)
        # One event is told to a member once: who is both is told of the answer.
        self._notifications.tell(
            content.author_id, "content_commented", about=happened, target=target, says=says
        )
        told = {content.author_id} | ({parent.author_id} if parent else set())
        self._mentions.note(author_id, content.id, body, comment_id=comment_id, told=told)
        self._count_new(content.id, parent and parent.id)
        return queries.comment(self._session, comment_id, author_id)

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
