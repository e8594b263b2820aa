"""Showing somebody's post to one's own readers, plain (once) or with words (as often as one likes)."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.content.errors import NotShareable
from web.content.events import ContentPosted, ContentShared
from web.content.hashtags import Tagged, retag, tags_in
from web.content.mentioning import MentionService
from web.content.models import Content
from web.content.policy import visible
from web.content.schemas import NewShare, ShareState
from web.content.service import ContentService, count_share
from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.refs import Ref
from web.core.wording import TextCheck
from web.notifications.service import NotificationService

_IS_PLAIN = sa.text("type = 'share' AND body = '' AND deleted_at IS NULL")  # as uq_content_shares says it
_ORIGINAL = (
    sa.select(
        Content.id,
        Content.author_id,
        Content.type,
        Content.visibility,
        Content.body,
        Content.shares_id,
        sa.or_(Content.archived_at.is_not(None), Content.hidden_at.is_not(None)).label("is_away"),
    )
    .join(Account, Account.id == Content.author_id)
    .where(Content.id == sa.bindparam("id", type_=sa.Uuid()), visible())
)
# Of two that share at once one makes the row and the other finds it.
_NEW = insert(Content)
_SHARE = _NEW.on_conflict_do_update(
    index_elements=["shares_id", "author_id"], index_where=_IS_PLAIN, set_={"body": _NEW.excluded.body}
).returning(Content.id, sa.literal_column("xmax = 0", sa.Boolean()).label("is_new"))


class ShareService:
    """Shares of posts. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        notifications: NotificationService,
        content: ContentService,
        mentions: MentionService,
        wording: TextCheck,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._notifications = notifications
        self._content = content
        self._mentions = mentions
        self._wording = wording

    def share(self, member_id: UUID, content_id: UUID, new: NewShare) -> UUID:
        """Share a post; without words twice is the same as once. A plain share stands for what it shows.

        Returns:
            The id of the post that shows it.

        Raises:
            NotFound: there is none for the caller.
            NotShareable: it is not public, or put away.
            ContentRefused
        """
        original = self._original(content_id, member_id)
        if original.visibility != "public" or original.type == "story" or original.is_away:
            raise NotShareable()
        verdict = self._wording.passed(new.body, new.language)
        row = {
            "id": new_id(),
            "author_id": member_id,
            "type": "share",
            "visibility": new.visibility,
            "body": new.body,
            "language": new.language,
            "shares_id": original.id,
            "created_at": self._clock.now(),
        }
        share = self._session.execute(_SHARE, row).one()
        if share.is_new:
            self._wording.flag(member_id, Ref("content", share.id), verdict)
            self._tell(member_id, original, share.id, new)
            self._mentions.note(member_id, share.id, new.body, told={original.author_id})
            count_share(self._session, original.id, 1)
            tagged = Tagged(tags_in(new.body), counts=new.visibility == "public")
            retag(self._session, share.id, Tagged(), tagged, row["created_at"])
        share_id: UUID = share.id
        return share_id

    def unshare(self, member_id: UUID, content_id: UUID) -> ShareState:
        """Take the share without words back; twice is the same as once. Those with words are posts to delete.

        Raises:
            NotFound
        """
        original = self._original(content_id, member_id)
        # Of two that take it back at once one waits, and finds nothing.
        share_id = self._session.scalar(
            sa.select(Content.id)
            .where(Content.shares_id == original.id, Content.author_id == member_id, _IS_PLAIN)
            .with_for_update(key_share=True)
        )
        if share_id is not None:
            self._content.delete(member_id, share_id)
        count = self._session.scalar(sa.select(Content.share_count).where(Content.id == original.id))
        return ShareState(post_id=original.id, shared=False, share_count=count or 0)

    def _original(self, content_id: UUID, member_id: UUID) -> Any:
        """The post that is meant by an id, if the member may see it."""
        row = self._session.execute(_ORIGINAL, {"id": content_id, "viewer": member_id}).one_or_none()
        if row is not None and row.type == "share" and not row.body:
            row = self._session.execute(_ORIGINAL, {"id": row.shares_id, "viewer": member_id}).one_or_none()
        if row is None:
            raise NotFound()
        return row

    def _tell(self, member_id: UUID, original: Any, share_id: UUID, new: NewShare) -> None:
        self._events.emit(
            ContentPosted(author_id=member_id, content_id=share_id, type="share", visibility=new.visibility)
        )
        happened = self._events.emit(
            ContentShared(
                member_id=member_id,
                content_id=original.id,
                share_id=share_id,
                author_id=original.author_id,
            )
        )
        has_words_for_all = new.body and new.visibility == "public"
        target = Ref("content", share_id if has_words_for_all else original.id)
        self._notifications.tell(original.author_id, "content_shared", about=happened, target=target)
