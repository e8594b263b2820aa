"""Whatever happens in a room at the same moment, it adds up."""

import random
from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.factories import Person, make_person
from tests.web.rooms.conftest import Rooms
from tests.web.together import meanwhile, together
from web.core.app import App
from web.core.errors import DomainError, NotFound
from web.core.services import Services
from web.graph.service import GraphService
from web.rooms import my_data
from web.rooms.doors import RoomDoors
from web.rooms.models import Room, RoomMessage, RoomPlace
from web.rooms.order import RoomOrder


class Crowd:
    """People who do everything that can be done in a room, again and again."""

    def __init__(self, app: App, rooms: Rooms, room: UUID, people: list[Person]) -> None:
        self._app, self._rooms, self._room, self._people = app, rooms, room, people

    def live(self, person: Person, seed: int) -> None:
        """Ten things, whether they are allowed or not; nothing but a DomainError may come of it."""
        chance = random.Random(seed)
        for _ in range(10):
            act = chance.choice(
                (self._join, self._join, self._leave, self._say, self._kick, self._ban, self._admin)
            )
            try:
                act(person, chance.choice(self._people))
            except DomainError as error:
                assert error.status < 500  # noqa: PT017

    def _join(self, person: Person, _: Person) -> None:
        self._rooms.join(person, self._room)

    def _leave(self, person: Person, _: Person) -> None:
        self._rooms.leave(person, self._room)

    def _say(self, person: Person, _: Person) -> None:
        self._rooms.say(person, self._room, "hi")

    def _kick(self, person: Person, other: Person) -> None:
        with self._app.work() as services:
            services[RoomOrder].kick(person.id, self._room, other.id, 1)

    def _ban(self, person: Person, other: Person) -> None:
        with self._app.work() as services:
            services[RoomOrder].ban(person.id, self._room, other.id)
            services[RoomOrder].unban(person.id, self._room, other.id)

    def _admin(self, person: Person, other: Person) -> None:
        with self._app.work() as services:
            services[RoomOrder].make_admin(person.id, self._room, other.id)


@pytest.mark.parametrize("seed", range(3))
def test_it_adds_up(app: App, rooms: Rooms, mina: Person, seed: int) -> None:
    room = rooms.open(mina, max_participants=5)
    people = [mina, *(make_person(app, f"guest{number}") for number in range(5))]
    crowd = Crowd(app, rooms, room, people)
    together([partial(crowd.live, person, seed * 100 + number) for number, person in enumerate(people)])
    with app.engines.reads.connect() as connection:
        inside = sa.select(RoomPlace.member_id).where(RoomPlace.left_at.is_(None))
        members = set(connection.scalars(inside))
        found = connection.execute(sa.select(Room)).one()
        numbers = connection.scalars(sa.select(RoomMessage.seq).order_by(RoomMessage.seq)).all()
    assert found.participant_count == len(members) <= 5
    assert (found.host_id in members) is (found.closed_at is None)
    assert list(numbers) == list(range(1, found.last_seq + 1))


def test_hosts_who_are_erased_while_others_leave_leave_a_host(app: App, rooms: Rooms, mina: Person) -> None:
    people = [make_person(app, f"guest{number}") for number in range(5)]
    halls = [rooms.open(mina), rooms.open(mina)]
    for hall in halls:
        for person in people:
            rooms.join(person, hall)

    def erase() -> None:
        with app.work() as services:
            my_data.erase(services, mina.id, keeps_content=False)

    def leave(person: Person) -> None:
        for hall in halls:
            rooms.leave(person, hall)

    actions: list[Callable[[], None]] = [erase, *(partial(leave, person) for person in people[:4])]
    together(actions)
    with app.engines.reads.connect() as connection:
        found = connection.execute(sa.select(Room.host_id, Room.participant_count)).all()
    assert [tuple(row) for row in found] == [(people[4].id, 1)] * 2


def inside(app: App) -> set[UUID]:
    with app.engines.reads.connect() as connection:
        return set(connection.scalars(sa.select(RoomPlace.member_id).where(RoomPlace.left_at.is_(None))))


def test_who_comes_in_waits_for_a_block_that_is_not_committed_yet(
    app: App, rooms: Rooms, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    room = rooms.open(mina)

    def come() -> type[Exception] | None:
        try:
            rooms.join(joon, room)
        except DomainError as error:
            return type(error)
        return None

    def block(services: Services) -> None:
        services[GraphService].block(mina.id, joon.id)

    assert meanwhile(app, owner_engine, block, come) is NotFound
    assert inside(app) == {mina.id}


def test_nobody_comes_in_to_a_host_who_is_one_at_that_moment_and_blocks_them(
    app: App, rooms: Rooms, room: UUID, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    with app.work() as services:
        services[GraphService].block(joon.id, sora.id)

    def come() -> type[Exception] | None:
        try:
            rooms.join(sora, room)
        except DomainError as error:
            return type(error)
        return None

    def leave(services: Services) -> None:
        services[RoomDoors].leave(mina.id, room)

    assert meanwhile(app, owner_engine, leave, come) is NotFound
    assert inside(app) == {joon.id}
