"""Starting conversations and sending messages."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.refs import Ref
from web.core.relations import MemberPolicy
from web.messaging import queries
from web.messaging.errors import MessagesNotAccepted, SelfConversation
from web.messaging.events import MessageSent
from web.messaging.models import Conversation, ConversationMember, Message
from web.messaging.schemas import Message as MessageOut
from web.messaging.schemas import NewMessage


def direct_key(first: UUID, second: UUID) -> str:
    """Names the one conversation that two members have, whoever starts it."""
    return ":".join(sorted((str(first), str(second))))


class MessagingService:
    """Direct conversations. Raises DomainError subclasses; never commits.

    Whom a member may not meet any more stays in the history, nameless, and can be told nothing.
    """

    def __init__(self, session: Session, clock: Clock, events: EventLog, policy: MemberPolicy) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._policy = policy

    def start_direct(self, member_id: UUID, partner_id: UUID) -> UUID:
        """The conversation of two members, made when there is none, also when both start at once.

        Returns:
            Its id.
        Raises:
            SelfConversation, NotFound
            MessagesNotAccepted: there is none yet, and the partner takes no messages from the member.
        """
        if member_id == partner_id:
            raise SelfConversation()
        key, now = direct_key(member_id, partner_id), self._clock.now()
        if not self._policy.may_message(member_id, partner_id):
            self._policy.require_sight(member_id, partner_id)
            return self._existing(key)
        new = (
            insert(Conversation)
            .on_conflict_do_nothing(index_elements=["direct_key"])
            .returning(Conversation.id)
        )
        row = {"id": new_id(), "type": "direct", "direct_key": key, "created_at": now}
        conversation_id = self._session.scalar(new, row)
        if conversation_id is None:
            return self._existing(key)
        self._session.execute(
            sa.insert(ConversationMember),
            [
                {"conversation_id": conversation_id, "member_id": person, "joined_at": now}
                for person in (member_id, partner_id)
            ],
        )
        return conversation_id

    def _existing(self, key: str) -> UUID:
        existing = self._session.scalar(sa.select(Conversation.id).where(Conversation.direct_key == key))
        if existing is None:
            raise MessagesNotAccepted()
        return existing

    def send(
        self, sender_id: UUID, conversation_id: UUID, new: NewMessage, *, about: Ref | None = None
    ) -> MessageOut:
        """Send a message. The same ``client_id`` again answers with the message that is there.

        The conversation's row lock gives messages an order without gaps and serialises equal sends.

        Args:
            about: what the message answers besides messages; that the sender sees it is not asked here.

        Raises:
            NotFound: absent, or the sender is not in it, or may not meet who else is.
            MessagesNotAccepted: the receiver takes no messages from the sender, and has not written either.
        """
        self._session.execute(
            sa.select(Conversation.id).where(Conversation.id == conversation_id).with_for_update()
        )
        people = set(
            self._session.scalars(
                sa.select(ConversationMember.member_id).where(
                    ConversationMember.conversation_id == conversation_id
                )
            )
        )
        if sender_id not in people:
            raise NotFound()
        sent_before = self._session.execute(
            sa.select(*Message.__table__.columns).where(
                Message.conversation_id == conversation_id,
                Message.sender_id == sender_id,
                Message.client_id == new.client_id,
            )
        ).one_or_none()
        if sent_before:
            return queries.message_from(sent_before)
        for receiver_id in people - {sender_id}:
            self._require_accepted(sender_id, receiver_id, conversation_id)
        return self._append(sender_id, conversation_id, new, people - {sender_id}, about)

    def _require_accepted(self, sender_id: UUID, receiver_id: UUID, conversation_id: UUID) -> None:
        """Whoever has written in a conversation takes answers there, whatever the setting says."""
        if self._policy.may_message(sender_id, receiver_id):
            return
        self._policy.require_sight(sender_id, receiver_id)
        has_written = sa.exists().where(
            Message.conversation_id == conversation_id, Message.sender_id == receiver_id
        )
        if not self._session.scalar(sa.select(has_written)):
            raise MessagesNotAccepted()

    def _append(
        self,
        sender_id: UUID,
        conversation_id: UUID,
        new: NewMessage,
        others: set[UUID],
        about: Ref | None,
    ) -> MessageOut:
        now = self._clock.now()
        seq = self._session.scalars(
            sa.update(Conversation)
            .where(Conversation.id == conversation_id)
            .values(last_seq=Conversation.last_seq + 1, last_message_at=now)
            .returning(Conversation.last_seq)
        ).one()
        row = self._session.execute(
            sa.insert(Message).returning(*Message.__table__.columns),
            {
                "id": new_id(),
                "conversation_id": conversation_id,
                "seq": seq,
                "sender_id": sender_id,
                "client_id": new.client_id,
                "body": new.body,
                "about_kind": about.kind if about else None,
                "about_id": about.id if about else None,
                "created_at": now,
            },
        ).one()
        self._session.execute(
            sa.update(ConversationMember)
            .where(
                ConversationMember.conversation_id == conversation_id,
                ConversationMember.member_id == sender_id,
            )
            .values(last_read_seq=seq)
        )
        self._events.emit(
            MessageSent(
                sender_id=sender_id,
                recipient_id=next(iter(others)) if len(others) == 1 else None,
                conversation_id=conversation_id,
                message_id=row.id,
            )
        )
        return queries.message_from(row)
