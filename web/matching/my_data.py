"""Reports of strangers in the copy of one's data, and their end.

Nothing else of matching is kept that belongs to anybody.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.matching.models import MatchReport

_member = sa.bindparam("member", type_=sa.Uuid())


class MatchReportRecord(BaseModel):
    """A report that the member made, or that was made about them after a talk with a stranger."""

    id: UUID
    direction: str = Field(description="made or received")
    reason: str = Field(description="a code, such as spam")
    note: str | None = Field(description="what the member wrote with it; null in one that was received")
    evidence: list[dict[str, Any]] | None = Field(description="what the member showed of the talk")
    created_at: datetime
    handled_at: datetime | None


_is_own = MatchReport.reporter_id == _member
_REPORTS = (
    sa.select(
        MatchReport.id,
        sa.case((_is_own, "made"), else_="received").label("direction"),
        MatchReport.reason,
        # Who reported somebody must not be known by what they wrote.
        sa.case((_is_own, MatchReport.note), else_=None).label("note"),
        sa.case((_is_own, MatchReport.evidence), else_=None).label("evidence"),
        MatchReport.created_at,
        MatchReport.handled_at,
    )
    .where(sa.or_(_is_own, MatchReport.reported_id == _member))
    .order_by(MatchReport.created_at, MatchReport.id)
)


def register(personal_data: PersonalData) -> None:
    """The section and the eraser of matching."""
    personal_data.export(Section("match_reports", ("match_reports",), MatchReportRecord, reports))
    personal_data.erase(Eraser("matching", ("match_reports",), erase))


def reports(services: Services, member_id: UUID) -> Iterator[MatchReportRecord]:
    """What a member reported, and was reported for, oldest first."""
    return stream(services[Session], MatchReportRecord, _REPORTS, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Delete reports by and about a member: each holds words of both."""
    concerned = sa.or_(MatchReport.reporter_id == member_id, MatchReport.reported_id == member_id)
    services[Session].execute(sa.delete(MatchReport).where(concerned))
