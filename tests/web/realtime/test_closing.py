"""When and how the server ends a socket."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest
import websocket

from pipelines.relay import Relay
from tests.eventually import eventually
from tests.factories import Person
from tests.programs import Realtime
from tests.web.realtime.conftest import TIMEOUT, Client, Connect
from tests.web.realtime.test_replay import emit
from web.accounts.sessions.service import SessionService
from web.core.app import App

DROPPED = 'plaza_sockets_dropped_total{reason="too slow"}'


@pytest.fixture
def own_realtime(environment: dict[str, str], tmp_path: Path) -> Iterator[Realtime]:
    """A socket process of one test, which may end it."""
    program = Realtime(environment, tmp_path)
    program.start()
    yield program
    program.stop()


def open_at(program: Realtime, who: Person) -> Client:
    """A greeted socket at another process."""
    client = Client(
        websocket.create_connection(
            program.address(), header=who.headers, timeout=TIMEOUT, suppress_origin=True
        )
    )
    assert client.read()["event"] == "connected"
    return client


def test_the_sockets_of_a_session_that_ended_are_closed(join: Connect, app: App, mina: Person) -> None:
    with app.work() as services:
        other_session = services[SessionService].open(mina.id, client="web")
    phone = join(mina)
    with app.work() as services:
        services[SessionService].revoke(other_session)
    assert phone.ask("ping") == {"ok": {}}
    with app.work() as services:
        services[SessionService].revoke(mina.session_id)
    assert phone.close_code() == 4001


def test_who_does_not_read_is_closed_with_4008_and_others_are_not_held_up(
    join: Connect, realtime: Realtime, app: App, relay: Relay, mina: Person, joon: Person
) -> None:
    sleeper = websocket.create_connection(
        realtime.address(),
        header=mina.headers,
        timeout=TIMEOUT,
        suppress_origin=True,
        sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)],
    )
    reader = join(mina)
    dropped = realtime.metric(DROPPED)
    sent = 0
    while realtime.metric(DROPPED) == dropped:
        emit(app, joon, mina, 100)
        sent += 100
        for _ in range(100):
            reader.read()
    assert Client(sleeper).close_code() == 4008
    emit(app, joon, mina, 1)
    assert reader.read()["seq"] == sent + 1


def test_a_process_that_stops_says_goodbye(own_realtime: Realtime, mina: Person) -> None:
    client = open_at(own_realtime, mina)
    own_realtime.process.terminate()
    goodbye = client.read()
    assert (goodbye["event"], goodbye["data"]["reason"]) == ("bye", "restart")
    assert 250 <= goodbye["data"]["retry_after_ms"] <= 5000
    opcode, data = client.socket.recv_data()
    assert (opcode, data[:2]) == (websocket.ABNF.OPCODE_CLOSE, (1001).to_bytes(2))
    assert own_realtime.process.wait(TIMEOUT) == 0


def test_a_process_whose_hub_has_died_ends(own_realtime: Realtime, app: App, mina: Person) -> None:
    open_at(own_realtime, mina)
    app.valkey.publish(app.valkey.key("user", mina.id), b"what no relay sends")
    assert own_realtime.process.wait(TIMEOUT) == 70
    assert "hub_greenlet_ended" in own_realtime.log.read_text()


def test_sockets_are_counted(join: Connect, realtime: Realtime, mina: Person) -> None:
    eventually(lambda: realtime.metric("plaza_sockets") == 0)
    client = join(mina)
    assert realtime.metric("plaza_sockets") == 1
    client.socket.close()
    eventually(lambda: realtime.metric("plaza_sockets") == 0)


def test_ready_means_that_published_messages_arrive(realtime: Realtime) -> None:
    answer = httpx.get(f"{realtime.url}/readyz")
    assert orjson.loads(answer.content) == {"status": "ok", "problems": []}
