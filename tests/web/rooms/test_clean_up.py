"""What is over goes: messages after 30 days, closed rooms, places, bans; and all of who is erased."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.rooms.conftest import Rooms
from web.core.app import App
from web.rooms import jobs, my_data
from web.rooms.models import Room, RoomBan, RoomMessage, RoomPlace

RunJobs = Callable[[], int]
Said = Callable[[Person, UUID], list[str]]


def clean_up(app: App, run_jobs: RunJobs) -> None:
    with app.work() as services:
        jobs.clean_up(services)
    while run_jobs():
        pass


def rows(app: App, table: type[Any]) -> int:
    with app.engines.reads.connect() as connection:
        return connection.scalars(sa.select(sa.func.count()).select_from(table)).one()


def test_messages_are_kept_for_30_days(
    app: App, rooms: Rooms, room: UUID, mina: Person, clock: Any, run_jobs: RunJobs
) -> None:
    clock.moment += timedelta(days=1)
    rooms.say(mina, room, "a day later")
    clock.moment += timedelta(days=29, seconds=1)
    clean_up(app, run_jobs)
    with app.engines.reads.connect() as connection:
        kept = connection.scalars(sa.select(RoomMessage.body).order_by(RoomMessage.seq)).all()
    assert kept == ["a day later", ""]  # and that Joon, who was away, left


def test_what_is_too_old_is_shown_to_nobody_before_it_is_deleted(
    app: App,
    api: Api,
    rooms: Rooms,
    room: UUID,
    mina: Person,
    joon: Person,
    clock: Any,
    said: Said,
    owner_engine: sa.Engine,
) -> None:
    replay = app.topics["room"].replay
    assert replay is not None
    old = rooms.say(mina, room, "old")
    with owner_engine.begin() as connection:
        connection.execute(sa.update(RoomMessage).values(created_at=clock.moment - timedelta(days=30)))
    rooms.say(mina, room, "newer")
    assert said(joon, room)[2:] == ["old", "newer"]
    clock.moment += timedelta(microseconds=1)
    assert said(joon, room) == ["newer"]
    api.delete(f"/rooms/{room}/messages/{old.id}", mina, status=404)
    with app.reading() as services:
        assert replay(services, joon.id, room, old.seq - 1) is None  # to be read anew
        [(_, frame)] = replay(services, joon.id, room, old.seq) or []
    assert frame["data"]["body"] == "newer"
    assert rows(app, RoomMessage) == 4


def test_many_messages_go_some_at_a_time(
    app: App,
    rooms: Rooms,
    room: UUID,
    mina: Person,
    clock: Any,
    run_jobs: RunJobs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    monkeypatch.setattr(jobs, "_OLD", jobs._OLD.limit(2))
    for _ in range(3):
        rooms.say(mina, room, "old")
    clock.moment += timedelta(days=29)
    rooms.say(mina, room, "new")
    clock.moment += timedelta(days=2)
    clean_up(app, run_jobs)
    assert rows(app, RoomMessage) == 2  # and that Joon, who was away, left


def test_what_is_closed_left_or_over_goes(
    app: App,
    api: Api,
    rooms: Rooms,
    room: UUID,
    mina: Person,
    joon: Person,
    sora: Person,
    clock: Any,
    run_jobs: RunJobs,
) -> None:
    other = rooms.open(sora)
    rooms.join(joon, other)
    api.post(f"/rooms/{other}/kick", {"user_id": str(joon.id), "minutes": 5}, sora, status=204)
    api.delete(f"/rooms/{room}", mina)
    clock.moment += timedelta(days=20)
    clean_up(app, run_jobs)
    assert (rows(app, Room), rows(app, RoomBan)) == (2, 0)
    rooms.say(sora, other, "still here")
    clock.moment += timedelta(days=11)
    clean_up(app, run_jobs)
    assert (rows(app, Room), rows(app, RoomPlace)) == (1, 1)


def erase(app: App, person: Person) -> None:
    with app.work() as services:
        my_data.erase(services, person.id, keeps_content=True)


def test_nothing_of_an_erased_member_is_left(
    app: App, api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, sora: Person, said: Any
) -> None:
    alone = rooms.open(mina, name="alone")
    banned = rooms.open(sora)
    api.post(f"/rooms/{banned}/ban", {"user_id": str(mina.id)}, sora, status=204)
    rooms.say(mina, room, "by M")
    rooms.say(joon, room, "by J")
    for _ in range(2):
        erase(app, mina)
    assert said(joon, room) == ["joined joon", "by J", "made_host joon"]
    seen = api.get(f"/rooms/{room}", joon)
    assert (seen["my_role"], seen["participant_count"]) == ("host", 1)
    api.get(f"/rooms/{alone}", joon, status=404)
    with app.engines.reads.connect() as connection:
        for column in (Room.host_id, RoomPlace.member_id, RoomBan.member_id, RoomMessage.member_id):
            assert mina.id not in set(connection.scalars(sa.select(column)))


def test_a_ban_outlives_the_admin_who_gave_it(
    app: App, api: Api, rooms: Rooms, room: UUID, mina: Person, joon: Person, sora: Person
) -> None:
    api.post(f"/rooms/{room}/ban", {"user_id": str(sora.id)}, mina, status=204)
    erase(app, mina)
    [ban] = api.get(f"/rooms/{room}/bans", joon)["items"]
    assert ban["user"]["username"] == "sora"
