"""Groups: who is in them, who decides, what they are called."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.relations import MemberPolicy
from web.media.service import MediaService
from web.messaging.errors import GroupFull, MessagesNotAccepted, NotAGroup, NotGroupAdmin, WrongMedium
from web.messaging.events import ConversationChanged
from web.messaging.leaving import LeavingService
from web.messaging.log import Locked, MessageLog
from web.messaging.models import Conversation, ConversationMember
from web.messaging.schemas import LARGEST_GROUP, ConversationChange, NewConversation
from web.messaging.service import PURPOSES


class GroupService:
    """Groups. Raises DomainError subclasses; never commits.

    Whoever takes no messages from somebody is not put into a group by them either, but asked.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        policy: MemberPolicy,
        media: MediaService,
        messages: MessageLog,
        leaving: LeavingService,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._policy = policy
        self._media = media
        self._messages = messages
        self._leaving = leaving

    def start(self, member_id: UUID, new: NewConversation) -> UUID:
        """Start a group; who starts it is its admin.

        Returns:
            Its id.

        Raises:
            NotFound: somebody who is to be in it is not there for the member, or the image is not.
            GroupFull, MediaNotReady, MediaInUse, WrongMedium
        """
        image_id = self._image(member_id, new.image_id) if new.image_id else None
        conversation_id, now = new_id(), self._clock.now()
        self._session.execute(
            sa.insert(Conversation),
            {
                "id": conversation_id,
                "type": "group",
                "name": new.name,
                "image_id": image_id,
                "created_at": now,
            },
        )
        self._session.execute(
            sa.insert(ConversationMember),
            {"conversation_id": conversation_id, "member_id": member_id, "role": "admin", "joined_at": now},
        )
        conversation = self._messages.lock(conversation_id)
        self._messages.post_notice(conversation, "started", by=member_id)
        self._let_in(conversation, member_id, new.member_ids)
        self._tell(member_id, conversation_id, "started")
        return conversation_id

    def change(self, member_id: UUID, conversation_id: UUID, change: ConversationChange) -> None:
        """Call a group otherwise, or show another image with it.

        Raises:
            NotFound, NotAGroup, NotGroupAdmin, MediaNotReady, MediaInUse, WrongMedium
        """
        conversation = self._administered(member_id, conversation_id)
        group = self._session.get_one(Conversation, conversation_id, populate_existing=True)
        if change.name is not None and change.name != group.name:
            group.name = change.name
            self._session.flush()
            self._messages.post_notice(conversation, "named", by=member_id)
            self._tell(member_id, conversation_id, "named")
        if "image_id" in change.model_fields_set and change.image_id != group.image_id:
            before = group.image_id
            group.image_id = self._image(member_id, change.image_id) if change.image_id else None
            self._session.flush()
            self._media.detach([before] if before else [])
            self._messages.post_notice(conversation, "image_changed", by=member_id)
            self._tell(member_id, conversation_id, "image_changed")

    def add(self, member_id: UUID, conversation_id: UUID, others: Sequence[UUID]) -> None:
        """Let others be in a group; who is in it already stays as they are.

        Raises:
            NotFound: absent, or somebody is not there for the member.
            MessagesNotAccepted: somebody has declined to be in it.
            NotAGroup, NotGroupAdmin, GroupFull
        """
        conversation = self._administered(member_id, conversation_id)
        if self._let_in(conversation, member_id, others):
            self._tell(member_id, conversation_id, "added")

    def remove(self, member_id: UUID, conversation_id: UUID, other_id: UUID) -> None:
        """Take somebody out of a group; oneself is leaving it. Twice is the same as once.

        Raises:
            NotFound, NotAGroup, NotGroupAdmin
        """
        if member_id == other_id:
            self._require_group(self._messages.lock(conversation_id), member_id)
            self._leaving.leave(member_id, conversation_id)
            return
        conversation = self._administered(member_id, conversation_id)
        place = self._messages.places(conversation_id).get(other_id)
        if place is not None and place.is_active:
            self._leaving.remove(member_id, conversation, place)

    def set_role(self, member_id: UUID, conversation_id: UUID, other_id: UUID, role: str) -> None:
        """Let somebody decide about a group, or no longer; the same again changes nothing.

        Raises:
            NotFound: absent, or the other is not in it, or only invited.
            NotGroupAdmin: the member is none, or would leave the group without any.
            NotAGroup
        """
        conversation = self._administered(member_id, conversation_id)
        places = self._messages.places(conversation_id)
        place = places.get(other_id)
        if place is None or not place.is_active or place.request in ("pending", "declined"):
            raise NotFound()
        if place.role == role:
            return
        admins = [each for each in places.values() if each.is_active and each.role == "admin"]
        if role == "member" and admins == [place]:
            raise NotGroupAdmin("A group needs an admin. Choose another one first.")
        place.role = role
        self._session.flush()
        code = "admin_made" if role == "admin" else "admin_unmade"
        self._messages.post_notice(conversation, code, by=member_id, members=[other_id])
        self._tell(member_id, conversation_id, "role")

    def _let_in(self, conversation: Locked, member_id: UUID, others: Sequence[UUID]) -> bool:
        """Give places to who has none; those who must be asked first wait in their requests.

        Returns:
            Whether anybody came in.
        """
        places = self._messages.places(conversation.id)
        active = {key for key, place in places.items() if place.is_active}
        wanted = [each for each in dict.fromkeys(others) if each not in active]
        if len(active) + len(wanted) > LARGEST_GROUP:
            raise GroupFull(most=LARGEST_GROUP)
        if self._policy.visible_among(member_id, wanted) != set(wanted):
            raise NotFound()
        welcome = self._policy.reached_among(member_id, wanted)
        for each in wanted:
            if (place := places.get(each)) is None:
                place = self._new_place(conversation, each)
            elif place.request == "declined" and each not in welcome:
                raise MessagesNotAccepted()
            else:
                self._bring_back(conversation, place)
            is_asked = each not in welcome
            place.request = "pending" if is_asked else None
            place.requested_at = self._clock.now() if is_asked else None
        self._session.flush()
        if wanted:
            self._messages.post_notice(conversation, "added", by=member_id, members=wanted)
        return bool(wanted)

    def _new_place(self, conversation: Locked, member_id: UUID) -> ConversationMember:
        """A place for somebody who sees what is said from now on."""
        place = ConversationMember(
            conversation_id=conversation.id,
            member_id=member_id,
            role="member",
            from_seq=conversation.last_seq,
            last_read_seq=conversation.last_seq,
            joined_at=self._clock.now(),
        )
        self._session.add(place)
        return place

    def _bring_back(self, conversation: Locked, place: ConversationMember) -> None:
        """Whoever left by themselves finds what was said meanwhile; whoever was removed begins anew."""
        if place.was_removed:
            place.from_seq = place.last_read_seq = conversation.last_seq
        place.is_active, place.was_removed, place.joined_at = True, False, self._clock.now()

    def _image(self, member_id: UUID, media_id: UUID) -> UUID:
        [medium] = self._media.attach(member_id, [media_id], is_public=False, purposes=PURPOSES)
        if medium.kind != "image":
            raise WrongMedium(type="image")
        return medium.id

    def _administered(self, member_id: UUID, conversation_id: UUID) -> Locked:
        """A group under its lock, of which the member is an admin."""
        conversation = self._messages.lock(conversation_id)
        if self._require_group(conversation, member_id).role != "admin":
            raise NotGroupAdmin()
        return conversation

    def _require_group(self, conversation: Locked, member_id: UUID) -> ConversationMember:
        mine = self._messages.place(conversation, member_id)
        if conversation.type != "group":
            raise NotAGroup()
        return mine

    def _tell(self, member_id: UUID, conversation_id: UUID, change: str) -> None:
        self._events.emit(
            ConversationChanged(member_id=member_id, conversation_id=conversation_id, change=change)
        )
