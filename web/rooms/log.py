"""What happens in a room, one after the other: numbered by the room's row, kept, and told to who has it open.

The room's row is locked here, last of all (see :mod:`web.rooms.models`); it counts who is in it in the same
statement. What is told is filtered for nobody one by one: see :mod:`web.rooms.policy`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.schemas import MemberCard
from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.ids import new_id
from web.core.topics import Broadcast
from web.rooms.errors import RoomFull
from web.rooms.models import Room, RoomMessage
from web.rooms.policy import audience_of
from web.rooms.schemas import Action
from web.rooms.schemas import RoomMessage as MessageOut

KIND = "room"
ACTIVE_EVERY = timedelta(minutes=1)
LIVELY = (None, Action.JOINED)  # what moves a room up in the list; that people go does not

_room = sa.bindparam("room", type_=sa.Uuid())
_now = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_change = sa.bindparam("change", type_=sa.Integer())
_NUMBER = (
    sa.update(Room)
    .where(
        Room.id == _room,
        Room.closed_at.is_(None),
        Room.participant_count + _change <= Room.max_participants,
    )
    .values(
        last_seq=Room.last_seq + 1,
        participant_count=Room.participant_count + _change,
        active_at=sa.case(
            (Room.active_at < sa.bindparam("long_ago", type_=sa.DateTime(timezone=True)), _now),
            else_=Room.active_at,
        ),
    )
    .returning(Room.last_seq, Room.participant_count, Room.host_id, Room.password_hash)
)


def topic_of(room_id: UUID) -> str:
    """The name of a room's topic."""
    return f"{KIND}:{room_id}"


@dataclass(frozen=True)
class Entry:
    """Something that happened.

    Attributes:
        member_id: who said it, or whom it is about.
        action: None for what was said.
        about_id: the message that was removed.
    """

    member_id: UUID
    action: Action | None = None
    body: str = ""
    client_id: UUID | None = None
    about_id: UUID | None = None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True)
class Noted:
    """An entry in its place, and how the room, whose row is locked now, stands after it."""

    message: MessageOut
    participant_count: int
    host_id: UUID
    password_hash: str | None


class RoomLog:
    """Adds entries; the last thing that a unit of work does in a room."""

    def __init__(self, session: Session, clock: Clock, broadcast: Broadcast) -> None:
        self._session = session
        self._clock = clock
        self._broadcast = broadcast

    def add(self, room_id: UUID, entry: Entry, *, change: int = 0, but: str | None = None) -> Noted:
        """Number an entry, keep it, and tell it after the commit.

        Args:
            change: how many more are in the room by it: 1, 0 or -1.
            but: a ``connection_id`` that is not told.
        Raises:
            NotFound: the room was closed meanwhile.
            RoomFull
        """
        now = self._clock.now()
        user, audience = audience_of(self._session, room_id, entry.member_id)
        long_ago = now - ACTIVE_EVERY if entry.action in LIVELY else None
        values = {"room": room_id, "now": now, "long_ago": long_ago, "change": change}
        row = self._session.execute(_NUMBER, values).one_or_none()
        if row is None:
            is_open = sa.exists().where(Room.id == room_id, Room.closed_at.is_(None))
            raise RoomFull() if self._session.scalar(sa.select(is_open)) else NotFound()
        message = _message(room_id, row.last_seq, entry, user, now)
        self._session.execute(
            sa.insert(RoomMessage),
            {
                "id": message.id,
                "room_id": room_id,
                "seq": message.seq,
                "member_id": entry.member_id,
                "action": entry.action.value if entry.action else None,
                "about_id": entry.about_id,
                "client_id": entry.client_id,
                "body": entry.body,
                "created_at": now,
            },
        )
        event, data = frame_of(message, entry.about_id)
        self._broadcast.publish(
            topic_of(room_id),
            event,
            data,
            seq=message.seq,
            but=but,
            only=audience.only,
            hidden_from=audience.hidden_from,
        )
        return Noted(message, row.participant_count, row.host_id, row.password_hash)


def frame_of(message: MessageOut, about_id: UUID | None) -> tuple[str, dict[str, Any]]:
    """The frame that tells an entry: its event and its data."""
    if message.action is Action.REMOVED:
        return "message.deleted", {"room_id": str(message.room_id), "message_id": str(about_id)}
    return "message.new", message.model_dump(mode="json")


def _message(room_id: UUID, seq: int, entry: Entry, user: MemberCard, now: datetime) -> MessageOut:
    return MessageOut(
        id=entry.id,
        room_id=room_id,
        seq=seq,
        type="text" if entry.action is None else "system",
        action=entry.action,
        user=user,
        body=entry.body,
        client_id=entry.client_id,
        is_deleted=False,
        created_at=now,
    )
