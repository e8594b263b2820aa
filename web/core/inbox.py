"""Inboxes: each receiving member gets an event once, under the next ``seq`` of their own.

The inbox is the durable half of the sockets. The relay fills it and publishes rendered frames; a hub that
misses one reads it here again. The row lock on a member's head makes sequence numbers visible in their
order and without holes, so "everything after N" is all that anyone ever has to ask.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from web.core import events as event_log
from web.core.channels import Channels, Delivered
from web.core.models import EventRow, InboxEntry, InboxHead
from web.core.services import Services
from web.core.signalling import Signals, Valkey

log = structlog.get_logger(__name__)

MOST_REPLAYED = 1000  # frames; whoever missed more starts over
DATABASE_AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)


@dataclass(frozen=True)
class Entry:
    """One place in a member's inbox.

    Attributes:
        name: of the event.
        delivered: None for an event that this version does not know.
    """

    member_id: UUID
    seq: int
    name: str
    delivered: Delivered | None


_EVENT_COLUMNS = (
    EventRow.id,
    EventRow.name,
    EventRow.occurred_at,
    EventRow.recorded_at,
    EventRow.data,
)
_EVENT = sa.select(*_EVENT_COLUMNS).where(EventRow.id == sa.bindparam("event_id", type_=sa.Uuid()))

_members = sa.bindparam("members", type_=ARRAY(sa.Uuid()))
_wanted = (
    sa.func.unnest(_members, sa.bindparam("events", type_=ARRAY(sa.Uuid())))
    .table_valued(sa.column("member_id", sa.Uuid()), sa.column("event_id", sa.Uuid()), name="wanted")
    .render_derived()
)
_THERE_ALREADY = sa.select(InboxEntry.member_id, InboxEntry.event_id).join(
    _wanted,
    sa.and_(InboxEntry.member_id == _wanted.c.member_id, InboxEntry.event_id == _wanted.c.event_id),
)
_counted = (
    sa.func.unnest(_members, sa.bindparam("counts", type_=ARRAY(sa.BigInteger())))
    .table_valued(sa.column("member_id", sa.Uuid()), sa.column("count", sa.BigInteger()), name="counted")
    .render_derived()
)
_heads = InboxHead.__table__
_first_heads = insert(_heads).from_select(  # type: ignore[arg-type]  # a Table, which is meant
    ["member_id", "last_seq"], sa.select(_counted.c.member_id, _counted.c.count)
)
_ADVANCE = _first_heads.on_conflict_do_update(
    index_elements=["member_id"],
    set_={"last_seq": _heads.c.last_seq + _first_heads.excluded.last_seq},
).returning(_heads.c.member_id, _heads.c.last_seq)

_HEADS = sa.select(InboxHead.member_id, InboxHead.last_seq).where(InboxHead.member_id == sa.any_(_members))
_AFTER = (
    sa.select(InboxEntry.seq, *_EVENT_COLUMNS)
    .join(
        EventRow,
        sa.and_(
            EventRow.id == InboxEntry.event_id,
            # The partition is found by this column alone.
            EventRow.recorded_at == InboxEntry.event_recorded_at,
        ),
        isouter=True,
    )
    .where(InboxEntry.member_id == sa.bindparam("member_id"), InboxEntry.seq > sa.bindparam("seq"))
    .order_by(InboxEntry.seq)
    .limit(sa.bindparam("rows"))
)


class Inbox:
    """Fills and reads inboxes; never commits."""

    def __init__(self, session: Session, channels: Channels, services: Services) -> None:
        self._session = session
        self._channels = channels
        self._services = services

    def deliver(self, rows: Sequence[Any]) -> list[Entry]:
        """Put events into the inboxes of their receivers, in the given order.

        What a receiver has already is left out, so that the same event may be delivered twice.

        Args:
            rows: of ``events``; their deliveries are known to this version.
        Returns:
            The new entries.
        """
        pairs = [
            (member_id, row, event)
            for row in rows
            for event in [event_from(row)]
            for member_id in sorted(self._receivers(row.name, event))
        ]
        if not pairs:
            return []
        there_already = {
            tuple(found)
            for found in self._session.execute(
                _THERE_ALREADY,
                {"members": [pair[0] for pair in pairs], "events": [pair[1].id for pair in pairs]},
            )
        }
        new = [pair for pair in pairs if (pair[0], pair[1].id) not in there_already]
        last = self._advance(Counter(member_id for member_id, _, _ in new))
        entries = []
        for member_id, row, event in new:
            last[member_id] += 1
            delivered = Delivered(member_id, row.id, row.occurred_at, event)
            entries.append((Entry(member_id, last[member_id], row.name, delivered), row.recorded_at))
        if entries:
            self._session.execute(
                sa.insert(InboxEntry),
                [
                    {
                        "member_id": entry.member_id,
                        "seq": entry.seq,
                        "event_id": entry.delivered.event_id if entry.delivered else None,
                        "event_recorded_at": recorded_at,
                    }
                    for entry, recorded_at in entries
                ],
            )
        return [entry for entry, _ in entries]

    def _receivers(self, name: str, event: Any) -> set[UUID]:
        delivery = self._channels.delivery(name)
        return set(delivery.receivers(self._services, event)) if delivery else set()

    def _advance(self, counts: Counter[UUID]) -> dict[UUID, int]:
        """Reserve numbers per member, locking heads in one order everywhere; the last number before them."""
        members = sorted(counts)
        heads: Iterable[Any] = self._session.execute(
            _ADVANCE, {"members": members, "counts": [counts[member_id] for member_id in members]}
        )
        return {row.member_id: row.last_seq - counts[row.member_id] for row in heads}

    def heads(self, member_ids: Iterable[UUID]) -> dict[UUID, int]:
        """The last number given to each member, in one query; members without any have 0."""
        members = list(member_ids)
        heads = dict.fromkeys(members, 0)
        heads.update(
            (row.member_id, row.last_seq) for row in self._session.execute(_HEADS, {"members": members})
        )
        return heads

    def after(self, member_id: UUID, seq: int, limit: int) -> list[Entry]:
        """A member's entries after ``seq``, oldest first, at most ``limit``."""
        rows = self._session.execute(_AFTER, {"member_id": member_id, "seq": seq, "rows": limit})
        return [
            Entry(
                member_id,
                row.seq,
                row.name or "",
                Delivered(member_id, row.id, row.occurred_at, event_from(row))
                if self._knows(row.name)
                else None,
            )
            for row in rows
        ]

    def _knows(self, name: str | None) -> bool:
        return name in event_log.EVENTS and self._channels.delivers(name)

    def frames(self, entries: Sequence[Entry]) -> list[bytes | None]:
        """The JSON frames of entries with a fresh look, rendered together per kind of event.

        None where the receiver may no longer see it, or where this version cannot show it.
        """
        frames: list[bytes | None] = [None] * len(entries)
        by_name: dict[str, list[int]] = defaultdict(list)
        for position, entry in enumerate(entries):
            if entry.delivered is not None:
                by_name[entry.name].append(position)
        for name, positions in by_name.items():
            data = self._render(name, [entries[position].delivered for position in positions])
            for position, item in zip(positions, data, strict=True):
                if item is not None:
                    frames[position] = self._frame(entries[position], item)
        return frames

    def _render(self, name: str, items: Sequence[Any]) -> Sequence[dict[str, Any] | None]:
        delivery = self._channels.delivery(name)
        if delivery is None:
            return [None] * len(items)
        try:
            return delivery.render(self._services, items)
        except DATABASE_AWAY:  # the caller tries again
            raise
        except Exception as error:  # a broken renderer must not stop everything behind it
            log.error("render_failed", event_name=name, exc_info=error)
            return [None] * len(items)

    def _frame(self, entry: Entry, data: dict[str, Any]) -> bytes:
        delivery = self._channels.delivery(entry.name)
        return orjson.dumps(
            {
                "event": delivery.frame if delivery else entry.name,
                "channel": f"user:{entry.member_id}",
                "seq": entry.seq,
                "data": data,
            },
            default=str,
        )


def event_from(row: Any) -> event_log.Event:
    """The event in a row of ``events``.

    Raises:
        KeyError: this version does not know it.
    """
    return event_log.EVENTS[row.name].from_data(row.data)


def leads_on(after: int, head: int, entries: Sequence[Entry]) -> bool:
    """Whether entries lead on from a number: it is known, not too far back and not cleaned away."""
    if not 0 <= head - after <= MOST_REPLAYED:
        return False
    return entries[0].seq == after + 1 if entries else head == after


def message(entry: Entry, frame: bytes | None) -> bytes:
    """What hubs are sent about an entry: its number, and its frame where there is one.

    A number alone makes a hub look into the inbox itself.
    """
    return b"%d %s" % (entry.seq, frame) if frame else b"%d" % entry.seq


def user_channel(valkey: Valkey, member_id: UUID | str) -> str:
    """The name in Valkey under which a member's frames are published."""
    return valkey.key("user", member_id)


def deliver(services: Services, event_id: str) -> None:
    """Body of the job ``realtime.deliver``, for one event; the relay normally takes many at a time.

    Raises:
        LookupError: there is no such event, or this version does not know it; the job is tried again later.
    """
    session = services[Session]
    row = session.execute(_EVENT, {"event_id": UUID(event_id)}).one_or_none()
    if row is None:
        raise LookupError(f"no event {event_id}")
    entries = services[Inbox].deliver([row])
    valkey = services[Valkey]
    for entry in entries:
        services[Signals].publish(session, user_channel(valkey, entry.member_id), message(entry, None))
