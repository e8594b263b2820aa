"""The devices a member is told on: their copy of it, and its end."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.notifications.devices.models import PushDevice


class DeviceRecord(BaseModel):
    """A device that the member is told on."""

    id: UUID
    device_type: str
    service: str = Field(description="what reaches it: web_push, expo or fcm")
    address: str = Field(description="by which the service knows the device")
    device_id: str | None = Field(description="the app's own name for its installation")
    app_version: str | None
    locale: str | None
    created_at: datetime
    seen_at: datetime
    failing_since: datetime | None


_DEVICES = (
    sa.select(*(getattr(PushDevice, name) for name in DeviceRecord.model_fields))
    .where(PushDevice.member_id == sa.bindparam("member", type_=sa.Uuid()))
    .order_by(PushDevice.created_at, PushDevice.id)
)


def register(personal_data: PersonalData) -> None:
    """Section and eraser of devices."""
    personal_data.export(Section("devices", ("devices",), DeviceRecord, devices))
    personal_data.erase(Eraser("devices", ("devices", "push_receipts"), erase))


def devices(services: Services, member_id: UUID) -> Iterator[DeviceRecord]:
    """A member's devices, the oldest first."""
    return stream(services[Session], DeviceRecord, _DEVICES, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Delete them, and with them what was pushed to them."""
    services[Session].execute(sa.delete(PushDevice).where(PushDevice.member_id == member_id))
