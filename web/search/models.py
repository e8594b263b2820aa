"""The table that search looks in."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class SearchDocument(Base):
    """The words by which something is found; what it says is read where it stands."""

    __tablename__ = "search_documents"
    __table_args__ = (
        sa.Index("ix_search_documents_words", "words", postgresql_using="gin"),
        sa.Index(None, "owner_id"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)  # of the Ref: content, member, goal, ...
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "words of what the member wrote"}
    )
    words: Mapped[str] = mapped_column(TSVECTOR)
    weight: Mapped[float] = mapped_column(server_default="0")  # breaks ties, such as followers of a member
    created_at: Mapped[datetime]
