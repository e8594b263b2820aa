"""The hub: which members are connected to this process, and what each of their sockets gets.

Every frame reaches a socket once and in order, whatever is lost on the way: live frames come from Valkey, and
whenever a number is missing (seen at the next frame, or by comparing heads every few seconds) the hub reads
on in the inbox.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

import gevent
import orjson
import structlog
from gevent.event import Event
from gevent.lock import BoundedSemaphore

from web.accounts.sessions.uses import SessionUses
from web.core import metrics
from web.core.app import App
from web.core.inbox import DATABASE_AWAY, Entry, Inbox, user_channel
from web.core.security import SessionDirectory
from web.realtime.connection import SIGNED_OUT, Connection
from web.realtime.frames import GOING_AWAY, TEXT, encode
from web.realtime.subscription import Subscription

log = structlog.get_logger(__name__)

AUDIT_SECONDS = 2.0
SESSION_SECONDS = 3.0
PING_SECONDS = 20.0
SILENT_SECONDS = 65.0  # three pings without an answer
STOP_SECONDS = 3.0
MOST_REPLAYED = 1000  # frames; whoever missed more starts over
REPLAY_PAGE = 100
TRY_AGAIN_LATER = 1013


class Hub:
    """The sockets of this process."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._by_member: dict[UUID, set[Connection]] = defaultdict(set)
        self._prefix = app.valkey.key("user", "")
        self._subscription = Subscription(app.valkey, app.settings, self._on_message, self._look_around)
        self._audit_now = Event()
        # Leaves connections for the requests of this process, and makes a crowd that comes back wait in line.
        self._readers = BoundedSemaphore(max(1, app.settings.pool_size - 4))
        self.stopping = False

    # Running

    def start(self) -> None:
        """Start the greenlets. If one ends, this process does: half a hub would look alive and be deaf."""
        for body in (
            self._subscription.listen,
            self._subscription.probe,
            self._audit,
            self._watch_sessions,
            self._watch_pulses,
        ):
            gevent.spawn(body).link(_exit)

    def stop(self) -> None:
        """Tell everybody to come back in a moment, and give them time to hear it."""
        self.stopping = True
        for connection in self._connections():
            connection.send(
                _text({"event": "bye", "channel": connection.channel, "data": {"reason": "restart"}})
            )
            connection.close(GOING_AWAY, "restart")
        deadline = time.monotonic() + STOP_SECONDS
        while self._by_member and time.monotonic() < deadline:
            gevent.sleep(0.05)

    def problems(self) -> list[str]:
        """Why sockets are not served well now; empty when they are."""
        return [] if self._subscription.is_alive else ["subscription: published messages do not arrive"]

    def count(self, member_id: UUID) -> int:
        """How many sockets a member has here."""
        return len(self._by_member.get(member_id, ()))

    # One socket

    def serve(
        self, connection: Connection, last_seq: int | None, on_message: Callable[[Connection, str], None]
    ) -> None:
        """Serve a socket until it ends.

        Args:
            last_seq: what the member has already; None to begin with what happens from now on.
        """
        try:
            self._register(connection)
            self._greet(connection, last_seq)
            connection.run(on_message)
        finally:
            self._unregister(connection)

    def restart_after(self, connection: Connection, last_seq: int) -> None:
        """Send again what came after ``last_seq``, and go on from there."""
        connection.sent = last_seq
        gevent.spawn(self._catch_up, connection)

    def _register(self, connection: Connection) -> None:
        connections = self._by_member[connection.member_id]
        connections.add(connection)
        metrics.SOCKETS.inc()
        if len(connections) == 1:
            self._subscription.add(user_channel(self._app.valkey, connection.member_id))

    def _unregister(self, connection: Connection) -> None:
        connections = self._by_member[connection.member_id]
        connections.discard(connection)
        metrics.SOCKETS.dec()
        if not connections:
            del self._by_member[connection.member_id]
            self._subscription.remove(user_channel(self._app.valkey, connection.member_id))

    def _greet(self, connection: Connection, last_seq: int | None) -> None:
        """Say where the member's channel is; only then do frames pass."""
        try:
            with self._readers, self._app.reading() as services:
                head = services[Inbox].heads([connection.member_id])[connection.member_id]
                facts = self._app.channels.greeting(services, connection.member_id)
        except DATABASE_AWAY as error:
            log.warning("greeting_failed", error=str(error).splitlines()[0])
            connection.close(TRY_AGAIN_LATER, "try again")
            return
        connection.send(
            _text(
                {
                    "event": "connected",
                    "channel": connection.channel,
                    "seq": head,
                    "data": {"user_id": connection.member_id, **facts},
                }
            )
        )
        connection.sent = head if last_seq is None else last_seq
        connection.catching_up = False
        if connection.behind or connection.sent != head:
            gevent.spawn(self._catch_up, connection)

    # Frames

    def _on_message(self, channel: str, message: bytes) -> None:
        """Pass a published frame to the member's sockets, framed once."""
        number, _, frame = message.partition(b" ")
        seq = int(number)
        encoded = encode(TEXT, frame) if frame else None
        for connection in list(self._by_member.get(UUID(channel.removeprefix(self._prefix)), ())):
            if connection.catching_up:
                connection.behind = True
            elif seq > connection.sent and (encoded is None or not connection.offer(seq, encoded)):
                gevent.spawn(self._catch_up, connection)

    def _catch_up(self, connection: Connection) -> None:
        """Send what the inbox has beyond what was sent, until there is nothing more."""
        if connection.catching_up:
            connection.behind = True
            return
        connection.catching_up = True
        try:
            more = True
            while more and not connection.closing:
                connection.behind = False
                more = self._replay_page(connection) or connection.behind
                connection.wait_for_room()
        except DATABASE_AWAY as error:  # the next audit finds the gap again
            log.warning("replay_postponed", error=str(error).splitlines()[0])
        finally:
            connection.catching_up = False

    def _replay_page(self, connection: Connection) -> bool:
        """Send one page of the inbox; whether there may be another."""
        member_id, start = connection.member_id, connection.sent
        with self._readers, self._app.reading() as services:
            inbox = services[Inbox]
            head = inbox.heads([member_id])[member_id]
            entries = inbox.after(member_id, start, REPLAY_PAGE)
            frames = inbox.frames(entries)
        if connection.sent != start:  # the client asked for another place meanwhile
            return True
        if not _is_complete(start, head, entries):
            connection.sent = head
            connection.send(
                _text({"event": "resync", "channel": connection.channel, "seq": head, "data": {}})
            )
            return True
        for entry, frame in zip(entries, frames, strict=True):
            connection.offer(entry.seq, encode(TEXT, frame) if frame else None)
        return len(entries) == REPLAY_PAGE

    # Watching

    def _look_around(self) -> None:
        self._audit_now.set()

    def _audit(self) -> None:
        """Every few seconds, find in one query who has missed something."""
        while True:
            self._audit_now.wait(AUDIT_SECONDS)
            self._audit_now.clear()
            members = list(self._by_member)
            if not members:
                continue
            try:
                with self._readers, self._app.reading() as services:
                    heads = services[Inbox].heads(members)
            except DATABASE_AWAY as error:
                log.warning("audit_failed", error=str(error).splitlines()[0])
                continue
            for connection in self._connections():
                if connection.sent != heads.get(connection.member_id, connection.sent):
                    gevent.spawn(self._catch_up, connection)

    def _watch_sessions(self) -> None:
        """Close the sockets of sessions that were ended."""
        while True:
            gevent.sleep(SESSION_SECONDS)
            connections = self._connections()
            if not connections:
                continue
            session_ids = {connection.session_id for connection in connections}
            try:
                with self._readers, self._app.reading() as services:
                    live = services[SessionDirectory].live(session_ids)
            except DATABASE_AWAY as error:
                log.warning("session_check_failed", error=str(error).splitlines()[0])
                continue
            for connection in connections:
                if connection.session_id not in live:
                    connection.drop(SIGNED_OUT, "signed out")
            self._app.value(SessionUses).flush_if_due()  # those that opened a socket

    def _watch_pulses(self) -> None:
        """Find dead peers, which networks do not tell of."""
        while True:
            gevent.sleep(PING_SECONDS)
            self.take_pulses()

    def take_pulses(self) -> None:
        """Ping who is there; cut off who has not been heard of for too long."""
        silent_since = time.monotonic() - SILENT_SECONDS
        for connection in self._connections():
            if connection.heard_at < silent_since:
                metrics.SOCKETS_DROPPED.labels("silent").inc()
                connection.cut()
            else:
                connection.ping()

    def _connections(self) -> list[Connection]:
        return [connection for connections in self._by_member.values() for connection in connections]


def _is_complete(start: int, head: int, entries: list[Entry]) -> bool:
    """Whether ``entries`` leads on from ``start``: it is known, not too far back and not cleaned away."""
    if not 0 <= head - start <= MOST_REPLAYED:
        return False
    return entries[0].seq == start + 1 if entries else head == start


def _text(message: dict[str, object]) -> bytes:
    return encode(TEXT, orjson.dumps(message))


def _exit(greenlet: "gevent.Greenlet[[], None]") -> None:
    log.critical("hub_greenlet_ended", greenlet=repr(greenlet), exc_info=greenlet.exception)
    os._exit(70)  # sys.exit would only end this greenlet; the supervisor starts a whole hub again
