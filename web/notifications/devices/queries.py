"""Reads about devices."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from web.accounts.models import Session as Login
from web.core.db import AnySelect
from web.notifications.devices.models import PushDevice
from web.notifications.devices.schemas import DeviceItem

_member = sa.bindparam("member", type_=sa.Uuid())
# Who has logged out of a device is told nothing more on it.
IS_LOGGED_IN = sa.exists().where(
    Login.id == PushDevice.session_id,
    Login.account_id == PushDevice.member_id,
    Login.revoked_at.is_(None),
    Login.expires_at > sa.bindparam("now", type_=sa.DateTime(timezone=True)),
)
_SHOWN = (
    PushDevice.id,
    PushDevice.device_type,
    PushDevice.device_id,
    PushDevice.app_version,
    PushDevice.locale,
    PushDevice.service,
    PushDevice.session_id,
    PushDevice.created_at,
    PushDevice.seen_at,
)
_DEVICES: AnySelect = (
    sa.select(*_SHOWN)
    .where(PushDevice.member_id == _member, IS_LOGGED_IN)
    .order_by(PushDevice.seen_at.desc(), PushDevice.id.desc())
)
_REACHABLE = (
    sa.select(PushDevice.id, PushDevice.service)
    .where(PushDevice.member_id == _member, IS_LOGGED_IN)
    .order_by(PushDevice.service, PushDevice.id)
)
_TO_PUSH: AnySelect = (
    sa.select(
        PushDevice.id,
        PushDevice.service,
        PushDevice.address,
        PushDevice.p256dh,
        PushDevice.auth,
        PushDevice.locale,
        PushDevice.failing_since,
    )
    .where(
        PushDevice.member_id == _member,
        PushDevice.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid()))),
        IS_LOGGED_IN,
    )
    .order_by(PushDevice.id)
)


def devices_of(session: Session, member_id: UUID, *, now: datetime, current: UUID) -> list[DeviceItem]:
    """The devices a member is told on, the last seen first.

    Args:
        current: the session that asks.
    """
    rows = session.execute(_DEVICES, {"member": member_id, "now": now})
    return [item_from(row, current) for row in rows]


def item_from(row: Any, current: UUID) -> DeviceItem:
    """A device as its member sees it."""
    return DeviceItem(
        id=row.id,
        device_type=row.device_type,
        device_id=row.device_id,
        app_version=row.app_version,
        locale=row.locale,
        service=row.service,
        is_current=row.session_id == current,
        created_at=row.created_at,
        seen_at=row.seen_at,
    )


def reachable(session: Session, member_id: UUID, now: datetime) -> Sequence[Any]:
    """``id`` and ``service`` of a member's devices, ordered by service."""
    return session.execute(_REACHABLE, {"member": member_id, "now": now}).all()


def to_push(session: Session, member_id: UUID, ids: Collection[UUID], now: datetime) -> Sequence[Any]:
    """Those of some devices that still are the member's, with all that is needed to reach them."""
    return session.execute(_TO_PUSH, {"member": member_id, "ids": list(ids), "now": now}).all()
