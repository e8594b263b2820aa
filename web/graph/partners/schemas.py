"""What callers send and get about accountability partners."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.accounts.schemas import MemberCard
from web.core.pagination import PageQuery

LONGEST_NOTE = 500

Frequency = Literal["daily", "weekly"]
Status = Literal["invited", "active", "paused", "ended"]
Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NOTE)]


class PartnershipPath(BaseModel):
    """A partnership in an address."""

    partnership_id: UUID


class PartnershipsQuery(PageQuery):
    """Which of the caller's partnerships."""

    status: Status | None = Field(default=None, description="all that have not ended when left out")


class NewPartnership(BaseModel):
    """Whom to ask, and how often both want to check in."""

    model_config = ConfigDict(extra="forbid")

    partner_id: UUID
    frequency: Frequency = "daily"


class PartnershipChange(BaseModel):
    """What changes; the rest stays."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["active", "paused"] | None = Field(
        default=None, description="``active`` accepts an invitation, or ends a break"
    )
    frequency: Frequency | None = Field(
        default=None, description="while it is an invitation, only the inviter decides"
    )


class Partnership(BaseModel):
    """A partnership as one of its two members sees it."""

    id: UUID
    partner: MemberCard
    status: Status
    frequency: Frequency
    is_invited: bool = Field(description="whether the caller is the one who was invited")
    my_last_check_in: date | None = Field(description="the caller's local day")
    partners_last_check_in: date | None = Field(description="the partner's local day")
    is_due: bool = Field(
        description="active, and the caller has not checked in today, or in this week from Monday, local time"
    )
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class NewCheckIn(BaseModel):
    """How it went."""

    model_config = ConfigDict(extra="forbid")

    note: Note | None = Field(default=None, description="only the two partners ever read it")


class CheckIn(BaseModel):
    """A partner told how it went; once on each of their local days."""

    id: UUID
    member_id: UUID
    local_day: date
    note: str | None
    created_at: datetime
