"""What the check at writing noted about a member's texts: their copy of it, and how it is erased."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.moderation.models import Flag


class FlagRecord(BaseModel):
    """Something that the member wrote and that a moderator is to look at, or has."""

    subject_kind: str = Field(description="what it is, such as content or comment")
    subject_id: UUID
    reason: str = Field(description="a code, such as shouting")
    created_at: datetime
    handled_at: datetime | None


_FLAGS = (
    sa.select(*(Flag.__table__.c[name] for name in FlagRecord.model_fields))
    .where(Flag.author_id == sa.bindparam("member", type_=sa.Uuid()))
    .order_by(Flag.created_at, Flag.id)
)


def register(personal_data: PersonalData) -> None:
    """The section and the eraser of moderation."""
    personal_data.export(Section("flags", ("flags",), FlagRecord, flags))
    personal_data.erase(Eraser("moderation", ("flags",), erase))


def flags(services: Services, member_id: UUID) -> Iterator[FlagRecord]:
    """What was flagged of what a member wrote, oldest first."""
    return stream(services[Session], FlagRecord, _FLAGS, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Delete a member's flags."""
    services[Session].execute(sa.delete(Flag).where(Flag.author_id == member_id))
