"""Records: what happened to an account's safety, what administrators did, which exports were made."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class SecurityEvent(Base):
    """Something a member should know about the safety of their account: a log-in, a changed way in."""

    __tablename__ = "security_events"
    __table_args__ = (sa.Index(None, "account_id", "occurred_at", "id"), sa.Index(None, "occurred_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    kind: Mapped[str]
    user_agent: Mapped[str | None] = mapped_column(info={"personal": "device"})
    ip: Mapped[str | None] = mapped_column(info={"personal": "address"})
    former_address: Mapped[str | None] = mapped_column(info={"personal": "email address until then"})
    occurred_at: Mapped[datetime]


class AuditEntry(Base):
    """What an administrator (or the command line, without ``actor_id``) did. Rows are only ever added."""

    __tablename__ = "audit_log"
    __table_args__ = (sa.Index(None, "occurred_at", "id"), sa.Index(None, "subject_kind", "subject_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    occurred_at: Mapped[datetime]


class DataExport(Base):
    """A copy of everything about a member, made on request and kept for a while."""

    __tablename__ = "data_exports"
    __table_args__ = (
        sa.CheckConstraint("status IN ('waiting', 'ready', 'failed')", name="status"),
        sa.Index(None, "account_id", "requested_at"),
        sa.Index(None, "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(server_default="waiting")
    storage_key: Mapped[str | None]
    bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    requested_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
