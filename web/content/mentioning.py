"""Keeping whom a text names, and telling them."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from web.accounts.models import Account
from web.accounts.policy import username_key
from web.accounts.presence import present
from web.content.events import MemberMentioned
from web.content.mentions import names_in
from web.content.models import Content, Mention
from web.content.policy import listed
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.refs import Ref
from web.graph.relations import blocked_between, mutes
from web.notifications.service import NotificationService

_author = sa.bindparam("author", type_=sa.Uuid())
_named = aliased(Account, name="named")
# Members of these names whom the author may meet, and whether they may read what names them.
_NAMED = (
    sa.select(
        _named.id,
        _named.username_key,
        sa.and_(listed(_named.id), sa.not_(mutes(_named.id, _author))).label("reads_it"),
    )
    .select_from(Content)
    .join(Account, Account.id == Content.author_id)
    .join(_named, _named.username_key.in_(sa.bindparam("names", expanding=True)))
    .where(
        Content.id == sa.bindparam("content", type_=sa.Uuid()),
        present(_named),
        sa.not_(blocked_between(_author, _named.id)),
    )
)


class MentionService:
    """The mentions of posts and comments. Never commits."""

    def __init__(self, session: Session, events: EventLog, notifications: NotificationService) -> None:
        self._session = session
        self._events = events
        self._notifications = notifications

    def note(
        self,
        author_id: UUID,
        content_id: UUID,
        text: str,
        *,
        comment_id: UUID | None = None,
        told: Collection[UUID] = (),
    ) -> None:
        """Keep whom a new post, or a new comment on it, names; and tell those of them who may read it.

        Args:
            author_id: who wrote the text.
            told: who hears of it for another reason already.
        """
        self._keep(author_id, content_id, comment_id, text, set(told))

    def renew(self, author_id: UUID, content_id: UUID, text: str, *, comment_id: UUID | None = None) -> None:
        """The same after an edit: only who was not named before is told."""
        before = self._session.scalars(
            sa.delete(Mention)
            .where(Mention.content_id == content_id, Mention.comment_id.is_not_distinct_from(comment_id))
            .returning(Mention.member_id)
        )
        self._keep(author_id, content_id, comment_id, text, set(before))

    def _keep(
        self, author_id: UUID, content_id: UUID, comment_id: UUID | None, text: str, told: set[UUID]
    ) -> None:
        names = {username_key(name): name for name in names_in(text)}
        if not names:
            return
        values = {"names": list(names), "content": content_id, "author": author_id}
        people = self._session.execute(_NAMED, values).all()
        if not people:
            return
        self._session.execute(
            sa.insert(Mention),
            [
                {
                    "id": new_id(),
                    "content_id": content_id,
                    "comment_id": comment_id,
                    "member_id": person.id,
                    "name": names[person.username_key],
                }
                for person in people
            ],
        )
        for person in people:
            if person.reads_it and person.id not in told and person.id != author_id:
                self._tell(author_id, content_id, comment_id, person.id)

    def _tell(self, author_id: UUID, content_id: UUID, comment_id: UUID | None, member_id: UUID) -> None:
        happened = self._events.emit(
            MemberMentioned(
                author_id=author_id, content_id=content_id, comment_id=comment_id, member_id=member_id
            )
        )
        self._notifications.tell(member_id, "mentioned", about=happened, target=Ref("content", content_id))
