"""The topic of a room, as the hubs use it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.rooms.conftest import Ear, Rooms, caller_of
from web.core.app import App
from web.core.errors import NotFound
from web.rooms import topics
from web.rooms.errors import NotInRoom


def enter(app: App, who: Person, room: UUID) -> dict[str, Any]:
    with app.reading() as services:
        return app.topics["room"].enter(services, caller_of(who), room)


def tell(app: App, who: Person, room: UUID, event: str, data: dict[str, Any]) -> Any:
    with app.work() as services:
        return app.topics["room"].handlers[event](services, caller_of(who), room, data)


def replay(app: App, who: Person, room: UUID, after: int) -> Any:
    again = app.topics["room"].replay
    assert again is not None
    with app.reading() as services:
        frames = again(services, who.id, room, after)
    return frames if frames is None else [(seq, frame["event"]) for seq, frame in frames]


def test_it_is_for_who_is_in_the_room(app: App, api: Api, room: UUID, joon: Person, sora: Person) -> None:
    facts = enter(app, joon, room)
    assert facts == {"room": api.get(f"/rooms/{room}", joon), "seq": 2}
    with pytest.raises(NotInRoom):
        enter(app, sora, room)
    with pytest.raises(NotFound):
        enter(app, joon, uuid4())


def test_a_block_of_the_host_ends_it(app: App, api: Api, room: UUID, mina: Person, joon: Person) -> None:
    api.put(f"/users/{joon.id}/block", mina)
    with pytest.raises(NotFound):
        enter(app, joon, room)


def test_what_is_said_on_it_is_told_to_the_others(
    app: App, api: Api, room: UUID, mina: Person, joon: Person, ear: Callable[[UUID], Ear]
) -> None:
    listening = ear(room)
    client_id = str(uuid4())
    answer = tell(app, joon, room, "message", {"client_id": client_id, "body": "hi"})
    [stored] = api.get(f"/rooms/{room}/messages?limit=1", mina)["items"]
    assert answer == {"message": stored}
    [frame] = listening.frames(mina)
    assert frame == {"event": "message.new", "channel": f"room:{room}", "seq": 3, "data": stored}
    tell(app, joon, room, "message", {"client_id": str(uuid4()), "body": "hi again"})
    assert listening.frames(joon, "socket") == []  # it was answered


def test_http_tells_all_sockets(api: Api, room: UUID, joon: Person, ear: Callable[[UUID], Ear]) -> None:
    listening = ear(room)
    api.post(f"/rooms/{room}/messages", {"client_id": str(uuid4()), "body": "hi"}, joon)
    assert [frame["event"] for frame in listening.frames(joon, "socket")] == ["message.new"]


def test_what_is_refused_is_told_to_nobody(
    app: App, room: UUID, joon: Person, sora: Person, ear: Callable[[UUID], Ear]
) -> None:
    listening = ear(room)
    with pytest.raises(ValidationError):
        tell(app, joon, room, "message", {"body": "no id"})
    with pytest.raises(ValidationError):
        tell(app, joon, room, "typing", {"is_typing": "perhaps"})
    for event, data in (("message", {"client_id": str(uuid4()), "body": "hi"}), ("typing", {})):
        with pytest.raises(NotInRoom):
            tell(app, sora, room, event, data)
    assert listening.heard() == []


def test_typing_is_told_to_the_others(
    app: App, room: UUID, mina: Person, joon: Person, ear: Callable[[UUID], Ear]
) -> None:
    listening = ear(room)
    assert tell(app, joon, room, "typing", {}) is None
    [frame] = listening.frames(mina)
    assert (frame["event"], frame["data"]["user_id"], frame["data"]["is_typing"]) == (
        "typing",
        str(joon.id),
        True,
    )


def test_changes_and_removals_are_told(
    api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, ear: Callable[[UUID], Ear]
) -> None:
    said = rooms.say(joon, room, "oops")
    listening = ear(room)
    api.call("PATCH", f"/rooms/{room}", mina, {"name": "Busan"}, status=200)
    api.delete(f"/rooms/{room}/messages/{said.id}", joon)
    changed, removed = listening.frames(mina)
    assert (changed["event"], changed["data"]["name"], "seq" in changed) == ("room.updated", "Busan", False)
    assert (removed["event"], removed["seq"]) == ("message.deleted", 4)
    assert removed["data"] == {"room_id": str(room), "message_id": str(said.id)}


def test_what_was_missed_comes_again_as_it_was_told(
    app: App, api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, ear: Callable[[UUID], Ear]
) -> None:
    listening = ear(room)
    first = rooms.say(joon, room, "first")
    rooms.say(mina, room, "second")
    api.delete(f"/rooms/{room}/messages/{first.id}", joon)
    told = [(frame["seq"], frame["event"]) for frame in listening.frames(mina)]
    assert replay(app, mina, room, 2) == told
    assert told == [(3, "message.new"), (4, "message.new"), (5, "message.deleted")]
    assert replay(app, mina, room, 4) == told[2:]


def test_what_was_missed_of_who_is_apart_is_left_out(
    app: App, api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, sora: Person
) -> None:
    rooms.join(sora, room)
    api.put(f"/users/{joon.id}/mute", sora)
    rooms.say(joon, room, "psst")
    rooms.say(mina, room, "hello")
    assert [seq for seq, _ in replay(app, sora, room, 2)] == [3, 5]
    assert [seq for seq, _ in replay(app, mina, room, 2)] == [3, 4, 5]


def test_whoever_missed_too_much_starts_over(
    app: App, rooms: Rooms, room: UUID, joon: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "MOST_REPLAYED", 3)
    for _ in range(3):
        rooms.say(joon, room, "more")
    assert len(replay(app, joon, room, 2)) == 3
    assert replay(app, joon, room, 1) is None
    assert replay(app, joon, room, 5) is None  # nothing is there where something was


def test_whoever_closes_it_is_still_in_the_room(app: App, api: Api, room: UUID, joon: Person) -> None:
    leave = app.topics["room"].leave
    assert leave is not None
    with app.work() as services:
        leave(services, caller_of(joon), room)
    assert api.get(f"/rooms/{room}", joon)["my_role"] == "participant"
