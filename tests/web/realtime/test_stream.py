"""One socket by itself: who waits for room in its queue, and what it keeps of what it was told."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import gevent
import pytest
from websockets.frames import CONT, TEXT, Frame

from web.realtime.frames import Wire, encode_text
from web.realtime.stream import MOST_WAITING, Stream


@pytest.fixture
def pair() -> Iterator[tuple[Stream, socket.socket]]:
    """A stream, and the client's end of it."""
    with ExitStack() as closing:
        server, client = (closing.enter_context(end) for end in socket.socketpair())
        stream = Stream(server, b"", 1000)
        yield stream, client
        stream.cut()


def read_on(client: socket.socket) -> None:
    """Read as much as there is, while others go on."""
    client.setblocking(False)
    while True:
        try:
            if not client.recv(65_536):
                return
        except BlockingIOError:
            gevent.sleep(0.001)


def test_all_who_wait_for_room_go_on_when_there_is_some(pair: tuple[Stream, socket.socket]) -> None:
    stream, client = pair
    frame = encode_text(os.urandom(4096).hex().encode())
    while len(stream._queue) <= MOST_WAITING // 2 + 64:
        stream.send(frame)
        gevent.sleep(0)  # lets the writer fill the buffers
    waiting = [gevent.spawn(stream.wait_for_room) for _ in range(3)]
    gevent.sleep(0)
    assert not any(greenlet.dead for greenlet in waiting)
    reader = gevent.spawn(read_on, client)
    assert len(gevent.joinall(waiting, timeout=5)) == 3
    assert not stream.closing
    reader.kill()


def test_pieces_of_nothing_take_no_memory() -> None:
    wire = Wire(1000)
    piece = Frame(CONT, b"", False).serialize(mask=True)
    wire.feed(Frame(TEXT, b"a", False).serialize(mask=True) + piece * 10_000)
    assert len(wire._parts) == 1
    assert list(wire.feed(Frame(CONT, b"b").serialize(mask=True))) == ["ab"]
