"""Tables of the plumbing: the event log, inboxes, jobs, idempotency keys, visits, imports."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from web.core.db import Base


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id, which orders events by commit visibility."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "XID8"


class EventRow(Base):
    """What happened, insert-only. Carries ids, numbers and codes; never text or personal data."""

    __tablename__ = "events"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", "recorded_at"),
        sa.Index("ix_events_xid", "xid"),
        {"postgresql_partition_by": "RANGE (recorded_at)"},
    )

    id: Mapped[UUID]
    name: Mapped[str]
    version: Mapped[int] = mapped_column(sa.SmallInteger, server_default="1")
    actor_id: Mapped[UUID | None] = mapped_column(info={"personal": "who did it"})
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    local_day: Mapped[date | None]
    xid: Mapped[int] = mapped_column(Xid8, server_default=sa.text("pg_current_xact_id()"))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, info={"personal": "whom it concerned"})


class InboxHead(Base):
    """The last sequence number given out per receiving member; its row lock orders deliveries."""

    __tablename__ = "inbox_heads"

    member_id: Mapped[UUID] = mapped_column(primary_key=True, info={"personal": "whose inbox"})
    last_seq: Mapped[int] = mapped_column(sa.BigInteger)


class InboxEntry(Base):
    """An event delivered to a member: the durable half of the socket, replayed after a reconnect."""

    __tablename__ = "inbox"
    __table_args__ = (sa.UniqueConstraint("member_id", "event_id"), sa.Index(None, "recorded_at"))

    member_id: Mapped[UUID] = mapped_column(primary_key=True, info={"personal": "whose inbox"})
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    event_id: Mapped[UUID]
    event_recorded_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class Job(Base):
    """Deferred work, written in the transaction that wants it done; deleted when it is done."""

    __tablename__ = "jobs"
    __table_args__ = (
        sa.Index("ix_jobs_due", "queue", "due_at", "id", postgresql_where=sa.text("dead_at IS NULL")),
        sa.UniqueConstraint("dedupe_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    queue: Mapped[str]
    kind: Mapped[str]
    args: Mapped[dict[str, Any]] = mapped_column(JSONB, info={"personal": "ids of whom it is about"})
    dedupe_key: Mapped[str | None]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    dead_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(info={"personal": "may name an address"})
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class IdempotencyKey(Base):
    """The answer that an Idempotency-Key got, kept for a day."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (sa.Index(None, "created_at"),)

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int] = mapped_column(sa.SmallInteger)
    body: Mapped[bytes] = mapped_column(info={"personal": "the member's own answer"})
    created_at: Mapped[datetime]


class Visit(Base):
    """One row per visitor and UTC day; the visitor is a member or a hash whose salt changes daily."""

    __tablename__ = "visits"

    day: Mapped[date] = mapped_column(primary_key=True)
    visitor: Mapped[str] = mapped_column(primary_key=True, info={"personal": "member id or daily hash"})
    device: Mapped[str] = mapped_column(primary_key=True)
    is_member: Mapped[bool]
    pages: Mapped[int]


class ImportedFile(Base):
    """A file of imported history that is in, as a whole."""

    __tablename__ = "imported_files"

    source: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    rows: Mapped[int]
    rejected: Mapped[int]
    imported_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
