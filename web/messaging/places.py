"""A member's place in a conversation: how far they have read, and how they want it."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import Event, EventLog
from web.messaging.events import ConversationRead, MessagesDelivered, PlaceChanged
from web.messaging.models import Conversation, ConversationMember

FOR_GOOD: Final = datetime(9999, 1, 1, tzinfo=UTC)


def _is_theirs(member_id: UUID, conversation_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    """SQL over ``Conversation`` and ``ConversationMember``: the member's place, if they may go there."""
    return (
        Conversation.id == ConversationMember.conversation_id,
        ConversationMember.conversation_id == conversation_id,
        ConversationMember.member_id == member_id,
        sa.or_(ConversationMember.is_active, Conversation.type == "direct"),
    )


class PlaceService:
    """Marks and settings of one member. Raises DomainError subclasses; never commits.

    Nothing here touches more than the member's own place, so it takes no lock of the conversation.
    """

    def __init__(self, session: Session, clock: Clock, events: EventLog) -> None:
        self._session = session
        self._clock = clock
        self._events = events

    def read(self, member_id: UUID, conversation_id: UUID, seq: int | None = None) -> int:
        """Note that a member has read up to a message; marks never go back.

        Args:
            seq: None is the newest.

        Returns:
            How far the member has read now.

        Raises:
            NotFound: absent, or the member is not in it.
        """
        mark = self._mark(member_id, conversation_id, seq)
        values = {
            "last_read_seq": mark,
            "last_read_at": self._clock.now(),
            "last_delivered_seq": sa.func.greatest(ConversationMember.last_delivered_seq, mark),
        }
        if self._advance(member_id, conversation_id, ConversationMember.last_read_seq < mark, values):
            read = ConversationRead(member_id=member_id, conversation_id=conversation_id, seq=mark)
            self._events.emit(read)
        return mark

    def deliver(self, member_id: UUID, conversation_id: UUID, seq: int | None = None) -> int:
        """Note that a device of the member has the messages up to one; marks never go back.

        Returns:
            The mark that was asked for, at most the newest message.

        Raises:
            NotFound: absent, or the member is not in it.
        """
        mark = self._mark(member_id, conversation_id, seq)
        is_further = ConversationMember.last_delivered_seq < mark
        if self._advance(member_id, conversation_id, is_further, {"last_delivered_seq": mark}):
            self._events.emit(
                MessagesDelivered(member_id=member_id, conversation_id=conversation_id, seq=mark)
            )
        return mark

    def mute(self, member_id: UUID, conversation_id: UUID, until: datetime | None = None) -> None:
        """Be told of what is said, but not be called, until a moment or for good.

        Raises:
            NotFound
        """
        self._set(member_id, conversation_id, "muted", muted_until=until or FOR_GOOD)

    def unmute(self, member_id: UUID, conversation_id: UUID) -> None:
        """Be called again; twice is the same as once.

        Raises:
            NotFound
        """
        self._set(member_id, conversation_id, "muted", muted_until=None)

    def archive(self, member_id: UUID, conversation_id: UUID, *, is_archived: bool = True) -> None:
        """Put a conversation away, or back; twice is the same as once.

        Raises:
            NotFound
        """
        moment = self._clock.now() if is_archived else None
        self._set(member_id, conversation_id, "archived", archived_at=moment)

    def pin(self, member_id: UUID, conversation_id: UUID, *, is_pinned: bool = True) -> None:
        """Keep a conversation at the top, or no longer; twice is the same as once.

        Raises:
            NotFound
        """
        self._set(member_id, conversation_id, "pinned", pinned_at=self._clock.now() if is_pinned else None)

    def accept(self, member_id: UUID, conversation_id: UUID) -> None:
        """Take what a stranger sent, and what else they send; twice is the same as once.

        Raises:
            NotFound: absent, or nobody ever asked.
        """
        request = self._require_place(member_id, conversation_id).request
        if request is None:
            raise NotFound()
        if request != "accepted":
            self._set(member_id, conversation_id, "accepted", request="accepted", is_active=True)

    def _require_place(self, member_id: UUID, conversation_id: UUID) -> Any:
        place = sa.select(Conversation.last_seq, ConversationMember.request)
        row = self._session.execute(place.where(*_is_theirs(member_id, conversation_id))).one_or_none()
        if row is None:
            raise NotFound()
        return row

    def _mark(self, member_id: UUID, conversation_id: UUID, seq: int | None) -> int:
        last_seq: int = self._require_place(member_id, conversation_id).last_seq
        return last_seq if seq is None else min(seq, last_seq)

    def _advance(
        self,
        member_id: UUID,
        conversation_id: UUID,
        is_further: sa.ColumnElement[bool],
        values: dict[str, Any],
    ) -> bool:
        statement = sa.update(ConversationMember).where(
            ConversationMember.conversation_id == conversation_id,
            ConversationMember.member_id == member_id,
            is_further,
        )
        advanced = statement.values(**values).returning(ConversationMember.member_id)
        return self._session.scalar(advanced) is not None

    def _set(self, member_id: UUID, conversation_id: UUID, change: str, **values: Any) -> None:
        """Change the place, and tell the member's own sockets.

        One statement looks and changes: who is taken out of a group meanwhile stays out.
        """
        statement = sa.update(ConversationMember).where(*_is_theirs(member_id, conversation_id))
        if self._session.scalar(statement.values(**values).returning(ConversationMember.member_id)) is None:
            raise NotFound()
        event: Event = PlaceChanged(member_id=member_id, conversation_id=conversation_id, change=change)
        self._events.emit(event)
