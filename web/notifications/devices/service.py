"""Registering the devices that members are told on, and retiring those that are gone."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.ids import new_id
from web.notifications.delivery.push_services import PushServices
from web.notifications.devices.errors import BadPushAddress, PushNotOffered
from web.notifications.devices.models import PushDevice
from web.notifications.devices.queries import item_from
from web.notifications.devices.schemas import DeviceItem, NewDevice

log = structlog.get_logger(__name__)

MOST_DEVICES: Final = 20  # of a member; one more, and the one seen longest ago goes
RETIRED_AFTER: Final = timedelta(days=3)  # of nothing but failures


class DeviceService:
    """Registers and retires devices. Raises DomainError subclasses; never commits.

    Lock order: the member's account, the device.
    """

    def __init__(self, session: Session, clock: Clock, services: PushServices) -> None:
        self._session = session
        self._clock = clock
        self._services = services

    def register(self, member_id: UUID, session_id: UUID, new: NewDevice) -> DeviceItem:
        """Tell a member on a device from now on, for as long as the session lives.

        Twice is the same as once. What was known by the same ``device_id`` is replaced; an address that
        another member had registered is theirs no longer, because the device has changed hands.

        Raises:
            PushNotOffered: this Plaza has no service that reaches such a device.
            BadPushAddress: its service cannot be at such an address.
        """
        service = self._services.get(new.service)
        if service is None:
            raise PushNotOffered()
        if not service.takes(new.address):
            raise BadPushAddress()
        # One registration of a member at a time, or two of one device would each miss the other.
        self._session.execute(
            sa.select(Account.id).where(Account.id == member_id).with_for_update(key_share=True)
        )
        self._replace(member_id, new)
        row = self._write(member_id, session_id, new)
        self._drop_oldest(member_id)
        return item_from(row, session_id)

    def unregister(self, member_id: UUID, device_id: UUID) -> None:
        """Tell a member on a device no more.

        Raises:
            NotFound: it is not theirs, or not registered any more.
        """
        mine = sa.delete(PushDevice).where(PushDevice.id == device_id, PushDevice.member_id == member_id)
        if self._session.scalar(mine.returning(PushDevice.id)) is None:
            raise NotFound()

    def retire(self, device_id: UUID, address: str, reason: str) -> None:
        """Forget a device that its service does not know any more, unless it has a new address by now."""
        dead = sa.delete(PushDevice).where(PushDevice.id == device_id, PushDevice.address == address)
        service = self._session.scalar(dead.returning(PushDevice.service))
        if service is not None:
            log.info("device_retired", service=service, device=str(device_id), reason=reason)

    def note_failures(self, device_ids: Collection[UUID]) -> None:
        """Note that devices could not be reached, and forget those that have not been for days."""
        now = self._clock.now()
        failing = PushDevice.id.in_(device_ids)
        given_up = failing & (PushDevice.failing_since < now - RETIRED_AFTER)
        for device_id in self._session.scalars(
            sa.delete(PushDevice).where(given_up).returning(PushDevice.id)
        ):
            log.info("device_retired", device=str(device_id), reason="unreachable for days")
        since = sa.func.coalesce(PushDevice.failing_since, now)
        self._update(sa.update(PushDevice).where(failing).values(failing_since=since))

    def note_successes(self, device_ids: Collection[UUID]) -> None:
        """Note that devices could be reached; writes nothing where that is no news."""
        again = PushDevice.id.in_(device_ids) & PushDevice.failing_since.is_not(None)
        self._update(sa.update(PushDevice).where(again).values(failing_since=None))

    def _update(self, statement: sa.Update) -> None:
        self._session.execute(statement.execution_options(synchronize_session=False))

    def _replace(self, member_id: UUID, new: NewDevice) -> None:
        """Make room for the device's new address."""
        if new.device_id is None:
            return
        self._session.execute(
            sa.delete(PushDevice).where(
                PushDevice.member_id == member_id,
                PushDevice.device_id == new.device_id,
                PushDevice.address != new.address,
            )
        )

    def _write(self, member_id: UUID, session_id: UUID, new: NewDevice) -> Any:
        now, keys = self._clock.now(), new.subscription and new.subscription.keys
        values = {
            "member_id": member_id,
            "session_id": session_id,
            "device_type": new.device_type,
            "service": new.service,
            "p256dh": keys and keys.p256dh,
            "auth": keys and keys.auth,
            "device_id": new.device_id,
            "app_version": new.app_version,
            "locale": new.locale,
            "seen_at": now,
            "failing_since": None,
        }
        statement = insert(PushDevice).values(id=new_id(), address=new.address, created_at=now, **values)
        statement = statement.on_conflict_do_update(index_elements=["address"], set_=values)
        return self._session.execute(statement.returning(*PushDevice.__table__.columns)).one()

    def _drop_oldest(self, member_id: UUID) -> None:
        kept = (
            sa.select(PushDevice.id)
            .where(PushDevice.member_id == member_id)
            .order_by(PushDevice.seen_at.desc(), PushDevice.id.desc())
            .limit(MOST_DEVICES)
        )
        self._session.execute(
            sa.delete(PushDevice).where(PushDevice.member_id == member_id, PushDevice.id.not_in(kept))
        )
