"""Coming into rooms and leaving them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.rooms.conftest import Rooms
from tests.web.together import together
from tests.web.vanishing import set_columns
from web.core.app import App
from web.core.events import Event
from web.core.throttle import Throttle
from web.rooms import doors, jobs, service
from web.rooms.errors import RoomFull
from web.rooms.events import RoomClosed, RoomJoined, RoomLeft
from web.rooms.models import Room, RoomPlace

Said = Callable[[Person, UUID], list[str]]


def counts(app: App, room_id: UUID) -> tuple[int, int]:
    """The counter of a room, and what it counts."""
    counted = sa.select(sa.func.count()).where(RoomPlace.room_id == room_id, RoomPlace.left_at.is_(None))
    with app.engines.reads.connect() as connection:
        counter = connection.scalars(sa.select(Room.participant_count).where(Room.id == room_id)).one()
        return counter, connection.scalars(counted).one()


def test_joining_and_leaving_twice_is_once(
    app: App,
    api: Api,
    room: UUID,
    sora: Person,
    said: Said,
    emitted: Callable[..., list[Event]],
    mina: Person,
) -> None:
    for _ in range(2):
        joined = api.post(f"/rooms/{room}/join", None, sora, status=200)
        assert (joined["my_role"], joined["participant_count"]) == ("participant", 3)
    assert said(mina, room) == ["joined mina", "joined joon", "joined sora"]
    for _ in range(2):
        api.post(f"/rooms/{room}/leave", None, sora, status=204)
    assert said(mina, room)[3:] == ["left sora"]
    assert counts(app, room) == (2, 2)
    assert emitted()[-2:] == [
        RoomJoined(member_id=sora.id, room_id=room),
        RoomLeft(member_id=sora.id, room_id=room),
    ]
    api.post(f"/rooms/{room}/join", None, sora, status=200)
    assert counts(app, room) == (3, 3)


def test_only_who_is_in_it_reads_talks_and_sees_who_is_there(api: Api, room: UUID, sora: Person) -> None:
    for path in ("participants", "messages"):
        assert api.get(f"/rooms/{room}/{path}", sora, status=403)["error"]["code"] == "NOT_IN_ROOM"
    assert api.get(f"/rooms/{room}", sora)["my_role"] is None


def test_who_is_there_the_longest_first(
    api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, sora: Person
) -> None:
    rooms.join(sora, room)
    api.put(f"/rooms/{room}/admins/{sora.id}", mina)
    people = api.every_page(f"/rooms/{room}/participants", joon)
    assert [(each["user"]["username"], each["role"]) for each in people] == [
        ("mina", "host"),
        ("joon", "participant"),
        ("sora", "admin"),
    ]


@pytest.mark.parametrize("body", [None, {"password": "wrong"}])
def test_a_password_keeps_the_door(api: Api, rooms: Rooms, mina: Person, joon: Person, body: Any) -> None:
    room = rooms.open(mina, password="sesame")
    refused = api.post(f"/rooms/{room}/join", body, joon, status=403)
    assert refused["error"]["code"] == "ROOM_PASSWORD_WRONG"
    api.post(f"/rooms/{room}/join", {"password": "sesame"}, joon, status=200)
    api.post(f"/rooms/{room}/join", None, joon, status=200)  # who is in it needs none


def test_guessing_passwords_comes_to_an_end(
    app: App, api: Api, rooms: Rooms, mina: Person, joon: Person
) -> None:
    room = rooms.open(mina, password="sesame")
    limits = replace(app.settings.limits, login="2/minute")
    usual = app.value(Throttle)
    app.add_value(Throttle, Throttle(replace(app.settings, limits=limits), app.valkey))
    try:
        for _ in range(2):
            api.post(f"/rooms/{room}/join", {"password": "guess"}, joon, status=403)
        refused = api.call("POST", f"/rooms/{room}/join", joon, {"password": "sesame"}, status=429)
    finally:
        app.add_value(Throttle, usual)
    assert int(refused.headers["Retry-After"]) > 0


def test_a_password_is_checked_without_holding_a_connection(
    app: App, rooms: Rooms, mina: Person, joon: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []

    def note(*given: Any) -> Any:
        held.append(app.engines.writes.pool.checkedout())  # type: ignore[attr-defined]
        return True if len(given) == 2 else "$argon2id$"

    monkeypatch.setattr(service, "hash_password", note)
    monkeypatch.setattr(doors, "verify_password", note)
    rooms.join(joon, rooms.open(mina, password="sesame"), "sesame")
    assert held == [0, 0]


def test_for_who_may_not_change_a_room_nothing_is_hashed(
    api: Api, room: UUID, joon: Person, sora: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(service, "hash_password", hashed.append)
    for who in (joon, sora):
        api.call("PATCH", f"/rooms/{room}", who, {"password": "sesame"}, status=403)
    assert hashed == []


def test_a_room_takes_no_more_than_it_has_places_for(app: App, rooms: Rooms, mina: Person) -> None:
    room = rooms.open(mina, max_participants=4)
    crowd = [make_person(app, f"guest{number}") for number in range(8)]

    def try_to_join(person: Person) -> bool:
        try:
            rooms.join(person, room)
        except RoomFull:
            return False
        return True

    assert sum(together([partial(try_to_join, person) for person in crowd])) == 3
    assert counts(app, room) == (4, 4)


def test_a_place_that_is_given_up_is_free(
    api: Api, rooms: Rooms, mina: Person, joon: Person, sora: Person
) -> None:
    room = rooms.open(mina, max_participants=2)
    rooms.join(joon, room)
    assert api.post(f"/rooms/{room}/join", None, sora, status=409)["error"]["code"] == "ROOM_FULL"
    rooms.leave(joon, room)
    api.post(f"/rooms/{room}/join", None, sora, status=200)


def test_joining_at_once_on_two_devices_is_joining_once(
    app: App, rooms: Rooms, room: UUID, sora: Person
) -> None:
    together([lambda: rooms.join(sora, room)] * 6)
    assert counts(app, room) == (3, 3)


def test_the_host_leaves_the_room_to_an_admin_or_who_was_there_first(
    api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, sora: Person, said: Said
) -> None:
    rooms.join(sora, room)
    api.put(f"/rooms/{room}/admins/{sora.id}", mina)
    rooms.leave(mina, room)
    assert api.get(f"/rooms/{room}", joon)["host"]["username"] == "sora"
    assert said(joon, room)[-2:] == ["left mina", "made_host sora"]
    rooms.leave(sora, room)
    assert api.get(f"/rooms/{room}", joon)["my_role"] == "host"
    api.post(f"/rooms/{room}/join", None, mina, status=200)
    assert api.get(f"/rooms/{room}", mina)["my_role"] == "participant"


def test_a_room_is_not_left_to_who_is_shut_out(
    api: Api,
    rooms: Rooms,
    room: UUID,
    mina: Person,
    joon: Person,
    sora: Person,
    owner_engine: sa.Engine,
    app: App,
) -> None:
    rooms.join(sora, room)
    set_columns(owner_engine, joon, banned_at=app.clock.now())
    rooms.leave(mina, room)
    assert api.get(f"/rooms/{room}", sora)["my_role"] == "host"


def test_the_last_one_closes_the_room(
    api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, emitted: Callable[..., list[Event]]
) -> None:
    for person in (joon, mina):
        rooms.leave(person, room)
    assert emitted()[-1] == RoomClosed(host_id=mina.id, room_id=room)
    api.get(f"/rooms/{room}", joon, status=404)


def test_when_all_leave_at_once_the_room_closes(app: App, rooms: Rooms, mina: Person) -> None:
    crowd = [make_person(app, f"guest{number}") for number in range(5)]
    room = rooms.open(mina)
    for person in crowd:
        rooms.join(person, room)
    together([partial(rooms.leave, person, room) for person in (mina, *crowd)])
    assert counts(app, room) == (0, 0)
    with app.engines.reads.connect() as connection:
        assert connection.scalars(sa.select(Room.closed_at)).one() is not None


def test_a_block_parts_a_host_and_a_guest(
    app: App, api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, run_jobs: Callable[[], int]
) -> None:
    theirs = rooms.open(joon)
    rooms.join(mina, theirs)
    api.put(f"/users/{joon.id}/block", mina)
    for person, other in ((mina, theirs), (joon, room)):
        api.get(f"/rooms/{other}", person, status=404)
        api.post(f"/rooms/{other}/join", None, person, status=404)
    while run_jobs():
        pass
    assert counts(app, room) == counts(app, theirs) == (1, 1)


def test_a_block_parts_a_guest_and_the_next_host(
    app: App,
    api: Api,
    rooms: Rooms,
    room: UUID,
    mina: Person,
    joon: Person,
    sora: Person,
    run_jobs: Callable[[], int],
) -> None:
    rooms.join(sora, room)
    api.put(f"/users/{sora.id}/block", joon)
    while run_jobs():
        pass
    assert counts(app, room) == (3, 3)  # both are guests
    rooms.leave(mina, room)
    while run_jobs():
        pass
    assert counts(app, room) == (1, 1)
    assert api.get(f"/rooms/{room}", joon)["my_role"] == "host"
    api.get(f"/rooms/{room}", sora, status=404)


def test_who_is_away_for_long_gives_up_their_place(
    app: App, rooms: Rooms, room: UUID, joon: Person, mina: Person, clock: Any, run_jobs: Callable[[], int]
) -> None:
    clock.moment += timedelta(days=20)
    rooms.say(mina, room, "hello?")
    clock.moment += timedelta(days=11)
    with app.work() as services:
        jobs.clean_up(services)
    while run_jobs():
        pass
    assert counts(app, room) == (1, 1)
