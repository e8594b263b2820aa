"""Starting conversations and sending messages."""

from collections.abc import Mapping
from typing import Any, Final
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
from web.media.service import MediaService
from web.messaging.errors import MessagesNotAccepted, SelfConversation, WrongMedium
from web.messaging.events import ConversationRead, MessageSent
from web.messaging.log import Locked, MessageLog
from web.messaging.models import Conversation, ConversationMember, Message
from web.messaging.queries.messages import message, messages_for
from web.messaging.schemas import Message as MessageOut
from web.messaging.schemas import NewMessage

# Messages that somebody may send to a stranger who has not answered, whether the stranger declined or waits.
MOST_UNANSWERED: Final = 3
PURPOSES: Final = frozenset({"message"})


def direct_key(first: UUID, second: UUID) -> str:
    """Names the one conversation that two members have, whoever starts it."""
    return ":".join(sorted((str(first), str(second))))


class MessagingService:
    """Direct conversations, and messages of all. Raises DomainError subclasses; never commits.

    Whom a member may not meet any more stays in the history, nameless, and can be told nothing.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        policy: MemberPolicy,
        media: MediaService,
        messages: MessageLog,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._policy = policy
        self._media = media
        self._messages = messages

    def start_direct(self, member_id: UUID, partner_id: UUID, *, agreed: bool = False) -> UUID:
        """The conversation of two members, made when there is none, also when both start at once.

        Whoever takes no messages from the member is asked first, with the first message.

        Args:
            agreed: both want it, whatever their settings say.

        Returns:
            Its id.

        Raises:
            SelfConversation, NotFound
        """
        if member_id == partner_id:
            raise SelfConversation()
        is_welcome = agreed or self._policy.may_message(member_id, partner_id)
        if agreed or not is_welcome:
            self._policy.require_sight(member_id, partner_id)
        key, now = direct_key(member_id, partner_id), self._clock.now()
        row = {"id": new_id(), "type": "direct", "direct_key": key, "created_at": now}
        statement = insert(Conversation).on_conflict_do_nothing(index_elements=["direct_key"])
        conversation_id = self._session.scalar(statement.returning(Conversation.id), row)
        if conversation_id is None:
            return self._come_back(key, member_id, agreed=agreed)
        place = {"conversation_id": conversation_id, "joined_at": now, "requested_at": None}
        if agreed:
            answer: dict[str, Any] = {"request": "accepted"}
        else:
            answer = {"request": None} if is_welcome else {"request": "pending", "requested_at": now}
        self._session.execute(
            sa.insert(ConversationMember),
            [
                place | {"member_id": member_id, "request": "accepted"},
                place | {"member_id": partner_id} | answer,
            ],
        )
        return conversation_id

    def _come_back(self, key: str, member_id: UUID, *, agreed: bool) -> UUID:
        """Whoever starts a conversation that is there wants to be in it."""
        found = self._session.scalars(sa.select(Conversation.id).where(Conversation.direct_key == key)).one()
        conversation = self._messages.lock(found)
        for place in self._messages.places(conversation.id).values():
            if agreed or place.member_id == member_id:
                self._messages.agree(place)
        return conversation.id

    def send(
        self, sender_id: UUID, conversation_id: UUID, new: NewMessage, *, about: Ref | None = None
    ) -> MessageOut:
        """Send a message. The same ``client_id`` again answers with the message that is there.

        The conversation's row lock gives messages an order without gaps and serialises equal sends.

        Args:
            about: what the message answers besides messages; that the sender sees it is not asked here.

        Raises:
            NotFound: absent, or the sender is not in it, or may not meet who else is; what is answered, shown
                or forwarded is not there for the sender.
            MessagesNotAccepted: the receiver has not asked for messages of the sender, and got some.
            MediaNotReady, MediaInUse, WrongMedium
        """
        conversation = self._messages.lock(conversation_id)
        mine = self._messages.place(conversation, sender_id)
        sent_before = self._session.scalar(
            sa.select(Message.id).where(
                Message.conversation_id == conversation_id,
                Message.sender_id == sender_id,
                Message.client_id == new.client_id,
            )
        )
        if sent_before is not None:
            return message(self._session, conversation_id, sent_before, sender_id)
        partner = self._partner(conversation, sender_id)
        if partner is not None:
            self._ask(conversation, sender_id, partner)
        content = self._content(sender_id, conversation, new)
        message_id = self._messages.append(
            conversation,
            sender_id,
            client_id=new.client_id,
            about_kind=about.kind if about else None,
            about_id=about.id if about else None,
            **content,
        )
        self._messages.agree(mine)
        self._keep_up(conversation, mine)
        self._events.emit(
            MessageSent(
                sender_id=sender_id,
                recipient_id=partner.member_id if partner else None,
                conversation_id=conversation_id,
                message_id=message_id,
            )
        )
        return message(self._session, conversation_id, message_id, sender_id)

    def announce(
        self,
        conversation_id: UUID,
        code: str,
        *,
        by: UUID,
        kind: str = "goal_update",
        facts: Mapping[str, UUID | int | str] | None = None,
    ) -> None:
        """Say in a conversation what a member did elsewhere, without words of theirs.

        Raises:
            NotFound: absent, or the member is not in it, or may not meet who else is.
            MessagesNotAccepted: as with what they write.
        """
        conversation = self._messages.lock(conversation_id)
        mine = self._messages.place(conversation, by)
        partner = self._partner(conversation, by)
        if partner is not None:
            self._ask(conversation, by, partner)
        self._messages.post_notice(conversation, code, by=by, kind=kind, facts=facts)
        self._keep_up(conversation, mine)

    def _partner(self, conversation: Locked, member_id: UUID) -> ConversationMember | None:
        """Who else is in a direct conversation."""
        if conversation.type != "direct":
            return None
        return next(
            place for key, place in self._messages.places(conversation.id).items() if key != member_id
        )

    def _ask(self, conversation: Locked, sender_id: UUID, partner: ConversationMember) -> None:
        """Let the partner be in the conversation, as far as they want messages of the sender.

        Whoever has written takes answers, whatever the setting says.
        """
        if self._policy.may_message(sender_id, partner.member_id):
            if partner.request is not None:
                partner.request = "accepted"
            partner.is_active = True
            return
        self._policy.require_sight(sender_id, partner.member_id)
        if partner.request is None and not self._has_written(conversation, partner.member_id):
            partner.request, partner.requested_at = "pending", self._clock.now()
        elif partner.request in ("pending", "declined"):
            self._require_patience(conversation, sender_id, partner)
        if partner.request != "declined":
            partner.is_active = True

    def _keep_up(self, conversation: Locked, mine: ConversationMember) -> None:
        """Whoever says something has read what was there, and what they said."""
        has_missed = self._has_missed(conversation, mine)
        mine.last_read_seq = mine.last_delivered_seq = conversation.last_seq + 1
        mine.last_read_at = self._clock.now()
        self._session.flush()
        if has_missed:
            read = ConversationRead(
                member_id=mine.member_id, conversation_id=conversation.id, seq=conversation.last_seq
            )
            self._events.emit(read)

    def _has_missed(self, conversation: Locked, mine: ConversationMember) -> bool:
        """Whether others wrote what the member has not read."""
        if mine.last_read_seq >= conversation.last_seq:
            return False
        missed = sa.exists().where(
            Message.conversation_id == conversation.id,
            Message.seq > mine.last_read_seq,
            Message.sender_id != mine.member_id,
        )
        return bool(self._session.scalar(sa.select(missed)))

    def _has_written(self, conversation: Locked, member_id: UUID) -> bool:
        written = sa.exists().where(
            Message.conversation_id == conversation.id, Message.sender_id == member_id
        )
        return bool(self._session.scalar(sa.select(written)))

    def _require_patience(self, conversation: Locked, sender_id: UUID, partner: ConversationMember) -> None:
        """Who waits, and who was declined without being told so, may not write on and on."""
        unanswered = sa.select(sa.func.count()).where(
            Message.conversation_id == conversation.id,
            Message.sender_id == sender_id,
            Message.created_at >= partner.requested_at,
        )
        if (self._session.scalar(unanswered) or 0) >= MOST_UNANSWERED:
            raise MessagesNotAccepted()

    def _content(self, sender_id: UUID, conversation: Locked, new: NewMessage) -> dict[str, Any]:
        """The columns that say what a message is."""
        content: dict[str, Any] = {"type": "text", "body": new.body, "media_id": None, "is_forwarded": False}
        if new.forward_of is not None:
            return self._forwarded(sender_id, new.forward_of)
        if new.media_id is not None:
            [medium] = self._media.attach(sender_id, [new.media_id], is_public=False, purposes=PURPOSES)
            if new.type not in (None, medium.kind):
                raise WrongMedium(type=new.type)
            content |= {"type": medium.kind, "media_id": medium.id}
        if new.reply_to_id is not None:
            answered = messages_for(self._session, [(sender_id, new.reply_to_id)])
            if [each.conversation_id for each in answered.values()] != [conversation.id]:
                raise NotFound()
            content["reply_to_id"] = new.reply_to_id
        return content

    def _forwarded(self, sender_id: UUID, message_id: UUID) -> dict[str, Any]:
        """What another message says, which stays until this transaction ends; not whose it was."""
        live = sa.select(Message.id).where(Message.id == message_id, Message.deleted_at.is_(None))
        locked = self._session.scalar(live.with_for_update(read=True))
        original = messages_for(self._session, [(sender_id, message_id)]).get((sender_id, message_id))
        if locked is None or original is None or original.notice is not None:
            raise NotFound()
        return {
            "type": original.type,
            "body": original.body,
            "media_id": original.media.id if original.media else None,
            "is_forwarded": True,
        }
