"""What was missed is sent again: every frame once, in order, or an honest ``resync``."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipelines.relay import Relay
from tests.eventually import eventually
from tests.factories import Person
from tests.outages import database_away
from tests.programs import Realtime
from tests.servers import TestServers
from tests.web.realtime.conftest import Client, Connect
from web.accounts.models import Account
from web.core.app import App
from web.core.events import EventLog
from web.core.inbox import Inbox
from web.core.models import EventRow, InboxEntry, InboxHead, Job
from web.graph.events import MemberFollowed


def emit(app: App, follower: Person, followed: Person, times: int) -> None:
    """Events that the followed receives."""
    with app.work() as services:
        for _ in range(times):
            services[EventLog].emit(MemberFollowed(follower_id=follower.id, followed_id=followed.id))


def put_into_inbox(app: App, follower: Person, followed: Person, times: int) -> None:
    """What a relay does that dies before it has published anything."""
    emit(app, follower, followed, times)
    with app.work() as services:
        session = services[Session]
        events = sa.select(EventRow).where(EventRow.name == "member_followed").order_by(EventRow.id)
        services[Inbox].deliver(list(session.execute(events.with_only_columns(*EventRow.__table__.c))))
        session.execute(sa.delete(Job))


def numbers(client: Client, count: int) -> list[int]:
    """The numbers of the next frames."""
    return [client.read()["seq"] for _ in range(count)]


def test_one_comes_back_with_the_last_number_and_gets_the_rest(
    connect: Connect, app: App, mina: Person, joon: Person
) -> None:
    put_into_inbox(app, joon, mina, 250)
    client = connect(mina, last_seq=3)
    assert client.read()["seq"] == 250
    assert numbers(client, 247) == list(range(4, 251))
    assert client.ask("ping") == {"ok": {}}


def test_without_a_number_one_begins_now(connect: Connect, app: App, mina: Person, joon: Person) -> None:
    put_into_inbox(app, joon, mina, 5)
    client = connect(mina)
    assert client.read()["seq"] == 5
    emit(app, joon, mina, 1)
    Relay(app).deliver_due()
    assert client.read()["seq"] == 6


def test_one_may_also_ask_later(join: Connect, app: App, mina: Person, joon: Person) -> None:
    put_into_inbox(app, joon, mina, 5)
    client = join(mina)
    client.ask("subscribe", data={"last_seq": 2})
    assert numbers(client, 3) == [3, 4, 5]


def test_a_number_that_was_never_given_means_to_start_over(
    join: Connect, app: App, mina: Person, joon: Person
) -> None:
    put_into_inbox(app, joon, mina, 2)
    client = join(mina, last_seq=77)
    assert client.read() == {"event": "resync", "channel": f"user:{mina.id}", "seq": 2, "data": {}}
    put_into_inbox(app, joon, mina, 1)
    assert client.read()["seq"] == 3


def test_what_was_cleaned_away_means_to_start_over(
    join: Connect, app: App, mina: Person, joon: Person
) -> None:
    put_into_inbox(app, joon, mina, 4)
    with app.work() as services:
        services[Session].execute(sa.delete(InboxEntry).where(InboxEntry.seq <= 2))
    assert join(mina, last_seq=1).read()["event"] == "resync"
    assert numbers(join(mina, last_seq=2), 2) == [3, 4]
    with app.work() as services:
        services[Session].execute(sa.delete(InboxEntry))
    assert join(mina, last_seq=3).read()["event"] == "resync"


def test_too_much_to_send_means_to_start_over(join: Connect, app: App, mina: Person, joon: Person) -> None:
    put_into_inbox(app, joon, mina, 1001)
    assert join(mina, last_seq=0).read()["event"] == "resync"
    client = join(mina, last_seq=1)
    assert numbers(client, 1000) == list(range(2, 1002))


def test_what_was_never_published_is_found(join: Connect, app: App, mina: Person, joon: Person) -> None:
    client = join(mina)
    put_into_inbox(app, joon, mina, 3)
    assert numbers(client, 3) == [1, 2, 3]


def test_a_live_frame_waits_for_those_before_it(join: Connect, app: App, mina: Person, joon: Person) -> None:
    client = join(mina)
    put_into_inbox(app, joon, mina, 150)
    emit(app, joon, mina, 50)
    Relay(app).deliver_due()
    assert numbers(client, 200) == list(range(1, 201))


def test_a_frame_that_comes_twice_is_sent_once(join: Connect, app: App, mina: Person, joon: Person) -> None:
    client = join(mina)
    channel = app.valkey.key("user", mina.id)
    put_into_inbox(app, joon, mina, 2)
    for message in (b'1 {"seq":1}', b'1 {"seq":1}', b'2 {"seq":2}', b'1 {"seq":1}', b'2 {"seq":2}'):
        app.valkey.publish(channel, message)
    assert numbers(client, 2) == [1, 2]
    assert client.ask("ping") == {"ok": {}}


def test_a_bare_number_sends_the_hub_to_the_inbox(
    join: Connect, app: App, mina: Person, joon: Person
) -> None:
    client = join(mina)
    put_into_inbox(app, joon, mina, 1)
    app.valkey.publish(app.valkey.key("user", mina.id), b"1")
    assert client.read()["data"]["follower_name"] == "Joon"


def test_a_replay_shows_things_as_they_are_now_and_leaves_out_who_is_gone(
    join: Connect, app: App, mina: Person, joon: Person, sora: Person
) -> None:
    put_into_inbox(app, joon, mina, 1)
    put_into_inbox(app, sora, mina, 1)
    with app.work() as services:
        session = services[Session]
        session.execute(sa.update(Account).where(Account.id == sora.id).values(nickname="Sora the second"))
        session.execute(sa.delete(Account).where(Account.id == joon.id))
    frame: Any = join(mina, last_seq=0).read()
    assert (frame["seq"], frame["data"]["follower_name"]) == (2, "Sora the second")


def test_a_restored_database_makes_clients_start_over(
    join: Connect, app: App, mina: Person, joon: Person
) -> None:
    put_into_inbox(app, joon, mina, 5)
    client = join(mina)
    with app.work() as services:
        services[Session].execute(sa.update(InboxHead).values(last_seq=3))
        services[Session].execute(sa.delete(InboxEntry).where(InboxEntry.seq > 3))
    frame = client.read()
    assert (frame["event"], frame["seq"]) == ("resync", 3)


def test_sockets_outlive_the_database_being_away(
    join: Connect,
    app: App,
    servers: TestServers,
    environment: dict[str, str],
    realtime: Realtime,
    mina: Person,
    joon: Person,
) -> None:
    client = join(mina)
    already = len(realtime.log.read_text())
    with database_away(servers, environment):
        assert client.ask("ping") == {"ok": {}}
        client.ask("subscribe", data={"last_seq": 0})
        for noted in ("audit_failed", "session_check_failed", "replay_postponed"):
            eventually(lambda noted=noted: noted in realtime.log.read_text()[already:])
    app.engines.dispose()
    put_into_inbox(app, joon, mina, 2)
    assert numbers(client, 2) == [1, 2]
