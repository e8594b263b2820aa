"""Open rooms: finding one, coming in, talking, keeping order."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from pydantic import field_validator
from pyramid.httpexceptions import HTTPSeeOther

from web.accounts.schemas.changes import may_be_left_out
from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.ids import new_id
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.pages.forms import Form
from web.pages.languages import COMMON, own_name
from web.pages.notices import leave_notice
from web.pages.views import id_in, page, page_query, see_other
from web.rooms import queries
from web.rooms.directory import RoomDirectory
from web.rooms.doors import RoomDoors
from web.rooms.errors import RoomHasMore, RoomPasswordWrong
from web.rooms.order import RoomOrder
from web.rooms.schemas import (
    LONGEST_NAME,
    USUAL_KICK_MINUTES,
    USUAL_PARTICIPANTS,
    Kick,
    NewRoom,
    NewRoomMessage,
    Password,
    Role,
    Room,
    RoomChange,
    RoomsQuery,
)
from web.rooms.service import RoomService
from web.rooms.talk import RoomTalk

HERE = "/rooms"
SHOWN_BESIDE = 50
SLOW_MODES = (0, 5, 10, 30, 60, 300, 900, 3_600)
KICK_MINUTES = (5, USUAL_KICK_MINUTES, 60, 24 * 60, 7 * 24 * 60)


class ChangedRoom(RoomChange):
    """A room as its form sends it: an empty topic is none, and an empty password leaves the door as it is."""

    open_to_all: bool = may_be_left_out()

    @field_validator("topic", mode="before")
    @classmethod
    def _is_none(cls, topic: object) -> object:
        return topic or ""

    @property
    def change(self) -> RoomChange:
        """What is to change."""
        given = self.given
        if given.pop("open_to_all", False):
            given["password"] = None
        return RoomChange(**given)


# The list


@page("rooms", Permission.MESSAGE, template="rooms")
def rooms(request: Request) -> dict[str, Any]:
    """The open rooms, the liveliest first, or those that the reader is in."""
    typed = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_NAME]  # no text has that one
    language = request.GET.get("language", "")
    wanted = {
        "q": typed,
        "language": language if language in COMMON else "",
        "show": "mine" if request.GET.get("show") == "mine" else "",
    }
    filters = urlencode({name: value for name, value in wanted.items() if value})
    path = f"{HERE}?{filters}" if filters else HERE
    query = page_query(
        request,
        RoomsQuery,
        path,
        q=typed or None,
        language=wanted["language"] or None,
        joined=wanted["show"] == "mine",
    )
    return {
        **wanted,
        "path": path,
        "languages": _languages(),
        "own_name": own_name,
        "page": request.services[RoomDirectory].rooms(request.member_id, query),
    }


@page("new_room", Permission.MESSAGE, template="room_new")
def new_form(request: Request) -> dict[str, Any]:
    """A room to be opened."""
    usual = {
        "max_participants": USUAL_PARTICIPANTS,
        "slow_mode_seconds": "0",
        "language": request.locale_name,
    }
    return {"form": Form(request, NewRoom, usual), "languages": _languages(), "slow_modes": SLOW_MODES}


@page("new_room", Permission.MESSAGE, template="room_new", method="POST")
def open_room(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Open a room, and come in."""
    form = Form(request, NewRoom)
    room_id = form.submit(lambda new: request.services[RoomService].open(request.member_id, new))
    if room_id is not None:
        return see_other(address(room_id))
    return {"form": form, "languages": _languages(), "slow_modes": SLOW_MODES}


# In a room


@page("room", Permission.MESSAGE, template="room")
def room(request: Request) -> dict[str, Any]:
    """What is said in a room; its door for those who are not in it."""
    return _room(request, id_in(request, "room_id"))


@page("room", Permission.MESSAGE, template="room", method="POST")
def say(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Say something without a script."""
    room_id, form = id_in(request, "room_id"), Form(request, NewRoomMessage)
    form.submit(lambda new: request.services[RoomTalk].say(request.member_id, room_id, new))
    return see_other(f"{address(room_id)}#latest") if form.is_done else _room(request, room_id, words=form)


@page("join_room", Permission.MESSAGE, template="room", method="POST")
def join(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Come in, with the password where there is one."""
    room_id, form = id_in(request, "room_id"), Form(request, Password)
    doors = request.services[RoomDoors]
    form.submit(
        lambda door: doors.join(request.member_id, room_id, door.password),
        mends={RoomPasswordWrong: "password"},
    )
    return see_other(address(room_id)) if form.is_done else _room(request, room_id, door=form)


@page("leave_room", Permission.MESSAGE, method="POST")
def leave(request: Request) -> HTTPSeeOther:
    """Leave the room."""
    request.services[RoomDoors].leave(request.member_id, id_in(request, "room_id"))
    return leave_notice(request, see_other(HERE), "room_left")


@page("remove_room_message", Permission.MESSAGE, method="POST")
def remove_message(request: Request) -> HTTPSeeOther:
    """Take back what one said, or, keeping order, what somebody else did."""
    room_id = id_in(request, "room_id")
    request.services[RoomTalk].remove(request.member_id, room_id, id_in(request, "message_id"))
    return see_other(address(room_id))


# Keeping order


@page("room_people", Permission.MESSAGE, template="room_people")
def people(request: Request) -> dict[str, Any]:
    """Who is in the room, with what may be done about them; or who may not come in."""
    room_id, me = id_in(request, "room_id"), request.member_id
    shown = "out" if request.GET.get("show") == "out" else "in"
    path = f"{address(room_id)}/people" + ("?show=out" if shown == "out" else "")
    query = page_query(request, PageQuery, path)
    found: Any = (
        queries.bans(request.db, room_id, me, request.services[Clock].now(), query)
        if shown == "out"
        else queries.participants(request.db, room_id, me, query)
    )
    return {
        "room": request.services[RoomDirectory].room(me, room_id),
        "shown": shown,
        "path": path,
        "page": found,
        "kick_minutes": KICK_MINUTES,
    }


@page("room_member", Permission.MESSAGE, method="POST")
def keep_order(request: Request) -> HTTPSeeOther:
    """Show somebody out, keep them out or let them in again, let them help to keep order or not any more."""
    room_id, member_id, me = id_in(request, "room_id"), id_in(request, "member_id"), request.member_id
    order, action = request.services[RoomOrder], request.POST.get("action", "")
    acts = {
        "ban": order.ban,
        "unban": order.unban,
        "make_admin": order.make_admin,
        "unmake_admin": order.unmake_admin,
    }
    if action == "kick":
        given = request.POST.get("minutes", "")
        wish = Kick(
            user_id=member_id, minutes=int(given) if given in map(str, KICK_MINUTES) else USUAL_KICK_MINUTES
        )
        order.kick(me, room_id, member_id, wish.minutes)
    elif action in acts:
        acts[action](me, room_id, member_id)
    else:
        raise NotFound()
    shown = "?show=out" if action == "unban" else ""
    return leave_notice(request, see_other(f"{address(room_id)}/people{shown}"), "saved")


@page("room_settings", Permission.MESSAGE, template="room_settings")
def settings(request: Request) -> dict[str, Any]:
    """What the host and the admins may change."""
    room = _kept_by_reader(request)
    now = room.model_dump(include={"name", "topic", "language", "max_participants"})
    now["slow_mode_seconds"] = str(room.slow_mode_seconds)
    return _settings(room, Form(request, ChangedRoom, now))


@page("room_settings", Permission.MESSAGE, template="room_settings", method="POST")
def change(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """Change the room."""
    room = _kept_by_reader(request)
    form = Form(request, ChangedRoom, shows=("name", "topic", "language"))
    service = request.services[RoomService]
    form.submit(
        lambda changed: service.change(request.member_id, room.id, changed.change),
        mends={RoomHasMore: "max_participants"},
    )
    if form.is_done:
        return leave_notice(request, see_other(address(room.id)), "saved")
    return _settings(room, form)


@page("close_room", Permission.MESSAGE, method="POST")
def close(request: Request) -> HTTPSeeOther:
    """End the room for good."""
    request.services[RoomService].close(request.member_id, id_in(request, "room_id"))
    return leave_notice(request, see_other(HERE), "room_closed")


def address(room_id: UUID) -> str:
    """Where a room is."""
    return f"{HERE}/{room_id}"


def _room(
    request: Request,
    room_id: UUID,
    *,
    words: Form[NewRoomMessage] | None = None,
    door: Form[Password] | None = None,
) -> dict[str, Any]:
    me = request.member_id
    # Before what was said: the script goes on after this number, and what it has already it shows once.
    room = request.services[RoomDirectory].room(me, room_id)
    facts: dict[str, Any] = {
        "room": room,
        # Sent twice, it is the same message.
        "words": words or Form(request, NewRoomMessage, {"client_id": new_id()}, is_sent=False),
        "door": door or Form(request, Password, is_sent=False),
        "own_name": own_name,
    }
    if room.my_role is None:
        return facts
    here = address(room_id)
    first = page_query(request, PageQuery, f"{here}/people", cursor=None, limit=SHOWN_BESIDE)
    now = request.services[Clock].now()
    return facts | {
        "people": queries.participants(request.db, room_id, me, first),
        "page": queries.messages(request.db, room_id, me, now, page_query(request, PageQuery, here)),
    }


def _kept_by_reader(request: Request) -> Room:
    """A room that the reader keeps in order.

    Raises:
        NotFound: also for everybody else, for whom this page is none.
    """
    room = request.services[RoomDirectory].room(request.member_id, id_in(request, "room_id"))
    if room.my_role not in (Role.HOST, Role.ADMIN):
        raise NotFound()
    return room


def _settings(room: Room, form: Form[ChangedRoom]) -> dict[str, Any]:
    slow_modes = sorted({*SLOW_MODES, room.slow_mode_seconds})
    return {"room": room, "form": form, "languages": _languages(room.language), "slow_modes": slow_modes}


def _languages(*more: str | None) -> list[tuple[str, str]]:
    """Languages to choose from, as their speakers call them."""
    return [(tag, own_name(tag)) for tag in dict.fromkeys((*COMMON, *filter(None, more)))]
