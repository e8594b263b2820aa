"""Routes of rooms."""

from web.core.api import Routes
from web.core.clock import Clock
from web.core.errors import NotFound, NotOwner, RateLimited
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.core.wording import ContentRefused
from web.rooms import queries
from web.rooms.directory import RoomDirectory
from web.rooms.doors import RoomDoors
from web.rooms.errors import (
    NotInRoom,
    RoomAdminsOnly,
    RoomBanned,
    RoomFull,
    RoomHasMore,
    RoomPasswordWrong,
    RoomRankTooLow,
    SlowMode,
    TooManyRooms,
)
from web.rooms.order import RoomOrder
from web.rooms.schemas import (
    Ban,
    Banned,
    Kick,
    NewRoom,
    NewRoomMessage,
    Participant,
    Password,
    Room,
    RoomChange,
    RoomMemberPath,
    RoomMessage,
    RoomMessagePath,
    RoomPath,
    RoomRole,
    RoomsQuery,
)
from web.rooms.service import RoomService
from web.rooms.talk import RoomTalk

routes = Routes("rooms")

OPEN_CHAT = "004 open chat"


@routes.get("/rooms", permission=Permission.MESSAGE, seeds=f"{OPEN_CHAT}: the list of rooms")
def rooms(request: Request, query: RoomsQuery) -> Page[Room]:
    """The open rooms, the liveliest first; or those that the caller is in."""
    return request.services[RoomDirectory].rooms(request.member_id, query)


@routes.post(
    "/rooms",
    permission=Permission.MESSAGE,
    errors=(TooManyRooms, ContentRefused),
    seeds=f"{OPEN_CHAT}: create, max_participants, password",
)
def create(request: Request, body: NewRoom) -> Room:
    """Open a room; who opens it is its host, and in it."""
    room_id = request.services[RoomService].open(request.member_id, body)
    return request.services[RoomDirectory].room(request.member_id, room_id)


@routes.get("/rooms/{room_id}", permission=Permission.MESSAGE, errors=(NotFound,), seeds=OPEN_CHAT)
def room(request: Request, path: RoomPath) -> Room:
    """One room, whether the caller is in it or not."""
    return request.services[RoomDirectory].room(request.member_id, path.room_id)


@routes.patch(
    "/rooms/{room_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotInRoom, RoomAdminsOnly, RoomHasMore, ContentRefused),
    seeds=OPEN_CHAT,
)
def change(request: Request, path: RoomPath, body: RoomChange) -> Room:
    """Change a room, as its host or an admin; those who have it open get `room.updated`."""
    request.services[RoomService].change(request.member_id, path.room_id, body)
    return request.services[RoomDirectory].room(request.member_id, path.room_id)


@routes.delete(
    "/rooms/{room_id}", permission=Permission.MESSAGE, errors=(NotFound, NotOwner), seeds=OPEN_CHAT
)
def close(request: Request, path: RoomPath) -> None:
    """Close a room for good, as its host."""
    request.services[RoomService].close(request.member_id, path.room_id)


@routes.post(
    "/rooms/{room_id}/join",
    permission=Permission.MESSAGE,
    status=200,
    errors=(NotFound, RoomBanned, RoomPasswordWrong, RoomFull, RateLimited),
    seeds=f"{OPEN_CHAT}: OpenChatConsumer connect",
)
def join(request: Request, path: RoomPath, body: Password | None = None) -> Room:
    """Come into a room; the socket topic `room:<id>` is for those who have."""
    password = body.password if body else None
    request.services[RoomDoors].join(request.member_id, path.room_id, password)
    return request.services[RoomDirectory].room(request.member_id, path.room_id)


@routes.post(
    "/rooms/{room_id}/leave",
    permission=Permission.MESSAGE,
    status=204,
    errors=(NotFound,),
    seeds=f"{OPEN_CHAT}: OpenChatConsumer disconnect",
)
def leave(request: Request, path: RoomPath) -> None:
    """Leave a room. Its host leaves it to an admin, or to who has been in it the longest; or closes it so."""
    request.services[RoomDoors].leave(request.member_id, path.room_id)


@routes.get(
    "/rooms/{room_id}/participants",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotInRoom),
    seeds=f"{OPEN_CHAT}: participants",
)
def participants(request: Request, path: RoomPath, query: PageQuery) -> Page[Participant]:
    """Who is in a room that the caller is in, the longest first."""
    return queries.participants(request.db, path.room_id, request.member_id, query)


@routes.put(
    "/rooms/{room_id}/admins/{user_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotOwner),
    seeds=f"{OPEN_CHAT}: granted admins",
)
def make_admin(request: Request, path: RoomMemberPath) -> RoomRole:
    """Let somebody in the room help to keep order, as its host."""
    return request.services[RoomOrder].make_admin(request.member_id, path.room_id, path.user_id)


@routes.delete(
    "/rooms/{room_id}/admins/{user_id}",
    permission=Permission.MESSAGE,
    status=200,
    errors=(NotFound, NotOwner),
    seeds=f"{OPEN_CHAT}: granted admins",
)
def unmake_admin(request: Request, path: RoomMemberPath) -> RoomRole:
    """Make an admin a participant like others again, as the host."""
    return request.services[RoomOrder].unmake_admin(request.member_id, path.room_id, path.user_id)


@routes.post(
    "/rooms/{room_id}/kick",
    permission=Permission.MESSAGE,
    status=204,
    errors=(NotFound, NotInRoom, RoomAdminsOnly, RoomRankTooLow),
    seeds=f"{OPEN_CHAT}: kick_user(duration_minutes)",
)
def kick(request: Request, path: RoomPath, body: Kick) -> None:
    """Show somebody out, who may come back after some minutes."""
    request.services[RoomOrder].kick(request.member_id, path.room_id, body.user_id, body.minutes)


@routes.post(
    "/rooms/{room_id}/ban",
    permission=Permission.MESSAGE,
    status=204,
    errors=(NotFound, NotInRoom, RoomAdminsOnly, RoomRankTooLow),
    seeds=f"{OPEN_CHAT}: ban_user",
)
def ban(request: Request, path: RoomPath, body: Ban) -> None:
    """Keep somebody out for good, whether they are in the room or not."""
    request.services[RoomOrder].ban(request.member_id, path.room_id, body.user_id)


@routes.get(
    "/rooms/{room_id}/bans",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotInRoom, RoomAdminsOnly),
    seeds=f"{OPEN_CHAT}: ban_user",
)
def bans(request: Request, path: RoomPath, query: PageQuery) -> Page[Banned]:
    """Who may not come in, the latest first; for the host and the admins."""
    now = request.services[Clock].now()
    return queries.bans(request.db, path.room_id, request.member_id, now, query)


@routes.delete(
    "/rooms/{room_id}/bans/{user_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotInRoom, RoomAdminsOnly),
    seeds=f"{OPEN_CHAT}: unban",
)
def unban(request: Request, path: RoomMemberPath) -> None:
    """Let somebody come in again; nothing, when they may anyway."""
    request.services[RoomOrder].unban(request.member_id, path.room_id, path.user_id)


@routes.get(
    "/rooms/{room_id}/messages",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotInRoom),
    seeds=f"{OPEN_CHAT}: messages",
)
def messages(request: Request, path: RoomPath, query: PageQuery) -> Page[RoomMessage]:
    """What happened in a room within the last 30 days, newest first."""
    now = request.services[Clock].now()
    return queries.messages(request.db, path.room_id, request.member_id, now, query)


@routes.post(
    "/rooms/{room_id}/messages",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotInRoom, SlowMode, ContentRefused),
    seeds=f"{OPEN_CHAT}: OpenChatConsumer message",
)
def send(request: Request, path: RoomPath, body: NewRoomMessage) -> RoomMessage:
    """Say something; the same `client_id` again is the same message."""
    return request.services[RoomTalk].say(request.member_id, path.room_id, body)


@routes.delete(
    "/rooms/{room_id}/messages/{message_id}",
    permission=Permission.MESSAGE,
    errors=(NotFound, NotInRoom, NotOwner),
    seeds=OPEN_CHAT,
)
def remove(request: Request, path: RoomMessagePath) -> None:
    """Take back what one said, or, as the host or an admin, what somebody else did."""
    request.services[RoomTalk].remove(request.member_id, path.room_id, path.message_id)
