"""The echo: the code that all sockets go through, with nothing behind it."""

import hashlib
import os
import socket
import struct
from collections.abc import Iterator

import pytest
import websocket

from tests.factories import Person
from tests.programs import Realtime
from tests.web.realtime.conftest import TIMEOUT, Connect
from tests.web.realtime.test_closing import own_realtime as own_realtime
from tests.web.realtime.test_door import refused

MEBIBYTE = 1024 * 1024


@pytest.fixture
def echo(realtime: Realtime) -> Iterator[websocket.WebSocket]:
    """A socket of nobody."""
    opened = websocket.create_connection(realtime.address("/ws/echo"), timeout=TIMEOUT, suppress_origin=True)
    yield opened
    opened.shutdown()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_536, 4 * MEBIBYTE])
def test_it_says_back_text_and_bytes(echo: websocket.WebSocket, size: int) -> None:
    text, data = "é" * size, os.urandom(size)
    echo.send(text)
    assert echo.recv() == text
    echo.send_binary(data)
    assert digest(echo.recv()) == digest(data)


def digest(data: str | bytes) -> str:
    """Short enough to be shown when it differs."""
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()


def test_sixteen_mebibytes_in_small_pieces_come_back_whole(echo: websocket.WebSocket) -> None:
    data, piece = os.urandom(16 * MEBIBYTE), 64 * 1024
    for start in range(0, len(data), piece):
        opcode = websocket.ABNF.OPCODE_CONT if start else websocket.ABNF.OPCODE_BINARY
        is_last = int(start + piece >= len(data))
        echo.send_frame(websocket.ABNF(is_last, 0, 0, 0, opcode, 1, data[start : start + piece]))
    assert digest(echo.recv()) == digest(data)


def test_more_than_that_is_refused_and_the_reason_arrives(echo: websocket.WebSocket) -> None:
    header = b"\x82\xff" + struct.pack("!Q", 16 * MEBIBYTE + 1) + bytes(4)
    echo.sock.sendall(header + b"x" * MEBIBYTE)
    opcode, data = echo.recv_data()
    assert (opcode, data[:2]) == (websocket.ABNF.OPCODE_CLOSE, (1009).to_bytes(2))


def test_who_sends_much_without_reading_is_waited_for(realtime: Realtime) -> None:
    client = websocket.create_connection(
        realtime.address("/ws/echo"),
        timeout=TIMEOUT,
        suppress_origin=True,
        sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)],
    )
    messages = [os.urandom(65_536) for _ in range(500)]  # more than queue and buffers hold
    client.sock.settimeout(0.5)
    sent = 0
    try:
        for message in messages:
            client.send_binary(message)
            sent += 1
    except websocket.WebSocketTimeoutException:
        """Neither side has room any more: what has gone out whole comes back."""
    client.sock.settimeout(TIMEOUT)
    for message in messages[:sent]:
        assert client.recv() == message
    assert 0 < sent < len(messages)
    client.shutdown()


def test_what_comes_before_the_handshake_is_answered_is_not_lost(realtime: Realtime) -> None:
    request = (
        f"GET /ws/echo HTTP/1.1\r\nHost: 127.0.0.1:{realtime.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    frame = websocket.ABNF.create_frame("early", websocket.ABNF.OPCODE_TEXT).format()
    with socket.create_connection(("127.0.0.1", realtime.port), TIMEOUT) as client:
        client.sendall(request.encode() + frame)
        answer = b""
        while not answer.endswith(b"\x81\x05early"):
            received = client.recv(4096)
            assert received, answer
            answer += received
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer  # RFC 6455 §1.3


def test_it_is_served_only_where_it_is_asked_for(
    own_realtime: Realtime, connect: Connect, mina: Person
) -> None:
    assert refused(connect, mina, "/ws/echo", at=own_realtime) == 404
