"""The table of pictures and videos. Their files are in storage, under keys made of the medium's id."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Medium(Base):
    """A picture, a video, a sound or a file that a member uploaded.

    Until something shows it (``attached_at``) it is a draft, which housekeeping deletes after a day.
    """

    __tablename__ = "media"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('image', 'video', 'audio', 'file')", name="kind"),
        sa.CheckConstraint("status IN ('processing', 'ready', 'failed')", name="status"),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        sa.CheckConstraint(
            "purpose IN ('profile', 'cover', 'post', 'story', 'goal', 'message', 'gossip')", name="purpose"
        ),
        sa.Index(None, "owner_id", "created_at"),
        sa.Index("ix_media_drafts", "created_at", postgresql_where=sa.text("attached_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "whose it is"}
    )
    purpose: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="processing")
    progress: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")  # percent, of a video
    failure: Mapped[str | None]  # a code, such as broken_file
    is_public: Mapped[bool] = mapped_column(
        server_default="false"
    )  # as far as what shows it goes; see policy
    content_type: Mapped[str]  # of the file that was uploaded
    name: Mapped[str | None] = mapped_column(info={"personal": "what the file was called"})  # kind file only
    size: Mapped[int] = mapped_column(sa.BigInteger)  # of that file, in bytes
    width: Mapped[int | None]  # of the largest variant, in pixels
    height: Mapped[int | None]
    duration_ms: Mapped[int | None]
    blurhash: Mapped[str | None]
    quality: Mapped[float | None]  # 0..1, for ranking
    # {"large": {"width": 1080, "height": 1350, "formats": ["webp", "jpg"]}, ...}
    variants: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    created_at: Mapped[datetime]
    attached_at: Mapped[datetime | None]
