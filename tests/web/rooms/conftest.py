"""A room, and what is done in it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from tests.factories import Person, make_room
from tests.web.conftest import Api
from web.core.app import App
from web.core.topics import Caller, Published, topic_channel
from web.rooms.doors import RoomDoors
from web.rooms.log import topic_of
from web.rooms.schemas import NewRoomMessage, RoomMessage
from web.rooms.talk import RoomTalk


class Rooms:
    """Does things in rooms, each in a unit of work of its own."""

    def __init__(self, app: App) -> None:
        self._app = app

    def open(self, host: Person, **values: Any) -> UUID:
        """A room of a host."""
        return make_room(self._app, host, **values)

    def join(self, member: Person, room_id: UUID, password: str | None = None) -> None:
        with self._app.work() as services:
            services[RoomDoors].join(member.id, room_id, password)

    def leave(self, member: Person, room_id: UUID) -> None:
        with self._app.work() as services:
            services[RoomDoors].leave(member.id, room_id)

    def say(self, member: Person, room_id: UUID, body: str, client_id: UUID | None = None) -> RoomMessage:
        with self._app.work() as services:
            new = NewRoomMessage(client_id=client_id or uuid4(), body=body)
            return services[RoomTalk].say(member.id, room_id, new)


@pytest.fixture
def rooms(app: App) -> Rooms:
    """Rooms."""
    return Rooms(app)


@pytest.fixture
def room(rooms: Rooms, mina: Person, joon: Person) -> UUID:
    """Mina's, with Joon in it."""
    room_id = rooms.open(mina)
    rooms.join(joon, room_id)
    return room_id


@pytest.fixture
def said(api: Api) -> Callable[[Person, UUID], list[str]]:
    """What somebody reads in a room, oldest first: words, and ``action name`` for the rest."""

    def said(reader: Person, room_id: UUID) -> list[str]:
        items = api.every_page(f"/rooms/{room_id}/messages", reader, limit=3)
        return [
            item["body"] if item["type"] == "text" else f"{item['action']} {item['user']['username']}"
            for item in reversed(items)
        ]

    return said


def caller_of(person: Person, connection_id: str = "socket") -> Caller:
    """Somebody on a socket."""
    return Caller(person.id, person.session_id, connection_id)


class Ear:
    """Hears what is published about a topic, as the hubs do."""

    END = b"end"

    def __init__(self, app: App, topic: str) -> None:
        self._client, self._channel = app.valkey.client, topic_channel(app.valkey, topic)
        self._subscription = self._client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self._subscription.subscribe(self._channel)

    def heard(self) -> list[Published]:
        """All since the last time."""
        self._client.publish(self._channel, self.END)
        messages = (each["data"] for each in self._subscription.listen() if each["type"] == "message")
        return [Published.from_bytes(message) for message in iter(partial(next, messages), self.END)]

    def frames(self, who: Person, connection_id: str = "") -> list[dict[str, Any]]:
        """The frames since the last time that a socket of somebody gets."""
        reached = (each for each in self.heard() if each.frame and each.reaches(who.id, connection_id))
        return [orjson.loads(each.frame or b"") for each in reached]

    def close(self) -> None:
        self._subscription.close()


@pytest.fixture
def ear(app: App) -> Iterator[Callable[[UUID], Ear]]:
    """Begins to hear what is published about a room."""
    with ExitStack() as ears:

        def listen(room_id: UUID) -> Ear:
            ear = Ear(app, topic_of(room_id))
            ears.callback(ear.close)
            ear.heard()
            return ear

        yield listen
