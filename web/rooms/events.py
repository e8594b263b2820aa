"""What can happen around rooms."""

from dataclasses import dataclass
from uuid import UUID

from web.core.events import Event


@dataclass(frozen=True, kw_only=True)
class RoomOpened(Event, name="room_opened", actor="host_id"):
    """A member opened a room."""

    host_id: UUID
    room_id: UUID
    has_password: bool


@dataclass(frozen=True, kw_only=True)
class RoomClosed(Event, name="room_closed", actor="host_id"):
    """A room is over: its host closed it, or left it as the last one."""

    host_id: UUID
    room_id: UUID


@dataclass(frozen=True, kw_only=True)
class RoomJoined(Event, name="room_joined", actor="member_id"):
    """A member came into a room."""

    member_id: UUID
    room_id: UUID


@dataclass(frozen=True, kw_only=True)
class RoomLeft(Event, name="room_left", actor="member_id"):
    """A member left a room."""

    member_id: UUID
    room_id: UUID


@dataclass(frozen=True, kw_only=True)
class RoomMemberShownOut(Event, name="room_member_shown_out", actor="admin_id"):
    """An admin of a room showed a member the door; ``minutes`` is None for good."""

    admin_id: UUID
    member_id: UUID
    room_id: UUID
    minutes: int | None


@dataclass(frozen=True, kw_only=True)
class RoomMessageSent(Event, name="room_message_sent", actor="sender_id"):
    """A member said something in a room."""

    sender_id: UUID
    room_id: UUID
    message_id: UUID
