"""The hub: which members are connected to this process, and who looks after what they get.

``own_channels`` has the members' own channels, ``following`` the topics, ``presence`` who is there.
"""

import os
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from uuid import UUID

import gevent
import structlog
from gevent.event import Event

from web.accounts.sessions.uses import EXACT_TO, SessionUses
from web.core import metrics
from web.core.app import App
from web.core.errors import Unavailable
from web.core.followers import ONLINE
from web.core.inbox import DATABASE_AWAY, user_channel
from web.core.long_poll import Bell, Wait
from web.core.security import SessionDirectory
from web.core.services import Services
from web.core.topics import Caller, frame_of, topic_channel
from web.realtime.connection import SIGNED_OUT, Connection
from web.realtime.errors import TooManySockets
from web.realtime.following import Following
from web.realtime.frames import GOING_AWAY, encode_text
from web.realtime.own_channels import OwnChannels
from web.realtime.presence import Presence
from web.realtime.roll import Roll
from web.realtime.subscription import Subscription
from web.realtime.work import Work

log = structlog.get_logger(__name__)

SESSION_SECONDS = 3.0
USES_SECONDS = 50.0  # less than what is left between how exact notes are and when nobody is online any more
PING_SECONDS = 20.0
SILENT_SECONDS = 65.0  # three pings without an answer
STOP_SECONDS = 3.0
PULSES_AT_ONCE = 200  # pings in one go
LAG_SECONDS = 0.5
COME_BACK_MS = (250, 5000)  # after a goodbye; chosen for each socket, so that they do not come all at once
RETIRED_SECONDS = 15.0  # after a goodbye, until those who did not come back count as gone
MOST_PER_MEMBER = 20  # sockets and waiting requests of one member in one process
INTERNAL_ERROR = 1011


class Hub(Bell):
    """The sockets of this process."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._by_member: dict[UUID, set[Connection]] = defaultdict(set)
        self._waiting: dict[UUID, set[Event]] = defaultdict(set)
        self._user = user_channel(app.valkey, "")
        self._topic = topic_channel(app.valkey, "")
        self._subscription = Subscription(app.valkey, app.settings, self._on_message, self._look_around)
        self.work = Work(app)
        self.own = OwnChannels(self._by_member, app.channels, self.work)
        self._roll = Roll(app.valkey, self._on_new, self._on_gone)
        self.following = Following(app.topics, app.valkey, self._subscription, self._roll, self.work)
        self.presence = Presence(app.valkey, app.clock, self._subscription, self._roll, self.work)
        self.stopping = False

    # Running

    def start(self) -> None:
        """Start the greenlets. If one ends, this process does: half a hub would look alive and be deaf."""
        for body in (
            self._subscription.listen,
            self._subscription.probe,
            self.own.audit,
            self._watch_sessions,
            self._watch_pulses,
            self._watch_lag,
            self._roll.watch,
            self._roll.watch_added,
            self.following.watch_rights,
        ):
            gevent.spawn(body).link(_exit)

    def stop(self) -> None:
        """Tell everybody to come back in a moment, and give them time to hear it."""
        self.stopping = True
        self._roll.retire(RETIRED_SECONDS)
        for connection in self._connections():
            data = {"reason": "restart", "retry_after_ms": random.randint(*COME_BACK_MS)}
            connection.send(encode_text(frame_of(connection.channel, "bye", data)))
            connection.close(GOING_AWAY, "restart")
        for events in self._waiting.values():
            for event in events:
                event.set()
        deadline = time.monotonic() + STOP_SECONDS
        while self._by_member and time.monotonic() < deadline:
            gevent.sleep(0.05)

    def problems(self) -> list[str]:
        """Why sockets are not served well now; empty when they are."""
        return [] if self._subscription.is_alive else ["subscription: published messages do not arrive"]

    def count(self, member_id: UUID) -> int:
        """How many sockets and waiting requests a member has here."""
        return len(self._by_member.get(member_id, ())) + len(self._waiting.get(member_id, ()))

    # One socket

    def serve(
        self,
        connection: Connection,
        last_seq: int | None,
        on_open: Callable[[Connection], object],
        on_message: Callable[[Connection, str | bytes], None],
    ) -> None:
        """Serve a socket until it ends; returns when that has begun.

        Args:
            last_seq: what the member has already; None to begin with what happens from now on.
            on_open: called after the greeting.
        """
        try:
            self.admit(connection, last_seq, on_open)
        finally:
            connection.start(partial(on_message, connection), partial(self.let_go, connection))

    def admit(
        self, connection: Connection, last_seq: int | None, on_open: Callable[[Connection], object]
    ) -> None:
        """Count a socket in and greet it; whoever listens to it says when it is gone (:meth:`let_go`).

        Args:
            last_seq, on_open: as in :meth:`serve`.
        """
        self._register(connection)
        try:
            self.own.greet(connection, last_seq)
            if not connection.closing:
                on_open(connection)
        except Exception:
            connection.close(INTERNAL_ERROR)
            raise

    def _register(self, connection: Connection) -> None:
        self._by_member[connection.member_id].add(connection)
        metrics.SOCKETS.inc()
        self._listen_to(connection.member_id)
        self.presence.came(connection.caller)

    def let_go(self, connection: Connection) -> None:
        """A socket is gone."""
        member_id = connection.member_id
        self._by_member[member_id].discard(connection)
        metrics.SOCKETS.dec()
        self.following.leave_all(connection)
        self.presence.forget(connection)
        self.presence.left(connection.caller)
        if not self._by_member[member_id]:
            del self._by_member[member_id]
            self._forget(member_id)

    def _listen_to(self, member_id: UUID) -> None:
        self._subscription.add(user_channel(self._app.valkey, member_id))

    def _forget(self, member_id: UUID) -> None:
        if self.count(member_id) == 0:
            self._subscription.remove(user_channel(self._app.valkey, member_id))

    # Requests that wait

    def reading(self) -> AbstractContextManager[Services]:
        """As ``Bell.reading``."""
        return self.work.reading()

    @contextmanager
    def waiting(self, member_id: UUID) -> Iterator[Wait]:
        """As ``Bell.waiting``.

        Raises:
            TooManySockets
            Unavailable: from the wait, when this process stops.
        """
        if self.count(member_id) >= MOST_PER_MEMBER:
            raise TooManySockets()
        event = Event()

        def wait(seconds: float) -> None:
            event.wait(seconds)
            event.clear()
            if self.stopping:
                raise Unavailable(headers={"Retry-After": "2"})

        self._waiting[member_id].add(event)
        metrics.POLLS.inc()
        try:
            self._listen_to(member_id)
            yield wait
        finally:
            metrics.POLLS.dec()
            self._waiting[member_id].discard(event)
            if not self._waiting[member_id]:
                del self._waiting[member_id]
                self._forget(member_id)

    # Frames

    def _on_message(self, channel: str, message: bytes) -> None:
        """Pass on what was published; must not wait."""
        if channel.startswith(self._topic):
            self.following.on_message(channel.removeprefix(self._topic), message)
        elif channel.startswith(self._user):
            member_id = UUID(channel.removeprefix(self._user))
            self.own.on_message(member_id, message)
            for event in self._waiting.get(member_id, ()):
                event.set()
        elif channel == self.presence.channel:
            self.presence.on_message(message)

    def _on_new(self, topic: str, member_ids: set[UUID]) -> None:
        if topic == ONLINE:
            self.presence.changed(member_ids)

    def _on_gone(self, topic: str, member_id: UUID, caller: Caller | None) -> None:
        if topic == ONLINE:
            self.presence.changed({member_id})
        else:
            self.following.gone(topic, member_id, caller)

    # Watching

    def _look_around(self) -> None:
        self.own.look_around()
        self.following.check_soon()
        self.presence.look_around()

    def _watch_sessions(self) -> None:
        """Close the sockets of sessions that were ended; the others are in use."""
        note_at = 0.0
        while True:
            gevent.sleep(SESSION_SECONDS)
            connections = self._connections()
            if not connections:
                continue
            session_ids = {connection.session_id for connection in connections}
            try:
                with self.work.reading() as services:
                    live = services[SessionDirectory].live(session_ids)
            except DATABASE_AWAY as error:
                log.warning("session_check_failed", error=str(error).splitlines()[0])
                continue
            for connection in connections:
                if connection.session_id not in live:
                    connection.drop(SIGNED_OUT, "signed out")
            if time.monotonic() >= note_at:
                self.note_uses(live)
                note_at = time.monotonic() + USES_SECONDS
            self._app.value(SessionUses).flush_if_due()

    def note_uses(self, session_ids: set[UUID]) -> None:
        """Whoever has a socket open uses the session, although no request says so."""
        uses, now = self._app.value(SessionUses), self._app.clock.now()
        for session_id in session_ids:
            uses.note(session_id, now - EXACT_TO, now)

    def _watch_pulses(self) -> None:
        """Find dead peers, which networks do not tell of."""
        while True:
            gevent.sleep(PING_SECONDS)
            self.take_pulses()

    def take_pulses(self) -> None:
        """Ping who is there; cut off who has not been heard of for too long."""
        silent_since = time.monotonic() - SILENT_SECONDS
        for number, connection in enumerate(self._connections(), start=1):
            if connection.heard_at < silent_since:
                metrics.SOCKETS_DROPPED.labels("silent").inc()
                connection.cut()
            else:
                connection.ping()
            if number % PULSES_AT_ONCE == 0:
                gevent.sleep(0)  # others have something to say, too

    def _watch_lag(self) -> None:
        """Measure how late the loop is: what blocks it, blocks everybody."""
        while True:
            due = time.monotonic() + LAG_SECONDS
            gevent.sleep(LAG_SECONDS)
            metrics.LOOP_LAG.set(max(0.0, time.monotonic() - due))

    def _connections(self) -> list[Connection]:
        return [connection for connections in self._by_member.values() for connection in connections]


def _exit(greenlet: "gevent.Greenlet[[], None]") -> None:
    log.critical("hub_greenlet_ended", greenlet=repr(greenlet), exc_info=greenlet.exception)
    os._exit(70)  # sys.exit would only end this greenlet; the supervisor starts a whole hub again
