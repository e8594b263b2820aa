"""Tables of what moderators have to look at."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class Flag(Base):
    """The check at writing let something through, but found it worth a look.

    It names what it is about by a Ref; what that says is read where it stands, so that nothing is kept twice.
    """

    __tablename__ = "flags"
    __table_args__ = (
        sa.Index(None, "created_at", "id", postgresql_where=sa.text("handled_at IS NULL")),
        sa.Index(None, "subject_kind", "subject_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "who wrote it"}
    )
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    reason: Mapped[str]  # a code, such as words or shouting
    created_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
