"""What a member was told, and how they want to be told: their copy of it, and its end."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.notifications.models import (
    Notification,
    NotificationActor,
    NotificationChoice,
    NotificationSettings,
)


class NotificationRecord(BaseModel):
    """Something the member was told."""

    id: UUID
    type: str = Field(description="what happened, such as member_followed")
    actor_username: str | None = Field(description="who did it, or did it last")
    actor_count: int = Field(description="how many did the same")
    target_kind: str
    target_id: UUID
    facts: dict[str, Any] = Field(description="numbers that the text names")
    created_at: datetime
    read_at: datetime | None
    archived_at: datetime | None


class NotificationChoiceRecord(BaseModel):
    """A type of notifications that the member switched on or off for a channel."""

    type: str
    channel: str
    wanted: bool


class NotificationSettingsRecord(BaseModel):
    """By what the member is reached, and when not."""

    push: bool
    email: bool
    sms: bool
    quiet_from: time | None
    quiet_until: time | None
    digest: str
    digest_sent_at: datetime | None
    updated_at: datetime


_member = sa.bindparam("member", type_=sa.Uuid())
_NOTIFICATIONS = (
    sa.select(
        Notification.id,
        Notification.type,
        Account.username.label("actor_username"),
        Notification.actor_count,
        Notification.target_kind,
        Notification.target_id,
        Notification.facts,
        Notification.created_at,
        Notification.read_at,
        Notification.archived_at,
    )
    .outerjoin(Account, Account.id == Notification.actor_id)
    .where(Notification.member_id == _member)
    .order_by(Notification.created_at, Notification.id)
)
_CHOICES = (
    sa.select(NotificationChoice.type, NotificationChoice.channel, NotificationChoice.wanted)
    .where(NotificationChoice.member_id == _member)
    .order_by(NotificationChoice.type, NotificationChoice.channel)
)
_SETTINGS = sa.select(
    *(getattr(NotificationSettings, name) for name in NotificationSettingsRecord.model_fields)
).where(NotificationSettings.member_id == _member)


def register(personal_data: PersonalData) -> None:
    """Sections and eraser of notifications."""
    personal_data.export(
        Section("notifications", ("notifications",), NotificationRecord, notifications),
        Section("notification_choices", ("notification_choices",), NotificationChoiceRecord, choices),
        Section("notification_settings", ("notification_settings",), NotificationSettingsRecord, settings),
    )
    personal_data.keep_out(
        "notification_actors", "whom others were told of; what one did oneself is in section activity"
    )
    tables = ("notifications", "notification_actors", "notification_choices", "notification_settings")
    personal_data.erase(Eraser("notifications", tables, erase))


def notifications(services: Services, member_id: UUID) -> Iterator[NotificationRecord]:
    """What a member was told, oldest first."""
    return stream(services[Session], NotificationRecord, _NOTIFICATIONS, member=member_id)


def choices(services: Services, member_id: UUID) -> Iterator[NotificationChoiceRecord]:
    """What a member has switched on or off."""
    return stream(services[Session], NotificationChoiceRecord, _CHOICES, member=member_id)


def settings(services: Services, member_id: UUID) -> Iterator[NotificationSettingsRecord]:
    """How a member is reached."""
    return stream(services[Session], NotificationSettingsRecord, _SETTINGS, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Delete what the member was told and wished, and take them out of what others were told."""
    session = services[Session]
    for table in (Notification, NotificationChoice, NotificationSettings):
        session.execute(sa.delete(table).where(table.member_id == member_id))
    _leave_groups(session, member_id)


def _leave_groups(session: Session, member_id: UUID) -> None:
    """What others were told of the member alone goes; what several did stays, told of the others."""
    told_of = sa.delete(NotificationActor).where(NotificationActor.actor_id == member_id)
    groups = list(session.scalars(told_of.returning(NotificationActor.notification_id)))
    session.execute(
        sa.update(Notification)
        .where(Notification.id.in_(groups))
        .values(actor_count=Notification.actor_count - 1)
        .execution_options(synchronize_session=False)
    )
    last_other = (
        sa.select(NotificationActor.actor_id)
        .where(NotificationActor.notification_id == Notification.id)
        .order_by(NotificationActor.happened_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    session.execute(
        sa.update(Notification)
        .where(Notification.actor_id == member_id, last_other.is_not(None))
        .values(actor_id=last_other)
        .execution_options(synchronize_session=False)
    )
    session.execute(sa.delete(Notification).where(Notification.actor_id == member_id))
