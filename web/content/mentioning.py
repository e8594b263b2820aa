"""Keeping whom a text names, and telling them."""

from collections.abc import Collection, Sequence
from typing import Any
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

MENTIONED = "mentioned"  # the type of notifications

_author = sa.bindparam("author", type_=sa.Uuid())
_content = sa.bindparam("content", type_=sa.Uuid())
_named = aliased(Account, name="named")
_reads_it = sa.and_(listed(_named.id), sa.not_(mutes(_named.id, _author)))
# Members whom the author may meet, and whether they may read what names them: those of some names, and those
# whom the post names.
_MET = (
    sa.select(_named.id, _named.username_key, _reads_it.label("reads_it"))
    .select_from(Content)
    .join(Account, Account.id == Content.author_id)
    .join(_named, sa.true())
    .where(
        Content.id == _content,
        present(_named),
        sa.not_(blocked_between(_author, _named.id)),
    )
)
_NAMED = _MET.where(_named.username_key.in_(sa.bindparam("names", expanding=True)))
_mentioned = sa.select(Mention.member_id).where(Mention.content_id == _content, Mention.comment_id.is_(None))
_READERS = _MET.where(_reads_it, _named.id.in_(_mentioned))


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
        type_name: str = MENTIONED,
    ) -> None:
        """Keep whom a new post or story, or a new comment, names; and tell those of them who may read it.

        Args:
            author_id: who wrote the text.
            told: who hears of it for another reason already.
            type_name: of the notifications.
        """
        people = self._keep(author_id, content_id, comment_id, text)
        readers = {person.id for person in people if person.reads_it}
        self._tell(author_id, content_id, comment_id, readers - set(told), type_name, text)

    def renew(self, author_id: UUID, content_id: UUID, text: str, *, comment_id: UUID | None = None) -> None:
        """The same after an edit: only who was not named before is told, and nobody a second time."""
        before = self._session.scalars(
            sa.delete(Mention)
            .where(Mention.content_id == content_id, Mention.comment_id.is_not_distinct_from(comment_id))
            .returning(Mention.member_id)
        )
        told = set(before)
        people = self._keep(author_id, content_id, comment_id, text)
        readers = {person.id for person in people if person.reads_it}
        self._tell_new(author_id, content_id, comment_id, readers - told, text)

    def tell_new_readers(self, author_id: UUID, content_id: UUID) -> None:
        """Tell whom a post names and who may read it now, unless they have been told before.

        A profile that opens tells nobody, because it opens everything at once.
        """
        readers = self._session.scalars(_READERS, {"content": content_id, "author": author_id})
        text = self._session.scalar(sa.select(Content.body).where(Content.id == content_id))
        self._tell_new(author_id, content_id, None, set(readers), text or "")

    def _keep(self, author_id: UUID, content_id: UUID, comment_id: UUID | None, text: str) -> Sequence[Any]:
        """Keep whom a text names; answers who they are, and whether each of them may read it."""
        names = {username_key(name): name for name in names_in(text)}
        if not names:
            return ()
        values = {"names": list(names), "content": content_id, "author": author_id}
        people = self._session.execute(_NAMED, values).all()
        if people:
            rows = [
                {
                    "id": new_id(),
                    "content_id": content_id,
                    "comment_id": comment_id,
                    "member_id": person.id,
                    "name": names[person.username_key],
                }
                for person in people
            ]
            self._session.execute(sa.insert(Mention), rows)
        return people

    def _tell_new(
        self, author_id: UUID, content_id: UUID, comment_id: UUID | None, members: set[UUID], text: str
    ) -> None:
        target = Ref("content", content_id)
        told = self._notifications.told(members, MENTIONED, by=author_id, target=target)
        self._tell(author_id, content_id, comment_id, members - told, MENTIONED, text)

    def _tell(
        self,
        author_id: UUID,
        content_id: UUID,
        comment_id: UUID | None,
        members: set[UUID],
        type_name: str,
        text: str,
    ) -> None:
        for member_id in sorted(members - {author_id}):
            happened = self._events.emit(
                MemberMentioned(
                    author_id=author_id, content_id=content_id, comment_id=comment_id, member_id=member_id
                )
            )
            target = Ref("content", content_id)
            self._notifications.tell(member_id, type_name, about=happened, target=target, says=text)
