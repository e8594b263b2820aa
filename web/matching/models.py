"""The one table of matching: what members reported. Who talked with whom is in no other."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class MatchReport(Base):
    """A member reported whom they were matched with, and showed of the talk what they chose to.

    Reports pause the reported for a while, and keep the two apart.
    """

    __tablename__ = "match_reports"
    __table_args__ = (
        sa.CheckConstraint("reporter_id <> reported_id", name="not_oneself"),
        sa.UniqueConstraint("reporter_id", "match_id"),
        sa.Index(None, "reported_id", "created_at"),
        sa.Index(None, "created_at", "id", postgresql_where=sa.text("handled_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    match_id: Mapped[UUID]
    reporter_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "who reported"}
    )
    reported_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "who was reported"}
    )
    reason: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="", info={"personal": "what the reporter wrote"})
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, info={"personal": "what was said"})
    created_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
