"""How a member wants to see Plaza."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Appearance(Base):
    """Looks of the pages; no row means the defaults."""

    __tablename__ = "appearances"
    __table_args__ = (
        sa.CheckConstraint("theme_mode IN ('light', 'dark', 'system')", name="theme_mode"),
        sa.CheckConstraint("accent_color ~ '^#[0-9a-f]{6}$'", name="accent_color"),
        sa.CheckConstraint("font_size_multiplier BETWEEN 0.8 AND 1.5", name="font_size_multiplier"),
    )

    account_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    theme_mode: Mapped[str] = mapped_column(server_default="system", info={"personal": "looks"})
    accent_color: Mapped[str | None] = mapped_column(info={"personal": "looks"})
    font_size_multiplier: Mapped[Decimal] = mapped_column(
        sa.Numeric(3, 2), server_default="1.0", info={"personal": "looks"}
    )
    updated_at: Mapped[datetime]


class BlockedKeyword(Base):
    """A word that the member does not want to read; ``keyword_key`` is its normal form."""

    __tablename__ = "blocked_keywords"

    account_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    keyword_key: Mapped[str] = mapped_column(primary_key=True, info={"personal": "unwanted word"})
    keyword: Mapped[str] = mapped_column(info={"personal": "unwanted word"})
    created_at: Mapped[datetime]
