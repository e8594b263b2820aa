"""Talking: order, sending twice, slow mode, removing, words, blocks and mutes."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.rooms.conftest import Ear, Rooms, caller_of
from tests.web.statements import sent
from tests.web.together import together
from tests.web.vanishing import WAYS, vanish
from web.accounts.models import AuditEntry
from web.core.app import App
from web.core.events import Event
from web.moderation.models import Flag
from web.rooms.errors import SlowMode
from web.rooms.events import RoomMessageSent
from web.rooms.models import Room, RoomMessage
from web.rooms.policy import hidden_from
from web.rooms.talk import RoomTalk

Said = Callable[[Person, UUID], list[str]]


def send(api: Api, who: Person, room: UUID, body: str, status: int = 201) -> Any:
    return api.post(f"/rooms/{room}/messages", {"client_id": str(uuid4()), "body": body}, who, status=status)


def test_what_is_said_is_read_by_who_is_there(
    api: Api, room: UUID, mina: Person, joon: Person, emitted: Callable[..., list[Event]]
) -> None:
    message = send(api, joon, room, " 안녕 ")
    assert (message["body"], message["seq"], message["type"]) == ("안녕", 3, "text")
    assert (message["user"]["username"], message["action"], message["is_deleted"]) == ("joon", None, False)
    for reader in (mina, joon):
        assert api.get(f"/rooms/{room}/messages?limit=1", reader)["items"] == [message]
    said = RoomMessageSent(sender_id=joon.id, room_id=room, message_id=UUID(message["id"]))
    assert emitted()[-1] == said


@pytest.mark.parametrize("body", ["", "   ", "x" * 2001, None])
def test_what_makes_no_sense_is_refused(api: Api, room: UUID, joon: Person, body: Any) -> None:
    send(api, joon, room, body, status=422)


def test_saying_twice_is_saying_once(
    rooms: Rooms, room: UUID, joon: Person, mina: Person, said: Said
) -> None:
    client_id = uuid4()
    first = rooms.say(joon, room, "once", client_id)
    assert rooms.say(joon, room, "once", client_id) == first
    assert said(mina, room)[2:] == ["once"]


def test_saying_the_same_at_once_is_saying_once(
    rooms: Rooms, room: UUID, joon: Person, mina: Person, said: Said
) -> None:
    answers = together([partial(rooms.say, joon, room, "once", uuid4())] * 6)
    assert len({answer.id for answer in answers}) == 1
    assert said(mina, room)[2:] == ["once"]


def test_what_many_say_at_once_is_numbered_without_gaps(app: App, rooms: Rooms, room: UUID) -> None:
    crowd = [make_person(app, f"guest{number}") for number in range(6)]
    together([partial(rooms.join, person, room) for person in crowd])

    def talk(person: Person) -> None:
        for number in range(5):
            rooms.say(person, room, f"{number}")

    together([partial(talk, person) for person in crowd])
    with app.engines.reads.connect() as connection:
        numbers = connection.scalars(sa.select(RoomMessage.seq).order_by(RoomMessage.seq)).all()
        assert connection.scalars(sa.select(Room.last_seq)).one() == 38
    assert numbers == list(range(1, 39))


def test_slow_mode_makes_participants_wait(
    api: Api, rooms: Rooms, clock: Any, mina: Person, joon: Person
) -> None:
    room = rooms.open(mina, slow_mode_seconds=30)
    rooms.join(joon, room)
    send(api, joon, room, "first")
    refused = api.call(
        "POST", f"/rooms/{room}/messages", joon, {"client_id": str(uuid4()), "body": "more"}, status=429
    )
    assert refused.json["error"]["code"] == "SLOW_MODE"
    assert refused.json["error"]["details"] == {"retry_after_seconds": 30}
    assert refused.headers["Retry-After"] == "30"
    rooms.leave(joon, room)  # does not end it
    rooms.join(joon, room)
    send(api, joon, room, "more", status=429)
    for _ in range(2):
        send(api, mina, room, "the host need not wait")
    clock.moment += timedelta(seconds=30)
    send(api, joon, room, "second")


@pytest.mark.parametrize("slow_mode_seconds", [0, 30])
def test_nobody_waits_because_a_clock_went_back(
    rooms: Rooms, clock: Any, mina: Person, joon: Person, said: Said, slow_mode_seconds: int
) -> None:
    room = rooms.open(mina, slow_mode_seconds=slow_mode_seconds)
    rooms.join(joon, room)
    rooms.say(joon, room, "by a clock that is ahead")
    clock.moment -= timedelta(hours=1)
    rooms.say(joon, room, "by one that is right")
    assert len(said(mina, room)) == 4


def test_who_goes_does_not_make_a_room_lively(
    api: Api, rooms: Rooms, room: UUID, clock: Any, mina: Person, joon: Person
) -> None:
    clock.moment += timedelta(hours=1)
    rooms.say(joon, room, "bye")
    lively = api.get(f"/rooms/{room}", mina)["active_at"]
    clock.moment += timedelta(hours=1)
    rooms.leave(joon, room)
    assert api.get(f"/rooms/{room}", mina)["active_at"] == lively
    rooms.join(joon, room)
    assert api.get(f"/rooms/{room}", mina)["active_at"] > lively


def test_a_message_that_was_sent_is_no_reason_to_wait(
    rooms: Rooms, clock: Any, mina: Person, joon: Person
) -> None:
    room = rooms.open(mina, slow_mode_seconds=30)
    rooms.join(joon, room)
    client_id = uuid4()
    assert rooms.say(joon, room, "once", client_id) == rooms.say(joon, room, "once", client_id)


def test_slow_mode_holds_when_somebody_hurries(rooms: Rooms, mina: Person, joon: Person, said: Said) -> None:
    room = rooms.open(mina, slow_mode_seconds=60)
    rooms.join(joon, room)

    def hurry() -> bool:
        try:
            rooms.say(joon, room, "quick")
        except SlowMode:
            return False
        return True

    assert sum(together([hurry] * 6)) == 1
    assert said(mina, room)[2:] == ["quick"]


def test_one_takes_back_what_one_said_and_admins_what_others_did(
    app: App, api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, sora: Person, said: Said
) -> None:
    rooms.join(sora, room)
    own, other = send(api, joon, room, "by J"), send(api, joon, room, "by J too")
    path = f"/rooms/{room}/messages"
    assert api.delete(f"{path}/{own['id']}", sora, status=403)["error"]["code"] == "NOT_OWNER"
    api.delete(f"{path}/{own['id']}", joon)
    api.delete(f"{path}/{other['id']}", mina)
    for message in (own, other):
        api.delete(f"{path}/{message['id']}", joon, status=404)
    assert said(sora, room)[3:] == ["", ""]
    assert [item["is_deleted"] for item in api.get(f"{path}?limit=2", sora)["items"]] == [True, True]
    with app.engines.reads.connect() as connection:
        assert set(connection.scalars(sa.select(RoomMessage.body))) == {""}
        [act] = connection.execute(sa.select(AuditEntry.actor_id, AuditEntry.action, AuditEntry.details))
    assert tuple(act) == (mina.id, "remove_message", {"message_id": other["id"]})


def test_what_was_told_is_not_taken_back(api: Api, room: UUID, mina: Person) -> None:
    joined = api.get(f"/rooms/{room}/messages", mina)["items"][0]
    assert joined["action"] == "joined"
    api.delete(f"/rooms/{room}/messages/{joined['id']}", mina, status=404)
    api.delete(f"/rooms/{room}/messages/{uuid4()}", mina, status=404)


def test_what_is_not_fit_to_be_shown_is_not_said(api: Api, app: App, room: UUID, joon: Person) -> None:
    links = " ".join(f"https://spam.example/{number}" for number in range(12))
    assert send(api, joon, room, links, status=422)["error"]["code"] == "CONTENT_REFUSED"
    shouted = send(api, joon, room, "LISTEN TO ME EVERYBODY")
    with app.engines.reads.connect() as connection:
        flag = connection.execute(sa.select(Flag.subject_kind, Flag.subject_id, Flag.author_id)).one()
    assert tuple(flag) == ("room_message", UUID(shouted["id"]), joon.id)


def test_a_message_costs_the_same_in_a_full_room(app: App, rooms: Rooms, room: UUID, joon: Person) -> None:
    rooms.say(joon, room, "to few")
    with sent(app) as few:
        rooms.say(joon, room, "to few")
    for number in range(5):
        rooms.join(make_person(app, f"guest{number}"), room)
    with sent(app) as many:
        rooms.say(joon, room, "to many")
    assert len(many) == len(few)


@pytest.mark.parametrize("way", [*WAYS, "muted by the reader"])
def test_lists_and_frames_leave_the_same_people_out(
    app: App,
    api: Api,
    rooms: Rooms,
    mina: Person,
    joon: Person,
    sora: Person,
    owner_engine: sa.Engine,
    ear: Callable[[UUID], Ear],
    said: Said,
    way: str,
) -> None:
    """Joon talks, Mina is apart from him, Sora is not."""
    room = rooms.open(sora)
    for person in (mina, joon):
        rooms.join(person, room)
    listening = ear(room)
    if way == "muted by the reader":
        api.put(f"/users/{joon.id}/mute", mina)
    else:
        vanish(app, owner_engine, joon, mina, way)
    rooms.say(joon, room, "psst")
    rooms.say(sora, room, "hello")
    heard = listening.heard()
    is_apart_from_all = "block" not in way and "mute" not in way
    for reader, hears in ((mina, False), (sora, not is_apart_from_all)):
        assert heard[0].reaches(reader.id, "") is hears
        assert ("psst" in said(reader, room)) is hears
        assert heard[1].reaches(reader.id, "")
    assert "joined joon" not in said(mina, room)
    if not is_apart_from_all:
        with app.reading() as services:
            assert hidden_from(services[sa.orm.Session], room, joon.id) == [mina.id]


def test_signs_of_typing_keep_apart_who_is_apart(
    app: App,
    api: Api,
    rooms: Rooms,
    room: UUID,
    mina: Person,
    joon: Person,
    sora: Person,
    ear: Callable[[UUID], Ear],
) -> None:
    rooms.join(sora, room)
    api.put(f"/users/{joon.id}/block", sora)
    listening = ear(room)
    with app.work() as services:
        services[RoomTalk].typing(caller_of(joon), room, is_typing=True)
    [sign] = listening.heard()
    assert [sign.reaches(person.id, "") for person in (mina, joon, sora)] == [True, False, False]
