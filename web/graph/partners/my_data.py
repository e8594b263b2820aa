"""A member's accountability partners and check-ins: their copy of it, and its end."""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.db import AnySelect
from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.graph.models import CheckIn, Partnership


class PartnershipRecord(BaseModel):
    """An accountability partner."""

    id: UUID
    partner_id: UUID
    partner_username: str
    was_invited: bool = Field(description="whether the partner asked, not the member")
    status: str
    frequency: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class CheckInRecord(BaseModel):
    """What the member told a partner; what the partner told is the partner's."""

    partnership_id: UUID
    local_day: date
    note: str | None
    created_at: datetime


_member = sa.bindparam("member", type_=sa.Uuid())
_partner = sa.case((Partnership.inviter_id == _member, Partnership.invitee_id), else_=Partnership.inviter_id)
_is_one = sa.or_(Partnership.inviter_id == _member, Partnership.invitee_id == _member)
_PARTNERSHIPS: AnySelect = (
    sa.select(
        Partnership.id,
        _partner.label("partner_id"),
        Account.username.label("partner_username"),
        (Partnership.invitee_id == _member).label("was_invited"),
        Partnership.status,
        Partnership.frequency,
        Partnership.created_at,
        Partnership.started_at,
        Partnership.ended_at,
    )
    .join(Account, Account.id == _partner)
    .where(_is_one)
    .order_by(Partnership.created_at, Partnership.id)
)
_CHECK_INS: AnySelect = (
    sa.select(CheckIn.partnership_id, CheckIn.local_day, CheckIn.note, CheckIn.created_at)
    .where(CheckIn.member_id == _member)
    .order_by(CheckIn.created_at, CheckIn.id)
)


def register(personal_data: PersonalData) -> None:
    """Sections and eraser of partners."""
    personal_data.export(
        Section("partnerships", ("partnerships",), PartnershipRecord, partnerships),
        Section("check_ins", ("check_ins",), CheckInRecord, check_ins),
    )
    personal_data.erase(Eraser("partners", ("partnerships", "check_ins"), erase))


def partnerships(services: Services, member_id: UUID) -> Iterator[PartnershipRecord]:
    """With whom a member is or was partners."""
    return stream(services[Session], PartnershipRecord, _PARTNERSHIPS, member=member_id)


def check_ins(services: Services, member_id: UUID) -> Iterator[CheckInRecord]:
    """What a member told partners."""
    return stream(services[Session], CheckInRecord, _CHECK_INS, member=member_id)


def erase(services: Services, member_id: UUID, _keeps_content: bool) -> None:
    """Delete a member's partnerships, and with them what either side told."""
    services[Session].execute(sa.delete(Partnership).where(_is_one), {"member": member_id})
