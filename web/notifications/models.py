"""Tables of notifications."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Notification(Base):
    """Something that happened to a member. Texts are made when it is read, in the reader's language."""

    __tablename__ = "notifications"
    __table_args__ = (
        sa.UniqueConstraint("member_id", "event_id"),
        sa.Index("ix_notifications_recent", "member_id", sa.text("created_at DESC"), sa.text("id DESC")),
        sa.Index("ix_notifications_unread", "member_id", postgresql_where=sa.text("read_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(info={"personal": "what happened to the member"})
    actor_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"))
    target_kind: Mapped[str]
    target_id: Mapped[UUID]
    event_id: Mapped[UUID]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
