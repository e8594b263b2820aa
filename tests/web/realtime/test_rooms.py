"""An open room over real sockets: talking, typing, blocks, coming back, and being shown out."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.eventually import eventually
from tests.factories import Person, make_room
from tests.web.conftest import Api
from tests.web.realtime.conftest import Client, Connect
from web.core.app import App


@pytest.fixture
def room(app: App, api: Api, mina: Person, joon: Person, sora: Person) -> UUID:
    """Mina's, with Joon and Sora in it."""
    room_id = make_room(app, mina)
    for guest in (joon, sora):
        api.post(f"/rooms/{room_id}/join", None, guest, status=200)
    return room_id


@pytest.fixture
def enter(join: Connect, room: UUID) -> Callable[..., Client]:
    """Opens a socket that has the room open."""

    def enter(who: Person, **data: Any) -> Client:
        client = join(who)
        assert client.ask("subscribe", channel=f"room:{room}", data=data)["ok"]["room"]["id"] == str(room)
        return client

    return enter


def say(client: Client, room: UUID, body: str) -> Any:
    return client.ask("message", channel=f"room:{room}", data={"client_id": str(uuid4()), "body": body})


def test_people_in_a_room_talk(api: Api, enter: Connect, room: UUID, mina: Person, joon: Person) -> None:
    phone, laptop = enter(mina), enter(joon)
    laptop.send(event="typing", channel=f"room:{room}", data={})
    assert phone.read_until("typing")["data"]["user_id"] == str(joon.id)
    laptop.read()  # that this was understood
    answer = say(laptop, room, "안녕")
    frame = phone.read_until("message.new")
    assert frame["data"] == answer["ok"]["message"]
    assert (frame["channel"], frame["seq"]) == (f"room:{room}", 4)
    eventually(lambda: api.get(f"/rooms/{room}", mina)["online_count"] == 2)


def test_whoever_is_not_in_it_does_not_hear_it(join: Connect, room: UUID, admin: Person) -> None:
    refused = join(admin).ask("subscribe", channel=f"room:{room}")
    assert refused["error"]["code"] == "NOT_IN_ROOM"


def test_the_address_of_a_room_enters_it_at_once(
    connect: Connect, room: UUID, joon: Person, mina: Person
) -> None:
    client = connect(joon, f"/ws/open-chat/{room}/")
    other = connect(mina, f"/ws/open-chat/{room}/")
    other.read_until("subscribed")
    client.read_until("subscribed")
    assert say(client, room, "hi")["ok"]["message"]["body"] == "hi"
    assert other.read_until("message.new")["data"]["body"] == "hi"


def test_a_blocked_person_is_not_heard_and_the_next_one_is(
    api: Api, enter: Connect, room: UUID, mina: Person, joon: Person, sora: Person
) -> None:
    deaf, talker, other = enter(sora), enter(joon), enter(mina)
    api.call("PUT", f"/users/{joon.id}/block", sora, status=200)
    say(talker, room, "psst")
    assert other.read_until("message.new")["data"]["body"] == "psst"
    say(other, room, "hello")
    assert deaf.read_until("message.new")["data"]["body"] == "hello"


def test_whoever_comes_back_gets_what_they_missed(
    api: Api, enter: Connect, room: UUID, mina: Person, joon: Person
) -> None:
    talker = enter(mina)
    numbers = [say(talker, room, f"{number}")["ok"]["message"]["seq"] for number in range(3)]
    back = enter(joon, last_seq=numbers[0])
    assert [back.read_until("message.new")["data"]["body"] for _ in range(2)] == ["1", "2"]


def test_who_is_kicked_hears_why_and_then_nothing(
    api: Api, enter: Connect, room: UUID, mina: Person, joon: Person
) -> None:
    guest = enter(joon)
    api.post(f"/rooms/{room}/kick", {"user_id": str(joon.id)}, mina, status=204)
    assert guest.read_until("unsubscribed")["data"] == {"reason": "kicked"}
    refused = guest.ask("message", channel=f"room:{room}", data={"client_id": str(uuid4()), "body": "hey"})
    assert "error" in refused


def test_bad_input_is_answered(enter: Connect, room: UUID, joon: Person) -> None:
    client = enter(joon)
    for data in ({}, {"client_id": "x", "body": "hi"}, {"client_id": str(uuid4()), "body": " "}):
        refused = client.ask("message", channel=f"room:{room}", data=data)
        assert refused["error"]["code"] == "VALIDATION_FAILED"
