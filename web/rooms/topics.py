"""The topic of a room: who may have it open, what is said on it, what comes after a lost connection."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.services import Services
from web.core.topics import Caller, TopicKind, Topics
from web.rooms import queries
from web.rooms.directory import RoomDirectory
from web.rooms.doors import RoomDoors
from web.rooms.errors import NotInRoom
from web.rooms.log import KIND, frame_of
from web.rooms.queries import message_from
from web.rooms.schemas import NewRoomMessage, Typing
from web.rooms.talk import RoomTalk

MOST_REPLAYED = 500


def register(topics: Topics) -> None:
    """Declare the kind."""
    handlers = {"message": message, "typing": typing}
    topics.add(TopicKind(KIND, enter, handlers, leave, replay))


def enter(services: Services, caller: Caller, room_id: UUID) -> dict[str, Any]:
    """Let those in who are in the room, and tell them how it is.

    Raises:
        NotFound, NotInRoom
    """
    room = services[RoomDirectory].room(caller.member_id, room_id)
    if room.my_role is None:
        raise NotInRoom()
    return {"room": room.model_dump(mode="json"), "seq": room.last_seq}


def leave(services: Services, caller: Caller, room_id: UUID) -> None:
    """Whoever closes it is still in the room; how long they have been away is known from now on."""
    services[RoomDoors].seen(caller.member_id, room_id)


def replay(
    services: Services, member_id: UUID, room_id: UUID, after: int
) -> Sequence[tuple[int, dict[str, Any]]] | None:
    """What happened after a number, as far as it is for the member; None when some of it is gone."""
    session, now = services[Session], services[Clock].now()
    rows = queries.messages_after(session, room_id, member_id, now, after, MOST_REPLAYED + 1)
    if len(rows) > MOST_REPLAYED or not rows or rows[0].seq != after + 1:
        return None
    frames = []
    for row in rows:
        if row.is_shown:
            event, data = frame_of(message_from(row), row.about_id)
            frames.append((row.seq, {"event": event, "data": data}))
    return frames


def message(services: Services, caller: Caller, room_id: UUID, data: dict[str, Any]) -> dict[str, Any]:
    """Say something."""
    new = NewRoomMessage.model_validate(data)
    said = services[RoomTalk].say(caller.member_id, room_id, new, but=caller.connection_id)
    return {"message": said.model_dump(mode="json")}


def typing(services: Services, caller: Caller, room_id: UUID, data: dict[str, Any]) -> None:
    """Show that the caller types."""
    wish = Typing.model_validate(data)
    services[RoomTalk].typing(caller, room_id, is_typing=wish.is_typing)
