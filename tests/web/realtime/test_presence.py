"""Who is online is told to those who may know, whichever process they are connected to."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from tests.eventually import eventually
from tests.factories import Person, befriend
from tests.outages import database_away
from tests.programs import Realtime
from tests.servers import TestServers
from tests.web.conftest import Api
from tests.web.realtime.conftest import Client, Connect
from web.accounts.models import Session
from web.accounts.presence import ONLINE_WITHIN
from web.accounts.schemas.settings import PrivacyChange
from web.accounts.sessions.uses import SessionUses
from web.accounts.settings import SettingsService
from web.core.app import App
from web.core.followers import Followers
from web.core.ids import new_id
from web.graph.service import GraphService
from web.realtime import presence
from web.realtime.connection import Connection
from web.realtime.hub import Hub


def watch(client: Client, *people: Person) -> list[dict[str, Any]]:
    """Watch people; how they are now."""
    ids = [str(person.id) for person in people]
    members: list[dict[str, Any]] = client.ask("subscribe", channel="presence", data={"user_ids": ids})["ok"][
        "members"
    ]
    return members


def update(client: Client) -> tuple[str, bool]:
    """The next thing told."""
    frame = client.read()
    assert (frame["event"], frame["channel"]) == ("presence.update", "presence")
    assert frame["data"]["last_seen_at"] is not None
    return frame["data"]["user_id"], frame["data"]["online"]


def test_coming_and_going_is_told(join: Connect, app: App, mina: Person, joon: Person) -> None:
    phone = join(mina)
    assert [member["online"] for member in watch(phone, mina, joon)] == [True, False]
    other = join(joon)
    assert update(phone) == (str(joon.id), True)
    assert Followers(app.valkey).online([mina.id, joon.id, new_id()]) == {mina.id, joon.id}
    other.socket.close()
    assert update(phone) == (str(joon.id), False)
    assert Followers(app.valkey).online([joon.id]) == set()


def test_one_is_online_while_any_process_has_a_socket_of_theirs(
    join: Connect, second: Realtime, mina: Person, joon: Person, sora: Person
) -> None:
    phone = join(mina)
    watch(phone, joon, sora)
    here, there = join(joon), join(joon, at=second)
    assert update(phone) == (str(joon.id), True)
    here.socket.close()
    join(sora, at=second).socket.close()  # comes and goes later; by then joon's going would have been told
    assert [update(phone), update(phone)] == [(str(sora.id), True), (str(sora.id), False)]
    there.socket.close()
    assert update(phone) == (str(joon.id), False)


def test_who_does_not_show_it_or_is_blocked_is_as_unknown(
    join: Connect, app: App, mina: Person, joon: Person, sora: Person
) -> None:
    nobody = Person(new_id(), "nobody", new_id(), {})
    with app.work() as services:
        services[GraphService].block(sora.id, mina.id)
    hide(app, joon)
    phone = join(mina)
    join(joon), join(sora)
    for member in watch(phone, joon, sora, nobody):
        assert (member["online"], member["last_seen_at"]) == (None, None)


def test_hiding_counts_at_once(join: Connect, app: App, mina: Person, joon: Person, sora: Person) -> None:
    phone = join(mina)
    watch(phone, joon, sora)
    hide(app, joon)
    join(joon)
    join(sora)
    assert update(phone) == (str(sora.id), True)


def hide(app: App, who: Person) -> None:
    """Let somebody not show whether they are online."""
    with app.work() as services:
        services[SettingsService].set_privacy(who.id, PrivacyChange(online_status_visible=False))


def test_looking_once_follows_nobody(join: Connect, mina: Person, joon: Person, sora: Person) -> None:
    phone = join(mina)
    ids = [str(joon.id)]
    (member,) = phone.ask("presence", data={"user_ids": ids})["ok"]["members"]
    assert member["online"] is False
    watch(phone, sora)
    join(joon), join(sora)
    assert update(phone) == (str(sora.id), True)
    assert phone.ask("unsubscribe", channel="presence") == {"ok": {"channel": "presence"}}


def test_more_than_a_hundred_are_refused(join: Connect, mina: Person) -> None:
    ids = [str(new_id()) for _ in range(101)]
    answer = join(mina).ask("subscribe", channel="presence", data={"user_ids": ids})
    assert answer["error"]["code"] == "VALIDATION_FAILED"


def test_a_session_with_a_socket_is_in_use(app: App, mina: Person, joon: Person, api: Api) -> None:
    befriend(app, mina, joon)
    with app.work() as services:
        long_ago = app.clock.now() - 2 * ONLINE_WITHIN
        services[DbSession].execute(sa.update(Session).values(last_used_at=long_ago))
    hub = Hub(app)
    assert api.get("/friends/online", mina)["items"] == []
    hub.note_uses({joon.session_id})
    app.value(SessionUses).flush()
    assert [friend["id"] for friend in api.get("/friends/online", mina)["items"]] == [str(joon.id)]


def test_what_changed_while_the_database_was_away_is_told_when_it_is_back(
    join: Connect,
    app: App,
    servers: TestServers,
    environment: dict[str, str],
    realtime: Realtime,
    mina: Person,
    joon: Person,
) -> None:
    phone, other = join(mina), join(joon)
    watch(phone, joon)
    already = len(realtime.log.read_text())
    with database_away(servers, environment):
        other.socket.close()
        eventually(lambda: "presence_not_told" in realtime.log.read_text()[already:])
    app.engines.dispose()
    assert update(phone) == (str(joon.id), False)


def test_however_many_are_watched_each_is_told_of(
    app: App, monkeypatch: pytest.MonkeyPatch, mina: Person, joon: Person, sora: Person
) -> None:
    monkeypatch.setattr(presence, "PAIRS_AT_ONCE", 1)
    hub = Hub(app)
    with connection_of(mina) as (connection, client):
        hub.presence.watch(connection, [joon.id, sora.id])
        hub.presence.look_around()
        hub.presence._flush()
        told = client.recv(10_000)
        assert [told.count(str(person.id).encode()) for person in (joon, sora)] == [1, 1]


def test_a_socket_that_is_gone_watches_nobody(app: App, mina: Person, joon: Person) -> None:
    hub = Hub(app)
    with connection_of(mina) as (connection, _):
        connection.close(1000)
        hub.presence.watch(connection, [joon.id])
        assert not hub.presence._watchers


@contextmanager
def connection_of(who: Person) -> Iterator[tuple[Connection, socket.socket]]:
    """A connection, and the client's end of it."""
    server, client = socket.socketpair()
    with server, client:
        client.settimeout(10)
        connection = Connection(server, b"", who.id, who.session_id)
        yield connection, client
        connection.cut()
