"""The messages of conversations in their order: whoever adds one holds the conversation's row lock."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import EventLog
from web.core.ids import new_id
from web.messaging.events import NoticePosted, PlaceChanged
from web.messaging.models import Conversation, ConversationMember, Message

_LOCK = (
    sa.select(Conversation.id, Conversation.type, Conversation.last_seq)
    .where(Conversation.id == sa.bindparam("id", type_=sa.Uuid()))
    .with_for_update()
)


class Locked(NamedTuple):
    """A conversation that nobody else changes until this transaction ends."""

    id: UUID
    type: str
    last_seq: int


class MessageLog:
    """Locks conversations, finds places in them, adds messages. Never commits."""

    def __init__(self, session: Session, clock: Clock, events: EventLog) -> None:
        self._session = session
        self._clock = clock
        self._events = events

    def lock(self, conversation_id: UUID) -> Locked:
        """A conversation under its lock, which comes before all others (see ``models``).

        Raises:
            NotFound
        """
        row = self._session.execute(_LOCK, {"id": conversation_id}).one_or_none()
        if row is None:
            raise NotFound()
        return Locked(*row)

    def places(self, conversation_id: UUID) -> dict[UUID, ConversationMember]:
        """Everybody's place in a conversation, by member."""
        rows = self._session.scalars(
            sa.select(ConversationMember)
            .where(ConversationMember.conversation_id == conversation_id)
            .order_by(ConversationMember.member_id)
            .execution_options(populate_existing=True)
        )
        return {place.member_id: place for place in rows}

    def place(self, conversation: Locked, member_id: UUID) -> ConversationMember:
        """A member's place.

        Raises:
            NotFound: they are not in it; or they left, and it is not one that brings them back.
        """
        place = self._session.get(ConversationMember, (conversation.id, member_id), populate_existing=True)
        if place is None or not (place.is_active or conversation.type == "direct"):
            raise NotFound()
        return place

    def agree(self, place: ConversationMember) -> None:
        """Let somebody be in a conversation that they take part in, whatever they decided before."""
        is_answer = place.request in ("pending", "declined")
        place.is_active, place.request = True, "accepted"
        self._session.flush()
        if is_answer:
            self._events.emit(
                PlaceChanged(
                    member_id=place.member_id, conversation_id=place.conversation_id, change="accepted"
                )
            )

    def append(self, conversation: Locked, sender_id: UUID | None, **values: Any) -> UUID:
        """Add a message under the next number.

        Args:
            values: of the columns of ``messages`` that do not follow from the rest.

        Returns:
            Its id.
        """
        now, message_id = self._clock.now(), new_id()
        seq = self._session.scalars(
            sa.update(Conversation)
            .where(Conversation.id == conversation.id)
            .values(last_seq=Conversation.last_seq + 1, last_message_at=now)
            .returning(Conversation.last_seq)
        ).one()
        row = {
            "id": message_id,
            "conversation_id": conversation.id,
            "seq": seq,
            "sender_id": sender_id,
            "created_at": now,
        }
        self._session.execute(sa.insert(Message), row | values)
        return message_id

    def post_notice(
        self,
        conversation: Locked,
        code: str,
        *,
        by: UUID,
        members: Collection[UUID] = (),
        kind: str = "system",
        facts: Mapping[str, UUID | int | str] | None = None,
    ) -> None:
        """Add a message that nobody wrote.

        Args:
            code: what happened; the words for it are the programs'.
            by: who made it happen.
            members: whom it happened to.
            kind: ``system`` or ``goal_update``.
            facts: ids, numbers and codes that belong to the code.
        """
        details: dict[str, Any] = {"code": code, "actor": str(by)}
        if members:
            details["members"] = [str(member_id) for member_id in members]
        for name, value in (facts or {}).items():
            details[name] = str(value) if isinstance(value, UUID) else value
        message_id = self.append(conversation, None, client_id=new_id(), type=kind, body="", details=details)
        self._events.emit(NoticePosted(member_id=by, conversation_id=conversation.id, message_id=message_id))
