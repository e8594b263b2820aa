"""Members' own channels: every frame reaches each of their sockets once and in order.

Live frames come from Valkey. Whatever is lost on the way is found, by the next number or by comparing heads
every few seconds, and read again in the inbox.
"""

from collections.abc import Mapping
from uuid import UUID

import gevent
import orjson
import structlog
from gevent.event import Event

from web.core.channels import Channels
from web.core.inbox import DATABASE_AWAY, Inbox, leads_on
from web.realtime.connection import Connection
from web.realtime.frames import Encoded, encode_text
from web.realtime.work import Work

log = structlog.get_logger(__name__)

AUDIT_SECONDS = 2.0
REPLAY_PAGE = 100
TRY_AGAIN_LATER = 1013


class OwnChannels:
    """The own channels of the members of this process.

    Args:
        connections: by member, as the hub keeps them.
    """

    def __init__(self, connections: Mapping[UUID, set[Connection]], channels: Channels, work: Work) -> None:
        self._connections = connections
        self._channels = channels
        self._work = work
        self._audit_now = Event()

    def greet(self, connection: Connection, last_seq: int | None) -> None:
        """Say where the member's channel is; only then do frames pass."""
        try:
            with self._work.reading() as services:
                head = services[Inbox].heads([connection.member_id])[connection.member_id]
                facts = self._channels.greeting(services, connection.member_id)
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

    def restart_after(self, connection: Connection, last_seq: int) -> None:
        """Send again what came after ``last_seq``, and go on from there."""
        connection.sent = last_seq
        gevent.spawn(self._catch_up, connection)

    def on_message(self, member_id: UUID, message: bytes) -> None:
        """Pass a published frame to the member's sockets, framed once; must not wait."""
        number, _, frame = message.partition(b" ")
        seq = int(number)
        encoded = encode_text(frame) if frame else None
        for connection in list(self._connections.get(member_id, ())):
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
            while (more or connection.behind) and not connection.closing:
                connection.behind = False
                more = self._replay_page(connection)
                connection.wait_for_room()
        except DATABASE_AWAY as error:  # the next audit finds the gap again
            log.warning("replay_postponed", error=str(error).splitlines()[0])
        finally:
            connection.catching_up = False

    def _replay_page(self, connection: Connection) -> bool:
        """Send one page of the inbox; whether there may be another."""
        member_id, start = connection.member_id, connection.sent
        with self._work.reading() as services:
            inbox = services[Inbox]
            head = inbox.heads([member_id])[member_id]
            entries = inbox.after(member_id, start, REPLAY_PAGE)
            frames = inbox.frames(entries)
        if connection.sent != start:  # the client asked for another place meanwhile
            return True
        if not leads_on(start, head, entries):
            connection.sent = head
            connection.send(
                _text({"event": "resync", "channel": connection.channel, "seq": head, "data": {}})
            )
            return True
        for entry, frame in zip(entries, frames, strict=True):
            connection.offer(entry.seq, encode_text(frame) if frame else None)
        return len(entries) == REPLAY_PAGE

    def look_around(self) -> None:
        """Something may have been missed: look for it now."""
        self._audit_now.set()

    def audit(self) -> None:
        """Every few seconds, find in one query who has missed something; the body of a greenlet."""
        while True:
            self._audit_now.wait(AUDIT_SECONDS)
            self._audit_now.clear()
            members = list(self._connections)
            if not members:
                continue
            try:
                with self._work.reading() as services:
                    heads = services[Inbox].heads(members)
            except DATABASE_AWAY as error:
                log.warning("audit_failed", error=str(error).splitlines()[0])
                continue
            for member_id, head in heads.items():
                for connection in list(self._connections.get(member_id, ())):
                    if connection.sent != head:
                        gevent.spawn(self._catch_up, connection)


def _text(message: dict[str, object]) -> Encoded:
    return encode_text(orjson.dumps(message))
