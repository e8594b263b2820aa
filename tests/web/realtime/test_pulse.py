"""Peers that are gone without a word are found."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import gevent
import pytest

from tests.factories import Person
from web.core.app import App
from web.realtime import hub
from web.realtime.connection import Connection
from web.realtime.frames import encode_ping


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The server's and the client's end of a connection."""
    with ExitStack() as closing:
        server, client = (closing.enter_context(end) for end in socket.socketpair())
        client.settimeout(10)
        yield server, client


@pytest.mark.parametrize(("silence", "received"), [(0, encode_ping()), (hub.SILENT_SECONDS + 1, b"")])
def test_who_is_there_is_pinged_and_who_is_silent_is_cut_off(
    app: App, mina: Person, pair: tuple[socket.socket, socket.socket], silence: float, received: bytes
) -> None:
    server, client = pair
    connection = Connection(server, b"", mina.id, mina.session_id)
    connection.heard_at = time.monotonic() - silence
    here = hub.Hub(app)
    here._register(connection)
    here.take_pulses()
    gevent.sleep(0)  # lets the writer run
    assert client.recv(100) == received
    here.let_go(connection)
