"""The table of what feeds showed to whom."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Impression(Base):
    """A feed showed an item to a member at a position; ranking and the night read it."""

    __tablename__ = "impressions"
    __table_args__ = (
        sa.Index(None, "member_id", "shown_at"),
        sa.Index("ix_impressions_shown_at", "shown_at", postgresql_using="brin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "what I was shown"}
    )
    feed: Mapped[str]  # following, ranked, ...
    item_kind: Mapped[str]  # post, reel, share, ...
    item_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(sa.SmallInteger)  # from 0, see ImpressionLog
    shown_at: Mapped[datetime]
