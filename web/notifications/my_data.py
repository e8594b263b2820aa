"""What a member was told: their copy of it, and its end."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.notifications.models import Notification


class NotificationRecord(BaseModel):
    """Something the member was told."""

    id: UUID
    type: str = Field(description="what happened, such as member_followed")
    actor_username: str | None = Field(description="who did it")
    target_kind: str
    target_id: UUID
    created_at: datetime
    read_at: datetime | None


_NOTIFICATIONS = (
    sa.select(
        Notification.id,
        Notification.type,
        Account.username.label("actor_username"),
        Notification.target_kind,
        Notification.target_id,
        Notification.created_at,
        Notification.read_at,
    )
    .outerjoin(Account, Account.id == Notification.actor_id)
    .where(Notification.member_id == sa.bindparam("member", type_=sa.Uuid()))
    .order_by(Notification.created_at, Notification.id)
)


def register(personal_data: PersonalData) -> None:
    """Section and eraser of notifications."""
    personal_data.export(Section("notifications", ("notifications",), NotificationRecord, notifications))
    personal_data.erase(Eraser("notifications", ("notifications",), erase))


def notifications(services: Services, member_id: UUID) -> Iterator[NotificationRecord]:
    """What a member was told, oldest first."""
    return stream(services[Session], NotificationRecord, _NOTIFICATIONS, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Delete what the member was told, and what others were told of them."""
    about = sa.or_(Notification.member_id == member_id, Notification.actor_id == member_id)
    services[Session].execute(sa.delete(Notification).where(about))
