"""The table of what feeds showed to whom."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Impression(Base):
    """A feed showed a page of items to a member; ranking and the night read it.

    One row for a page, because every reading of a feed writes it: a row for each item made the most of what
    the database did for a feed.
    """

    __tablename__ = "impressions"
    __table_args__ = (
        sa.CheckConstraint("cardinality(item_ids) = cardinality(item_kinds)", name="kinds_of_items"),
        sa.Index(None, "member_id", "shown_at"),
        sa.Index("ix_impressions_shown_at", "shown_at", postgresql_using="brin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "what I was shown"}
    )
    feed: Mapped[str]  # following, ranked, ...
    first_position: Mapped[int] = mapped_column(
        sa.SmallInteger
    )  # of the first item, from 0; see ImpressionLog
    item_kinds: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))  # post, reel, share, ...
    item_ids: Mapped[list[UUID]] = mapped_column(ARRAY(sa.Uuid))
    shown_at: Mapped[datetime]
