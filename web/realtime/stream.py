"""One socket: what it says, a bounded queue of what it is told, and the end.

An idle socket is an entry in the event loop and nothing more: a greenlet that sleeps costs several times as
much memory as all the rest. There is one while messages of the client are handled, and one while frames wait
for a client that does not take them at once.
"""

import contextlib
import os
import socket
import time
from _socket import socket as RawSocket  # noqa: N812  # without gevent's own two watchers for each
from collections import deque
from collections.abc import Callable, Sequence

import gevent
import structlog
from gevent.event import Event
from gevent.socket import wait_read, wait_write

from web.core import metrics
from web.realtime.frames import Encoded, Happened, Wire, encode_ping

log = structlog.get_logger(__name__)

MOST_WAITING = 512  # frames; whoever is further behind does not read
MOST_WAITING_BYTES = 4 * 1024 * 1024  # but one frame may always wait, whatever its size
MOST_AT_ONCE = 64  # frames written in one go
SEND_BUFFER = 64 * 1024  # bytes; the kernel would keep megabytes for a reader that sleeps
READ_BYTES = 64 * 1024
CLOSE_SECONDS = 5.0  # for the client to take in why it is closed
SLOW_SECONDS = 10.0  # for the queue to get shorter
READABLE = 1  # libev's EV_READ

TOO_SLOW = 4008

OnMessage = Callable[[str | bytes], None]
OnEnd = Callable[[], None]


class Stream:
    """A socket after its handshake. It speaks from the beginning, and listens from :meth:`start` on.

    Args:
        sock: whoever opened it may close it; the stream has a descriptor of its own.
        early: what the client has sent already, without waiting for the handshake.
        largest: bytes that a message from the client may have.

    Attributes:
        heard_at: when the client last gave a sign of life (``time.monotonic``).
    """

    def __init__(self, sock: socket.socket, early: bytes, largest: int) -> None:
        self.heard_at = time.monotonic()
        self._socket = RawSocket(fileno=os.dup(sock.fileno()))
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._watcher = gevent.get_hub().loop.io(self._socket.fileno(), READABLE)
        self._early = early
        self._wire = Wire(largest)
        self._queue: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._writer: "gevent.Greenlet[[memoryview], None] | None" = None
        self._room: Event | None = None
        self._deadline: "gevent.Greenlet[[], None] | None" = None
        self._on_message: OnMessage | None = None
        self._on_end: OnEnd | None = None

    @property
    def closing(self) -> bool:
        """Whether the close frame is on its way; nothing follows it."""
        return self._deadline is not None

    # Listening

    def start(self, on_message: OnMessage, on_end: OnEnd) -> None:
        """Listen until either side ends it.

        Args:
            on_message: called with one message at a time, in a greenlet; not after our close frame.
            on_end: called once, when the socket is gone.
        """
        self._on_message, self._on_end = on_message, on_end
        if self._early:
            early, self._early = self._early, b""
            gevent.spawn(self._listen, self._wire.feed(early))
        else:
            self._watcher.start(self._look)

    def _look(self) -> None:
        """Something came for a socket that was idle. This is the event loop: nothing here may wait."""
        data = self._receive()
        if data is None:
            return
        happened = self._wire.feed(data)
        if self._wire.is_open and all(isinstance(one, Encoded) for one in happened):
            self._take(happened)
        else:
            self._watcher.stop()
            gevent.spawn(self._listen, happened)

    def _listen(self, happened: Sequence[Happened]) -> None:
        """Handle what came, and what comes while that is done; then the socket is idle again, or over."""
        try:
            while True:
                self._take(happened)
                self.wait_for_room()
                if self._wire.is_over:
                    break
                data = self._receive()
                if data is None:
                    self._watcher.start(self._look)
                    return
                happened = self._wire.feed(data)
                gevent.sleep(0)  # others have something to say, too, however fast this one talks
            self._say_goodbye()
        except Exception as error:  # whatever it was, no socket may stay behind that nobody listens to
            log.error("socket_failed", exc_info=error)
        self._end()

    def _receive(self) -> bytes | None:
        """What is there: nothing at the end of the stream, None when nothing has come."""
        try:
            return self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:  # it is gone
            return b""

    def _take(self, happened: Sequence[Happened]) -> None:
        self.heard_at = time.monotonic()
        for one in happened:
            if not isinstance(one, Encoded):
                if not self.closing and self._on_message is not None:
                    self._on_message(one)
            elif self._wire.is_open:
                self.send(one)
            else:  # the end of the talk, whatever waits
                self._write_soon(one)
        if not self._wire.is_open:
            self._begin_to_close()

    # Speaking

    def send(self, frame: bytes) -> None:
        """Write an encoded frame, or queue it; a client that has too much waiting is closed with 4008."""
        if self.closing:
            return
        if len(self._queue) >= MOST_WAITING or self._waiting_bytes >= MOST_WAITING_BYTES:
            self.drop(TOO_SLOW, "too slow")
            return
        self._write_soon(frame)

    def wait_for_room(self) -> None:
        """Wait until half of the queue is written, so that nobody who reads is run over."""
        deadline = time.monotonic() + SLOW_SECONDS
        while self._is_half_full and not self.closing:
            room = self._room = self._room or Event()  # one for all who wait
            if not room.wait(deadline - time.monotonic()):
                self.drop(TOO_SLOW, "too slow")

    def _wake_waiting(self) -> None:
        room, self._room = self._room, None
        if room is not None:
            room.set()

    @property
    def _is_half_full(self) -> bool:
        return len(self._queue) > MOST_WAITING // 2 or self._waiting_bytes > MOST_WAITING_BYTES // 2

    def ping(self) -> None:
        """Ask the client for a sign of life."""
        self.send(encode_ping())

    def _write_soon(self, frame: bytes) -> None:
        if self._writer is not None:
            self._queue.append(frame)
            self._waiting_bytes += len(frame)
            return
        try:
            written = self._socket.send(frame)
        except BlockingIOError:
            written = 0
        except OSError:
            self.cut()
            return
        metrics.FRAMES.inc()
        if written < len(frame):
            self._writer = gevent.spawn(self._write, memoryview(frame)[written:])

    def _write(self, rest: memoryview) -> None:
        """Write what the socket did not take at once, then what came meanwhile."""
        try:
            self._write_all(rest)
            while self._queue:
                count = min(len(self._queue), MOST_AT_ONCE)
                batch = b"".join([self._queue.popleft() for _ in range(count)])
                self._waiting_bytes -= len(batch)
                self._write_all(memoryview(batch))
                metrics.FRAMES.inc(count)
                self._wake_waiting()
        except OSError:
            self.cut()
        finally:
            self._writer = None

    def _write_all(self, rest: memoryview) -> None:
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                wait_write(self._socket.fileno())

    # The end

    def close(self, code: int, reason: str = "") -> None:
        """Send what waits, then a close frame; a client that does not answer it is cut off."""
        if self.closing:
            return
        for frame in self._wire.close(code, reason):
            self._write_soon(frame)  # type: ignore[arg-type]  # no message comes of closing
        self._begin_to_close()

    def drop(self, code: int, reason: str) -> None:
        """Close at once: what waits is dropped."""
        if self.closing:
            return
        metrics.SOCKETS_DROPPED.labels(reason).inc()
        self._queue.clear()
        self._waiting_bytes = 0
        self.close(code, reason)

    def cut(self) -> None:
        """End it without a word; who listens sees the end of the stream."""
        with contextlib.suppress(OSError):  # it is gone already, which is what was wanted
            self._socket.shutdown(socket.SHUT_RDWR)

    def _begin_to_close(self) -> None:
        if self._deadline is None:
            self._deadline = gevent.spawn_later(CLOSE_SECONDS, self.cut)
        self._wake_waiting()

    def _say_goodbye(self) -> None:
        """Let the client read to the end: closing with bytes unread would take back what is on its way."""
        if (writer := self._writer) is not None:
            writer.join(CLOSE_SECONDS)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        while (data := self._receive()) != b"":
            if data is None:
                wait_read(self._socket.fileno())
            else:
                gevent.sleep(0)  # others have something to say, too

    def _end(self) -> None:
        self._begin_to_close()  # whoever is still about to say something sees that it is over
        for greenlet in (self._writer, self._deadline):
            if greenlet is not None:
                greenlet.kill()
        self._watcher.stop()
        self._watcher.close()
        self._socket.close()
        on_end, self._on_message, self._on_end = self._on_end, None, None
        if on_end is not None:
            on_end()
