"""The channel ``presence``: members are told when others come and go, as far as those show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import gevent
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.presence import last_seen_at
from web.core.clock import Clock
from web.core.followers import ONLINE, Followers
from web.core.inbox import DATABASE_AWAY
from web.core.services import Services
from web.core.signalling import Valkey
from web.core.topics import Caller, frame_of
from web.members.policy import Wish, allowed
from web.realtime.frames import Encoded, encode_text
from web.realtime.roll import Roll
from web.realtime.subscription import Subscription
from web.realtime.work import Work

if TYPE_CHECKING:
    from web.realtime.connection import Connection

log = structlog.get_logger(__name__)

CHANNEL = "presence"
TOLD_WITHIN = 0.5  # seconds; changes meanwhile are looked up together
TOLD_AGAIN = 2.0  # seconds, while the database is away
PAIRS_AT_ONCE = 1000  # of who watches and who is watched, in one statement

_pairs = (
    sa.func.unnest(
        sa.bindparam("viewers", type_=ARRAY(sa.Uuid())), sa.bindparam("members", type_=ARRAY(sa.Uuid()))
    )
    .table_valued(sa.column("viewer_id", sa.Uuid()), sa.column("member_id", sa.Uuid()), name="pair")
    .render_derived()
)
_SHOWN = (
    sa.select(_pairs.c.viewer_id, _pairs.c.member_id, last_seen_at(Account.id).label("last_seen_at"))
    .join(Account, Account.id == _pairs.c.member_id)
    .where(allowed(Wish.ONLINE, _pairs.c.viewer_id))
)


class Presence:
    """Who of this process comes and goes, and who of it is told."""

    def __init__(
        self, valkey: Valkey, clock: Clock, subscription: Subscription, roll: Roll, work: Work
    ) -> None:
        self._valkey = valkey
        self._clock = clock
        self._subscription = subscription
        self._roll = roll
        self._work = work
        self._watchers: defaultdict[UUID, set[Connection]] = defaultdict(set)
        self._changed: set[UUID] = set()
        self.channel = valkey.key(CHANNEL)

    # Those who come and go

    def came(self, caller: Caller) -> None:
        """One more socket of a member."""
        self._roll.add(ONLINE, caller.member_id)

    def left(self, caller: Caller) -> None:
        """One socket less; its member may come back in a moment."""
        self._roll.remove(ONLINE, caller)

    def changed(self, member_ids: Iterable[UUID]) -> None:
        """Members have their first socket, or none any more, in all hubs together: let all hubs know."""
        self._valkey.publish_all((self.channel, member_id.bytes) for member_id in member_ids)

    # Those who are told

    def watch(self, connection: Connection, member_ids: Collection[UUID]) -> list[dict[str, Any]]:
        """Tell a socket of these members from now on, instead of those before; how they are now."""
        self.forget(connection)
        # Nobody would forget a socket again that is gone.
        connection.watches = frozenset() if connection.closing else frozenset(member_ids)
        if connection.watches:
            self._subscription.add(self.channel)
        for member_id in connection.watches:
            self._watchers[member_id].add(connection)
        return self.look(connection.member_id, member_ids)

    def look(self, viewer_id: UUID, member_ids: Collection[UUID]) -> list[dict[str, Any]]:
        """How members are now; nothing of those who do not show it, or are not there for the viewer."""
        with self._work.reading() as services:
            shown = self._shown(services, [(viewer_id, member_id) for member_id in member_ids])
        return [
            shown.get((viewer_id, member_id), {"user_id": member_id, "online": None, "last_seen_at": None})
            for member_id in dict.fromkeys(member_ids)
        ]

    def forget(self, connection: Connection) -> None:
        """Tell a socket of nobody any more."""
        if not connection.watches:
            return
        for member_id in connection.watches:
            watchers = self._watchers[member_id]
            watchers.discard(connection)
            if not watchers:
                del self._watchers[member_id]
        connection.watches = frozenset()
        if not self._watchers:
            self._subscription.remove(self.channel)

    def on_message(self, message: bytes) -> None:
        """Somebody came or went; must not wait."""
        self._look_soon([UUID(bytes=message)])

    def look_around(self) -> None:
        """Something may have been missed: tell everybody anew."""
        self._look_soon(self._watchers)

    def _look_soon(self, member_ids: Iterable[UUID]) -> None:
        watched = [member_id for member_id in member_ids if member_id in self._watchers]
        if watched and not self._changed:
            gevent.spawn_later(TOLD_WITHIN, self._flush)
        self._changed.update(watched)

    def _flush(self) -> None:
        changed, self._changed = self._changed, set()
        pairs = list(
            {
                (connection.member_id, member_id)
                for member_id in changed
                for connection in self._watchers.get(member_id, ())
            }
        )
        for start in range(0, len(pairs), PAIRS_AT_ONCE):
            try:
                self._tell(pairs[start : start + PAIRS_AT_ONCE])
            except DATABASE_AWAY as error:
                log.warning("presence_not_told", error=str(error).splitlines()[0])
                gevent.spawn_later(TOLD_AGAIN, self._look_soon, {member for _, member in pairs[start:]})
                return

    def _tell(self, pairs: list[tuple[UUID, UUID]]) -> None:
        with self._work.reading() as services:
            shown = self._shown(services, pairs)
        by_member: defaultdict[UUID, set[UUID]] = defaultdict(set)
        frames: dict[UUID, Encoded] = {}  # what is shown of a member is the same for all who may see it
        for (viewer_id, member_id), data in shown.items():
            by_member[member_id].add(viewer_id)
            if member_id not in frames:
                frames[member_id] = encode_text(frame_of(CHANNEL, "presence.update", data))
        for member_id, viewers in by_member.items():
            for connection in list(self._watchers.get(member_id, ())):
                if connection.member_id in viewers:
                    connection.send(frames[member_id])

    def _shown(
        self, services: Services, pairs: list[tuple[UUID, UUID]]
    ) -> dict[tuple[UUID, UUID], dict[str, Any]]:
        """What the viewers of (viewer, member) pairs may know; by pair, in one statement."""
        values = {"viewers": [viewer for viewer, _ in pairs], "members": [member for _, member in pairs]}
        rows = services[Session].execute(_SHOWN, values).all()
        online = services[Followers].online({row.member_id for row in rows})
        now = self._clock.now()
        return {
            (row.viewer_id, row.member_id): _data(
                row.member_id, row.member_id in online, row.last_seen_at, now
            )
            for row in rows
        }


def _data(member_id: UUID, is_online: bool, last_seen: datetime | None, now: datetime) -> dict[str, Any]:
    return {"user_id": member_id, "online": is_online, "last_seen_at": now if is_online else last_seen}
