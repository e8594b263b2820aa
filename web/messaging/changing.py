"""What becomes of messages that were sent: changed, taken back, answered with an emoji."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import NotFound, NotOwner
from web.core.events import EventLog
from web.core.relations import MemberPolicy
from web.media.models import Medium
from web.media.service import MediaService
from web.messaging.errors import NotEditable, TooManyReactions
from web.messaging.events import MessageDeleted, MessageEdited, MessageReacted
from web.messaging.log import Locked, MessageLog
from web.messaging.models import ConversationMember, Message, MessageReaction
from web.messaging.queries.messages import message
from web.messaging.schemas import Message as MessageOut

MOST_REACTIONS: Final = 20  # different ones under one message
EDITABLE: Final = frozenset({"text", "image", "video", "audio", "file"})


class ChangingService:
    """Changes messages. Raises DomainError subclasses; never commits."""

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

    def edit(self, member_id: UUID, conversation_id: UUID, message_id: UUID, body: str) -> MessageOut:
        """Let a message say something else. The same again changes nothing.

        Raises:
            NotFound: absent, taken back, or the member may not meet who else is in the conversation.
            NotOwner: it is somebody else's.
            NotEditable: nobody wrote it, it was passed on, or nothing would be left of it.
        """
        conversation, _ = self._enter(member_id, conversation_id)
        found = self._live(member_id, conversation, message_id)
        if found.sender_id != member_id:
            raise NotOwner()
        self._require_company(conversation, member_id)
        if found.type not in EDITABLE or found.is_forwarded or not (body or found.media_id):
            raise NotEditable()
        if body != found.body:
            found.body, found.edited_at = body, self._clock.now()
            self._session.flush()
            self._events.emit(
                MessageEdited(member_id=member_id, conversation_id=conversation_id, message_id=message_id)
            )
        return message(self._session, conversation_id, message_id, member_id)

    def delete(self, member_id: UUID, conversation_id: UUID, message_id: UUID) -> None:
        """Take a message back for everybody: its place stays, and nothing else of it.

        Raises:
            NotFound: absent, or taken back already.
            NotOwner: it is somebody else's, and the member is no admin of the group.
        """
        conversation, mine = self._enter(member_id, conversation_id)
        found = self._live(member_id, conversation, message_id)
        is_admin = conversation.type == "group" and mine.role == "admin"
        if found.type not in EDITABLE or (found.sender_id != member_id and not is_admin):
            raise NotOwner()
        media_id = found.media_id
        found.body, found.media_id, found.reply_to_id = "", None, None
        found.about_kind = found.about_id = None
        found.deleted_at = self._clock.now()
        self._session.flush()
        gone = sa.delete(MessageReaction).where(MessageReaction.message_id == message_id)
        self._session.execute(gone)
        if media_id is not None:
            self._detach(media_id)
        self._events.emit(
            MessageDeleted(member_id=member_id, conversation_id=conversation_id, message_id=message_id)
        )

    def react(self, member_id: UUID, conversation_id: UUID, message_id: UUID, emoji: str) -> MessageOut:
        """Put an emoji under a message; twice is the same as once.

        Raises:
            NotFound: absent, taken back, or the member may not meet who else is in the conversation.
            TooManyReactions
        """
        conversation, mine = self._enter(member_id, conversation_id)
        self._live(member_id, conversation, message_id)
        self._require_company(conversation, member_id)
        there = set(
            self._session.scalars(
                sa.select(MessageReaction.emoji).where(MessageReaction.message_id == message_id).distinct()
            )
        )
        if emoji not in there and len(there) >= MOST_REACTIONS:
            raise TooManyReactions(most=MOST_REACTIONS)
        row = {
            "message_id": message_id,
            "member_id": member_id,
            "emoji": emoji,
            "created_at": self._clock.now(),
        }
        new = insert(MessageReaction).on_conflict_do_nothing().returning(MessageReaction.emoji)
        if self._session.scalar(new, row) is not None:
            if mine.request is not None:
                self._messages.agree(mine)  # whoever answers takes answers
            self._tell_reaction(member_id, conversation_id, message_id, is_added=True)
        return message(self._session, conversation_id, message_id, member_id)

    def unreact(self, member_id: UUID, conversation_id: UUID, message_id: UUID, emoji: str) -> MessageOut:
        """Take an emoji away; twice is the same as once.

        Raises:
            NotFound: the message is absent or taken back.
        """
        conversation, _ = self._enter(member_id, conversation_id)
        self._live(member_id, conversation, message_id)
        gone = sa.delete(MessageReaction).where(
            MessageReaction.message_id == message_id,
            MessageReaction.member_id == member_id,
            MessageReaction.emoji == emoji,
        )
        if self._session.scalar(gone.returning(MessageReaction.emoji)) is not None:
            self._tell_reaction(member_id, conversation_id, message_id, is_added=False)
        return message(self._session, conversation_id, message_id, member_id)

    def _tell_reaction(
        self, member_id: UUID, conversation_id: UUID, message_id: UUID, *, is_added: bool
    ) -> None:
        self._events.emit(
            MessageReacted(
                member_id=member_id,
                conversation_id=conversation_id,
                message_id=message_id,
                is_added=is_added,
            )
        )

    def _enter(self, member_id: UUID, conversation_id: UUID) -> tuple[Locked, ConversationMember]:
        conversation = self._messages.lock(conversation_id)
        return conversation, self._messages.place(conversation, member_id)

    def _live(self, member_id: UUID, conversation: Locked, message_id: UUID) -> Message:
        """A message that the member reads in a conversation, and that was not taken back.

        Raises:
            NotFound
        """
        if message(self._session, conversation.id, message_id, member_id).is_deleted:
            raise NotFound()
        return self._session.get_one(Message, message_id, populate_existing=True)

    def _require_company(self, conversation: Locked, member_id: UUID) -> None:
        """Make sure that there is somebody to tell something to.

        Raises:
            NotFound: the other one of a direct conversation is not there for the member.
        """
        if conversation.type == "direct":
            for partner_id in self._messages.places(conversation.id).keys() - {member_id}:
                self._policy.require_sight(member_id, partner_id)

    def _detach(self, media_id: UUID) -> None:
        """Let a medium go that no message shows any more; its lock lets the last of two see that it is."""
        self._session.execute(sa.select(Medium.id).where(Medium.id == media_id).with_for_update())
        if not self._session.scalar(sa.select(sa.exists().where(Message.media_id == media_id))):
            self._media.detach([media_id])
