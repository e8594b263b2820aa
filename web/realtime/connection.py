"""One socket: a bounded queue, the one greenlet that writes it out, and how far its member has been told.

The writer exists only while there is something to write: a greenlet that sleeps costs as much memory as all
the rest of an idle connection.
"""

import contextlib
import socket
import time
from collections import deque
from collections.abc import Callable
from uuid import UUID

import gevent
from gevent.event import Event

from web.core import metrics
from web.realtime.frames import GOING_AWAY, PING, PONG, Closed, FrameReader, encode, encode_close

MOST_WAITING = 512  # frames; whoever is further behind does not read
MOST_AT_ONCE = 64  # frames written in one go
SEND_BUFFER = 64 * 1024  # bytes; the kernel would keep megabytes for a reader that sleeps
CLOSE_SECONDS = 5.0  # for the client to take in why it is closed
SLOW_SECONDS = 10.0  # for a replay to make room

SIGNED_OUT, TOO_SLOW = 4001, 4008


class Connection:
    """A member's socket. Its reader is whoever calls :meth:`run`.

    Attributes:
        sent: the last ``seq`` that was queued; the hub gives every frame once and in order.
        catching_up: a replay is under way, so live frames have to wait for it.
        behind: something came meanwhile that the replay has to look for.
        heard_at: when the client last gave a sign of life (``time.monotonic``).
    """

    def __init__(
        self, sock: socket.socket, read: Callable[[int], bytes], member_id: UUID, session_id: UUID
    ) -> None:
        self.member_id = member_id
        self.session_id = session_id
        self.sent = 0
        self.catching_up = True  # until the hub has greeted
        self.behind = False
        self.heard_at = time.monotonic()
        self._socket = sock
        self._reader = FrameReader(read, self._control)
        self._queue: deque[bytes] = deque()
        self._writer: "gevent.Greenlet[[], None] | None" = None
        self._room = Event()
        self._deadline: "gevent.Greenlet[[], None] | None" = None
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    @property
    def closing(self) -> bool:
        """Whether the close frame is on its way; nothing follows it."""
        return self._deadline is not None

    @property
    def channel(self) -> str:
        """The name of the member's own channel."""
        return f"user:{self.member_id}"

    def run(self, on_message: Callable[["Connection", str], None]) -> None:
        """Read until either side ends it; messages that come after our close frame are not looked at."""
        try:
            while True:
                text = self._reader.message()
                self.heard_at = time.monotonic()
                if not self.closing:
                    on_message(self, text)
        except Closed as end:
            if end.code is None:
                self.cut()
            self.close(end.code or GOING_AWAY)
        finally:
            if (writer := self._writer) is not None:
                writer.join(CLOSE_SECONDS)
                writer.kill()
            if self._deadline is not None:
                self._deadline.kill()

    def send(self, frame: bytes) -> None:
        """Queue an encoded frame; a client that has too many waiting is closed with 4008."""
        if self.closing:
            return
        if len(self._queue) >= MOST_WAITING:
            self.drop(TOO_SLOW, "too slow")
            return
        self._write_soon(frame)

    def offer(self, seq: int, frame: bytes | None) -> bool:
        """Queue a durable frame if it is the next one; None passes its number over.

        Returns:
            False when frames before it are missing. One that was sent already is dropped.
        """
        if seq > self.sent + 1:
            return False
        if seq == self.sent + 1:
            self.sent = seq
            if frame is not None:
                self.send(frame)
        return True

    def wait_for_room(self) -> None:
        """Wait until half of the queue is written, so that a replay does not run over a healthy client."""
        deadline = time.monotonic() + SLOW_SECONDS
        while len(self._queue) > MOST_WAITING // 2 and not self.closing:
            self._room.clear()
            if not self._room.wait(deadline - time.monotonic()):
                self.drop(TOO_SLOW, "too slow")

    def drop(self, code: int, reason: str) -> None:
        """Close at once: what waits is dropped, because it is in the inbox anyway."""
        metrics.SOCKETS_DROPPED.labels(reason).inc()
        self._queue.clear()
        self.close(code, reason)

    def close(self, code: int, reason: str = "") -> None:
        """Send what waits, then a close frame; a client that does not answer it is cut off."""
        if self.closing:
            return
        self._deadline = gevent.spawn_later(CLOSE_SECONDS, self.cut)
        self._write_soon(encode_close(code, reason))
        self._room.set()

    def cut(self) -> None:
        """End it without a word; the reader sees the end of the stream."""
        with contextlib.suppress(OSError):  # it is gone already, which is what was wanted
            self._socket.shutdown(socket.SHUT_RDWR)

    def ping(self) -> None:
        """Ask the client for a sign of life."""
        self.send(encode(PING, b""))

    def _control(self, opcode: int, payload: bytes) -> None:
        self.heard_at = time.monotonic()
        if opcode == PING:
            self.send(encode(PONG, payload))

    def _write_soon(self, frame: bytes) -> None:
        self._queue.append(frame)
        if self._writer is None:
            self._writer = gevent.spawn(self._write)

    def _write(self) -> None:
        try:
            while self._queue:
                count = min(len(self._queue), MOST_AT_ONCE)
                self._socket.sendall(b"".join([self._queue.popleft() for _ in range(count)]))
                metrics.FRAMES.inc(count)
                self._room.set()
        except OSError:
            self.cut()
        finally:
            self._writer = None
