"""Whom a member dismissed: their copy of it, and its end."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.db import AnySelect
from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.graph.models import SuggestionDismissal


class DismissalRecord(BaseModel):
    """Somebody whom the member does not want suggested."""

    member_id: UUID
    username: str
    created_at: datetime


_DISMISSALS: AnySelect = (
    sa.select(
        SuggestionDismissal.dismissed_id.label("member_id"), Account.username, SuggestionDismissal.created_at
    )
    .join(Account, Account.id == SuggestionDismissal.dismissed_id)
    .where(SuggestionDismissal.member_id == sa.bindparam("member", type_=sa.Uuid()))
    .order_by(SuggestionDismissal.created_at, SuggestionDismissal.dismissed_id)
)


def register(personal_data: PersonalData) -> None:
    """Section and eraser of suggestions. Who dismissed a member is the others' data, and nobody is told."""
    tables = ("suggestion_dismissals",)
    personal_data.export(Section("dismissed_suggestions", tables, DismissalRecord, dismissals))
    personal_data.erase(Eraser("suggestions", tables, erase))


def dismissals(services: Services, member_id: UUID) -> Iterator[DismissalRecord]:
    """Whom a member dismissed."""
    return stream(services[Session], DismissalRecord, _DISMISSALS, member=member_id)


def erase(services: Services, member_id: UUID, _keeps_content: bool) -> None:
    """Delete dismissals of a member, from both sides."""
    of_either = sa.or_(
        SuggestionDismissal.member_id == member_id, SuggestionDismissal.dismissed_id == member_id
    )
    services[Session].execute(sa.delete(SuggestionDismissal).where(of_either))
