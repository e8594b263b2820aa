"""Talking in a room."""

import math
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.audit import AuditLog
from web.accounts.models import Account
from web.core.clock import Clock
from web.core.errors import NotFound, NotOwner
from web.core.events import EventLog
from web.core.refs import Ref
from web.core.topics import Broadcast, Caller
from web.core.wording import TextCheck
from web.rooms import queries
from web.rooms.errors import NotInRoom, SlowMode
from web.rooms.events import RoomMessageSent
from web.rooms.log import Entry, RoomLog, topic_of
from web.rooms.models import Room, RoomMessage, RoomPlace
from web.rooms.policy import ROOM, VIEWER, hidden_from, is_kept, is_there, kept, shows
from web.rooms.queries import role_of
from web.rooms.schemas import Action, NewRoomMessage, Role
from web.rooms.schemas import RoomMessage as MessageOut

# The sender's place, locked, which puts their own messages one after the other.
_SENDER = (
    sa.select(Room.host_id, Room.language, Room.slow_mode_seconds, RoomPlace.is_admin, RoomPlace.spoke_at)
    .join(RoomPlace, RoomPlace.room_id == Room.id)
    .where(Room.id == ROOM, RoomPlace.member_id == VIEWER, RoomPlace.left_at.is_(None), is_there())
    .with_for_update(of=RoomPlace)
)
_SPOKE = (
    sa.update(RoomPlace)
    .where(RoomPlace.room_id == ROOM, RoomPlace.member_id == VIEWER)
    .values(spoke_at=sa.bindparam("now"), seen_at=sa.bindparam("now"))
)
_SAID = (
    sa.select(RoomMessage.member_id)
    .join(Account, Account.id == RoomMessage.member_id)
    .where(
        RoomMessage.id == sa.bindparam("id", type_=sa.Uuid()),
        RoomMessage.room_id == ROOM,
        RoomMessage.action.is_(None),
        RoomMessage.removed_at.is_(None),
        is_kept(),
        shows(),
    )
    .with_for_update(of=RoomMessage)
)


class RoomTalk:
    """What is said in rooms. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        broadcast: Broadcast,
        log: RoomLog,
        audit: AuditLog,
        wording: TextCheck,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._broadcast = broadcast
        self._log = log
        self._audit = audit
        self._wording = wording

    def say(
        self, member_id: UUID, room_id: UUID, new: NewRoomMessage, *, but: str | None = None
    ) -> MessageOut:
        """Say something; the same ``client_id`` again answers with the message that is there.

        Args:
            but: a ``connection_id`` that is not told, because it is answered.
        Raises:
            NotFound, NotInRoom, ContentRefused
            SlowMode: too soon after the member's last message; the host and the admins need not wait.
        """
        sender = self._session.execute(_SENDER, {"room": room_id, "viewer": member_id}).one_or_none()
        if sender is None:
            queries.standing(self._session, room_id, member_id)
            raise NotInRoom()
        before = queries.sent_before(self._session, room_id, member_id, new.client_id)
        if before is not None:
            return before
        now = self._clock.now()
        role = role_of(member_id, sender.host_id, is_in=True, is_admin=sender.is_admin)
        if role is Role.PARTICIPANT and sender.spoke_at is not None:
            wait = (sender.spoke_at + timedelta(seconds=sender.slow_mode_seconds) - now).total_seconds()
            # Longer than that nobody waits: they spoke by a clock that was ahead of this one.
            if 0 < wait <= sender.slow_mode_seconds:
                seconds = math.ceil(wait)
                raise SlowMode(headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)
        verdict = self._wording.passed(new.body, sender.language)
        entry = Entry(member_id, body=new.body, client_id=new.client_id)
        self._session.execute(_SPOKE, {"room": room_id, "viewer": member_id, "now": now})
        self._events.emit(RoomMessageSent(sender_id=member_id, room_id=room_id, message_id=entry.id))
        self._wording.flag(member_id, Ref("room_message", entry.id), verdict)
        return self._log.add(room_id, entry, but=but).message

    def remove(self, member_id: UUID, room_id: UUID, message_id: UUID) -> None:
        """Take back what one said, or, as the host or an admin, what somebody else did.

        Raises:
            NotFound: also when it is removed already.
            NotInRoom
            NotOwner: it is somebody else's, and the member keeps no order here.
        """
        standing = queries.standing(self._session, room_id, member_id).require_in()
        now = self._clock.now()
        values = {"id": message_id, "room": room_id, "viewer": member_id, **kept(now)}
        author_id = self._session.scalar(_SAID, values)
        if author_id is None:
            raise NotFound()
        if author_id != member_id:
            if standing.role is Role.PARTICIPANT:
                raise NotOwner()
            self._audit.note(member_id, "remove_message", Ref("room", room_id), message_id=str(message_id))
        self._session.execute(
            sa.update(RoomMessage).where(RoomMessage.id == message_id).values(body="", removed_at=now)
        )
        self._log.add(room_id, Entry(author_id, Action.REMOVED, about_id=message_id))

    def typing(self, caller: Caller, room_id: UUID, *, is_typing: bool) -> None:
        """Show the others in a room that somebody types.

        Raises:
            NotFound, NotInRoom
        """
        queries.standing(self._session, room_id, caller.member_id).require_in()
        apart = hidden_from(self._session, room_id, caller.member_id)
        self._broadcast.typing(topic_of(room_id), caller, is_typing=is_typing, hidden_from=apart)
