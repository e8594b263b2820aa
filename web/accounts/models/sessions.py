"""Sessions and the refresh tokens that keep them going."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Session(Base):
    """A login on one device. Access tokens name it; revoking it ends them.

    ``methods`` are the proofs it was opened with (RFC 8176 names); ``proved_at`` is when the member last
    proved who they are, which sensitive changes want to be recent; ``ended_for`` says why it was revoked.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        sa.CheckConstraint("client IN ('web', 'api', 'cli')", name="client"),
        sa.Index(None, "account_id"),
        sa.Index("ix_sessions_revoked_at", "revoked_at", postgresql_where=sa.text("revoked_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    client: Mapped[str]
    scope: Mapped[str]
    methods: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default="{}")
    user_agent: Mapped[str | None] = mapped_column(info={"personal": "device"})
    ip: Mapped[str | None] = mapped_column(info={"personal": "address at login"})
    created_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    ended_for: Mapped[str | None]


class RefreshToken(Base):
    """A refresh token, hashed. Using one marks it; a second use revokes the session (RFC 9700 §4.14)."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (sa.Index(None, "session_id"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("sessions.id", ondelete="CASCADE"))
    user_agent: Mapped[str | None] = mapped_column(info={"personal": "device"})
    ip: Mapped[str | None] = mapped_column(info={"personal": "address"})
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
