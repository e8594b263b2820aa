"""Thousands of clients on sockets in one process: they shake hands, answer pings, and count what they get."""

import os
import secrets
import selectors
import socket
import struct
import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

PONG = b"\x8a\x80" + secrets.token_bytes(4)  # empty, so the mask changes nothing
PING, CLOSE, TEXT = 0x9, 0x8, 0x1
AT_ONCE = 64  # handshakes under way
READ_BYTES = 65_536


@dataclass(eq=False)
class Member:
    """One client.

    Attributes:
        frames: text frames received, the greeting included.
        heard_at: when the last of them came (``time.perf_counter``).
        pings: pings that were answered.
    """

    socket: socket.socket
    is_open: bool = False
    is_gone: bool = False
    frames: int = 0
    pings: int = 0
    heard_at: float = 0.0
    waiting: bytes = b""
    last: bytes = field(default=b"", repr=False)

    def say(self, text: bytes) -> None:
        """Send a text message."""
        self.socket.sendall(masked(text))


class Crowd:
    """The clients."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self._selector = selectors.DefaultSelector()

    def open(self, port: int, path: str, headers: list[Mapping[str, str]]) -> list[Member]:
        """Open a socket for each of ``headers``; returns when all are upgraded."""
        to_open, under_way, opened = deque(headers), set[Member](), list[Member]()
        while to_open or under_way:
            while to_open and len(under_way) < AT_ONCE:
                under_way.add(self._knock(port, path, to_open.popleft()))
            self.listen(0.05)
            done = {member for member in under_way if member.is_open or member.is_gone}
            opened += done
            under_way -= done
        return opened

    def listen(self, seconds: float) -> None:
        """Take what has come, or comes within some seconds."""
        for key, _ in self._selector.select(seconds):
            self._take(key.data)

    def listen_until(self, condition: Callable[[], object], seconds: float) -> None:
        """Take what comes until a condition holds.

        Raises:
            TimeoutError
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the sockets did not get there within {seconds} s")
            self.listen(0.05)

    def close(self) -> None:
        """Be gone without a word."""
        for member in self.members:
            member.socket.close()
        self._selector.close()

    def _knock(self, port: int, path: str, headers: Mapping[str, str]) -> Member:
        connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        member = Member(connection)
        self.members.append(member)
        self._selector.register(connection, selectors.EVENT_READ, member)
        return member

    def _take(self, member: Member) -> None:
        try:
            data = member.socket.recv(READ_BYTES)
        except OSError:
            data = b""
        if not data:
            member.is_gone = True
            self._selector.unregister(member.socket)
            return
        member.waiting += data
        if not member.is_open:
            head, end, rest = member.waiting.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise RuntimeError(head.decode(errors="replace"))
            member.is_open, member.waiting = True, rest
        self._frames(member)

    def _frames(self, member: Member) -> None:
        data = member.waiting
        while (frame := split(data)) is not None:
            opcode, payload, data = frame
            if opcode == PING:
                member.pings += 1
                member.socket.sendall(PONG)
            elif opcode == TEXT:
                member.frames += 1
                member.last = payload
                member.heard_at = time.perf_counter()
            elif opcode == CLOSE:
                member.is_gone = True
        member.waiting = data


def split(data: bytes) -> tuple[int, bytes, bytes] | None:
    """Opcode and payload of the first unmasked frame, and what comes after it; None while it is not whole."""
    if len(data) < 2:
        return None
    size, start = data[1] & 0x7F, 2
    if size == 126:
        if len(data) < 4:
            return None
        size, start = struct.unpack_from("!H", data, 2)[0], 4
    elif size == 127:
        if len(data) < 10:
            return None
        size, start = struct.unpack_from("!Q", data, 2)[0], 10
    end = start + size
    return (data[0] & 0x0F, data[start:end], data[end:]) if len(data) >= end else None


def masked(text: bytes) -> bytes:
    """A text frame of a client; its mask is zero, which is one like any other."""
    if len(text) < 126:
        return struct.pack("!BB", 0x81, 0x80 | len(text)) + bytes(4) + text
    return struct.pack("!BBH", 0x81, 0x80 | 126, len(text)) + bytes(4) + text
