"""Going away from conversations: leaving, clearing away, declining, being removed."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import EventLog
from web.core.topics import Broadcast
from web.media.models import Medium
from web.media.service import MediaService
from web.messaging.events import ConversationChanged, PlaceChanged
from web.messaging.log import Locked, MessageLog
from web.messaging.models import Conversation, ConversationMember, Message


class LeavingService:
    """Ends places. Raises DomainError subclasses; never commits.

    What is said after somebody left is unread when they are back (``left_at`` of seed 004): the next message
    brings them back into a direct conversation, an admin into a group.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        media: MediaService,
        messages: MessageLog,
        broadcast: Broadcast,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._media = media
        self._messages = messages
        self._broadcast = broadcast

    def leave(self, member_id: UUID, conversation_id: UUID) -> None:
        """Leave a conversation. In a direct one the other side is not told, and history stays.

        Raises:
            NotFound: absent, or the member is not in it.
        """
        conversation = self._messages.lock(conversation_id)
        self._end(conversation, self._messages.place(conversation, member_id), by=member_id)

    def clear(self, member_id: UUID, conversation_id: UUID) -> None:
        """Leave a conversation and its history; the others keep theirs.

        Raises:
            NotFound: absent, or the member is not in it.
        """
        conversation = self._messages.lock(conversation_id)
        mine = self._messages.place(conversation, member_id)
        mine.from_seq = conversation.last_seq
        self._end(conversation, mine, by=member_id)

    def decline(self, member_id: UUID, conversation_id: UUID) -> None:
        """Do not take what a stranger sent, and what else they send, without telling them.

        Twice is the same as once.

        Raises:
            NotFound: absent, the member is not in it, or nobody asks any more; what was accepted is left.
        """
        conversation = self._messages.lock(conversation_id)
        mine = self._messages.places(conversation_id).get(member_id)
        if mine is not None and mine.request == "declined":
            return
        if mine is None or mine.request != "pending" or not (mine.is_active or conversation.type == "direct"):
            raise NotFound()
        mine.request = "declined"
        self._end(conversation, mine, by=member_id)

    def remove(self, admin_id: UUID, conversation: Locked, place: ConversationMember) -> None:
        """Take somebody out of a group; that the admin may is not asked here."""
        place.was_removed = True
        self._end(conversation, place, by=admin_id)

    def vanish(self, member_id: UUID) -> None:
        """End all places of a member who is erased, without a word; conversations of nobody go with them.

        The locks let the last of two who are erased at once see that the other is gone.
        """
        mine = sa.select(ConversationMember.conversation_id).where(ConversationMember.member_id == member_id)
        locked = self._session.execute(
            sa.select(Conversation.id, Conversation.type, Conversation.last_seq)
            .where(Conversation.id.in_(mine))
            .order_by(Conversation.id)
            .with_for_update()
        ).all()
        groups = [row.id for row in locked if row.type == "group"]
        out = sa.update(ConversationMember).where(
            ConversationMember.member_id == member_id, ConversationMember.conversation_id.in_(groups)
        )
        self._session.execute(out.values(is_active=False, role="member"))
        places = sa.update(ConversationMember).where(ConversationMember.member_id == member_id)
        wishes = dict.fromkeys(("last_read_at", "muted_until", "archived_at", "pinned_at"))
        self._session.execute(places.values(wishes))  # what is left is where the others' history needs it
        somebody = (
            sa.exists()
            .where(ConversationMember.conversation_id == Conversation.id)
            .where(ConversationMember.member_id != member_id)
            .where(Account.id == ConversationMember.member_id, Account.erased_at.is_(None))
        )
        others = [row.id for row in locked if row.type != "group"]
        empty = sa.select(Conversation.id).where(Conversation.id.in_(others), sa.not_(somebody))
        self.dissolve(list(self._session.scalars(empty)))
        for row in locked:
            if row.type == "group":
                self._pass_on(Locked(*row), by=member_id)

    def _end(self, conversation: Locked, place: ConversationMember, *, by: UUID) -> None:
        if not place.is_active:  # once is enough, except for what was cleared
            self._session.flush()
            return
        place.is_active, place.left_at = False, self._clock.now()
        place.left_seq = conversation.last_seq
        was_invited = place.request in ("pending", "declined")
        self._session.flush()
        member_id = place.member_id
        if conversation.type == "group":
            place.role = "member"
            self._session.flush()
            self._broadcast.dismiss(f"conversation:{conversation.id}", member_id, "left")
            if self._pass_on(conversation, by=by):
                self._tell_group(conversation, member_id, by=by, in_public=not was_invited)
                return
        gone = PlaceChanged(member_id=member_id, conversation_id=conversation.id, change="left")
        self._events.emit(gone)

    def _tell_group(self, conversation: Locked, member_id: UUID, *, by: UUID, in_public: bool) -> None:
        change = "left" if by == member_id else "removed"
        if in_public:
            others = [] if by == member_id else [member_id]
            self._messages.post_notice(conversation, change, by=by, members=others)
        self._tell_change(conversation, change, member_id, by=by)

    def _tell_change(self, conversation: Locked, change: str, member_id: UUID, *, by: UUID) -> None:
        self._events.emit(
            ConversationChanged(
                member_id=by, conversation_id=conversation.id, change=change, concerned_id=member_id
            )
        )

    def _pass_on(self, conversation: Locked, *, by: UUID) -> bool:
        """Leave a group in somebody's hands: who has been in it for the longest time, where no admin is left.

        Returns:
            False when nobody is left; then the group is gone, also for who was only asked to be in it.
        """
        left = [place for place in self._messages.places(conversation.id).values() if place.is_active]
        agreed = [place for place in left if place.request in (None, "accepted")]
        if not agreed:
            asked = [place.member_id for place in left]
            self.dissolve([conversation.id])
            for member_id in asked:
                self._tell_change(conversation, "removed", member_id, by=by)
            return False
        if not any(place.role == "admin" for place in agreed):
            min(agreed, key=lambda place: (place.joined_at, place.member_id)).role = "admin"
            self._session.flush()
        return True

    def dissolve(self, conversation_ids: list[UUID]) -> None:
        """Delete conversations, which are locked, and let go what only they showed.

        The media's locks let the last of two that show the same one see that the other is gone. They come
        after those of the messages, as where one message is taken back.
        """
        if not conversation_ids:
            return
        shown = sa.select(Message.media_id).where(
            Message.conversation_id.in_(conversation_ids), Message.media_id.is_not(None)
        )
        images = sa.select(Conversation.image_id).where(
            Conversation.id.in_(conversation_ids), Conversation.image_id.is_not(None)
        )
        media_ids = set(self._session.scalars(sa.union(shown, images)))
        self._session.execute(sa.delete(Conversation).where(Conversation.id.in_(conversation_ids)))
        shared = sa.select(Medium.id).where(Medium.id.in_(media_ids)).order_by(Medium.id).with_for_update()
        self._session.execute(shared)
        elsewhere = set(
            self._session.scalars(sa.select(Message.media_id).where(Message.media_id.in_(media_ids)))
        )
        self._media.detach([each for each in media_ids - elsewhere if each])
        self._session.expire_all()
