"""A small HTTP/1.1 client that keeps connections alive and costs little beside the server it loads."""

import selectors
import socket
import time
from collections.abc import Sequence


class Connection:
    """One keep-alive connection, sending one request after the other."""

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self._requests = requests
        self._turn = 0
        self._received = b""
        self._expected: int | None = None
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self) -> None:
        """Send the next request."""
        self.socket.sendall(self._requests[self._turn % len(self._requests)])
        self._turn += 1

    def receive(self) -> bytes | None:
        """The body of an answer once it is complete; None while more is to come.

        Raises:
            RuntimeError: the answer is neither 200 nor 201, or the server hung up.
        """
        chunk = self.socket.recv(262_144)
        if not chunk:
            raise RuntimeError("the server closed the connection")
        self._received += chunk
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or len(body) < _content_length(head):
            return None
        self._received = b""
        return body

    def ask(self) -> bytes:
        """Send the next request and wait for its answer."""
        self.send()
        while (body := self.receive()) is None:
            pass
        return body


def _content_length(head: bytes) -> int:
    if not head.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 201 ")):
        raise RuntimeError(head.decode(errors="replace"))
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise RuntimeError("an answer without Content-Length")


def load(connections: Sequence[Connection], seconds: float) -> tuple[int, float]:
    """Keep every connection busy for a while.

    Returns:
        How many answers came, and in how many seconds.
    """
    selector = selectors.DefaultSelector()
    started = time.perf_counter()
    end, answers, waiting = started + seconds, 0, len(connections)
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send()
    while waiting:
        for key, _ in selector.select():
            if key.data.receive() is None:
                continue
            answers += 1
            if time.perf_counter() < end:
                key.data.send()
            else:
                waiting -= 1
    selector.close()
    return answers, time.perf_counter() - started
