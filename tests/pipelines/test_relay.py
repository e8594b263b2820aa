"""The relay delivers everything once, whoever fails or dies on the way."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session

from pipelines.relay import Relay
from tests.eventually import eventually
from tests.factories import Person, make_person
from tests.outages import database_away
from tests.programs import RelayProcess
from tests.servers import TestServers
from web.cli.main import main
from web.core.app import App
from web.core.clock import FixedClock
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.models import EventRow, InboxEntry, Job
from web.graph.events import MemberFollowed


@pytest.fixture
def mina(app: App) -> Person:
    """Who follows."""
    return make_person(app, "mina")


@pytest.fixture
def joon(app: App) -> Person:
    """Who is followed, and told."""
    return make_person(app, "joon")


@pytest.fixture
def relay(app: App, environment: dict[str, str], tmp_path: Path) -> Iterator[RelayProcess]:
    """A running relay process."""
    program = RelayProcess(app, environment, tmp_path)
    program.start()
    yield program
    assert program.stop() == 0, program.log.read_text()


def emit(app: App, follower: Person, followed: Person, times: int = 1) -> list[UUID]:
    """Events that the followed receives; their ids."""
    event = MemberFollowed(follower_id=follower.id, followed_id=followed.id)
    with app.work() as services:
        return [services[EventLog].emit(event).id for _ in range(times)]


def inbox(app: App, who: Person) -> list[tuple[int, UUID]]:
    """A member's numbers and events."""
    entries = sa.select(InboxEntry.seq, InboxEntry.event_id).where(InboxEntry.member_id == who.id)
    with app.engines.reads.connect() as connection:
        return [(row.seq, row.event_id) for row in connection.execute(entries.order_by(InboxEntry.seq))]


def jobs(app: App) -> list[Any]:
    """The jobs of relays that there are."""
    with app.engines.reads.connect() as connection:
        return list(connection.execute(sa.select(Job).where(Job.queue == "relay")))


def test_events_are_delivered_in_their_order_and_their_jobs_are_gone(
    app: App, mina: Person, joon: Person
) -> None:
    ids = emit(app, mina, joon, 3)
    assert Relay(app).deliver_due() == 3
    assert inbox(app, joon) == [(1, ids[0]), (2, ids[1]), (3, ids[2])]
    assert jobs(app) == []
    assert Relay(app).deliver_due() == 0


def test_frames_are_published_to_the_members_channel(app: App, mina: Person, joon: Person) -> None:
    listener = app.valkey.client.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(app.valkey.key("user", joon.id))
    emit(app, mina, joon)
    Relay(app).deliver_due()
    received: list[bytes] = []

    def receive() -> bool:
        message = listener.get_message()
        received.extend([message["data"]] if message else [])
        return bool(received)

    eventually(receive)
    listener.close()
    number, _, frame = received[0].partition(b" ")
    assert number == b"1"
    assert frame.startswith(b'{"event":"user_followed","channel":"user:' + str(joon.id).encode())


def test_several_relays_share_the_work(app: App, mina: Person, joon: Person) -> None:
    ids = emit(app, mina, joon, 500)
    relays = [Thread(target=_deliver_all, args=(app,)) for _ in range(3)]
    for thread in relays:
        thread.start()
    for thread in relays:
        thread.join()
    entries = inbox(app, joon)
    assert [seq for seq, _ in entries] == list(range(1, 501))
    assert {event_id for _, event_id in entries} == set(ids)


def _deliver_all(app: App) -> None:
    relay = Relay(app)
    while relay.deliver_due() or jobs(app):
        pass


def test_a_poison_job_stops_nobody_ends_dead_and_can_be_tried_again(
    app: App, environment: dict[str, str], mina: Person, joon: Person, clock: FixedClock
) -> None:
    relay = Relay(app)
    with app.work() as services:
        services[JobLog].add("realtime.deliver", event_id=new_id())
    emit(app, mina, joon, 2)
    relay.deliver_due()
    assert [seq for seq, _ in inbox(app, joon)] == [1, 2]
    while not jobs(app)[0].dead_at:
        clock.moment = jobs(app)[0].due_at
        emit(app, mina, joon)
        relay.deliver_due()
    assert len(inbox(app, joon)) == 9, "each of the others was delivered at once"

    (dead,) = jobs(app)
    runner = CliRunner(env=environment)
    listed = runner.invoke(main, ["jobs", "--dead"])
    assert str(dead.id) in listed.output
    assert "LookupError: no event" in listed.output
    assert runner.invoke(main, ["jobs", "--requeue", str(new_id())]).exit_code == 1
    assert runner.invoke(main, ["jobs", "--requeue", str(dead.id)]).exit_code == 0
    assert (jobs(app)[0].dead_at, jobs(app)[0].attempts) == (None, 0)
    counted = [line.split()[:4] for line in runner.invoke(main, ["jobs"]).output.splitlines()]
    assert ["relay", "realtime.deliver", "1", "0"] in counted


def test_events_of_a_newer_version_wait_for_a_relay_that_knows_them(
    app: App, mina: Person, joon: Person
) -> None:
    row = {"id": new_id(), "name": "from_the_future", "actor_id": mina.id, "data": {}}
    with app.work() as services:
        services[Session].execute(sa.insert(EventRow), row | {"occurred_at": app.clock.now()})
        services[JobLog].add("realtime.deliver", event_id=row["id"])
    emit(app, mina, joon)
    assert Relay(app).deliver_due() == 2
    assert len(inbox(app, joon)) == 1
    (waiting,) = jobs(app)
    assert (waiting.attempts, waiting.last_error) == (0, None)
    assert waiting.due_at > app.clock.now()


def test_a_relay_killed_again_and_again_delivers_everything_once(
    app: App, relay: RelayProcess, mina: Person, joon: Person
) -> None:
    ids: list[UUID] = []
    for _ in range(3):
        for _ in range(10):
            ids += emit(app, mina, joon, 50)
        relay.kill()
        ids += emit(app, mina, joon, 50)
        relay.start()
    eventually(lambda: not jobs(app))
    entries = inbox(app, joon)
    assert [seq for seq, _ in entries] == list(range(1, len(ids) + 1))
    assert {event_id for _, event_id in entries} == set(ids)


def test_a_relay_goes_on_after_the_database_was_away(
    app: App,
    relay: RelayProcess,
    servers: TestServers,
    environment: dict[str, str],
    mina: Person,
    joon: Person,
) -> None:
    emit(app, mina, joon)
    with database_away(servers, environment):
        eventually(lambda: "database_unavailable" in relay.log.read_text())
    app.engines.dispose()
    emit(app, mina, joon)
    eventually(lambda: len(inbox(app, joon)) == 2)
    eventually(lambda: "database_back" in relay.log.read_text())
