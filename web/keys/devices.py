"""The devices on which members read sealed messages, and their public keys."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.sessions.service import SessionService
from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import Event, EventLog, Happened
from web.core.jobs import JobLog
from web.core.refs import Ref
from web.core.services import Services
from web.keys.errors import KeyTaken, TooManyDevices, UnknownDeviceKey
from web.keys.events import DeviceKeyChanged, KeyRotationDue
from web.keys.models import DeviceKey
from web.keys.schemas import MOST_DEVICES, NewDeviceKey
from web.notifications.service import NotificationService

ROTATION: Final = timedelta(days=90)
REMINDED_AT_A_TIME: Final = 500

_OVERDUE = (
    sa.select(DeviceKey.member_id, DeviceKey.device_id)
    .where(
        DeviceKey.reminded_at.is_(None),
        DeviceKey.next_rotation_at <= sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    )
    .order_by(DeviceKey.next_rotation_at)
    .limit(REMINDED_AT_A_TIME)
    .with_for_update(skip_locked=True)
)


class DeviceKeyService:
    """Registers, rotates and removes device keys. Raises DomainError subclasses; never commits.

    Lock order: the member's account, the key.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        sessions: SessionService,
        notifications: NotificationService,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._sessions = sessions
        self._notifications = notifications

    def put(self, member_id: UUID, session_id: UUID, new: NewDeviceKey) -> None:
        """Register a device, or give it another key; the same key again changes nothing but the name.

        What was sealed to the former key stays: the device keeps the secret half until it has opened that.
        Another device, and one with another key, can read all that comes, so it takes a recent proof of who
        the member is: a stolen session alone must not put its own key in the place of the member's.

        Raises:
            KeyTaken, TooManyDevices
            ReauthenticationRequired: the member has devices already.
        """
        self._lock(member_id, new.public_key)
        mine = {
            row.device_id: row.public_key
            for row in self._session.execute(
                sa.select(DeviceKey.device_id, DeviceKey.public_key).where(DeviceKey.member_id == member_id)
            )
        }
        if mine.get(new.device_id) == new.public_key:
            self._rename(member_id, new)
            return
        is_new = new.device_id not in mine
        if mine:
            self._sessions.require_recent_proof(session_id)
        if is_new and len(mine) >= MOST_DEVICES:
            raise TooManyDevices(limit=MOST_DEVICES)
        if self._session.scalar(sa.select(sa.exists().where(DeviceKey.public_key == new.public_key))):
            raise KeyTaken()
        self._write(member_id, new)
        change = "added" if is_new else "rotated"
        happened = self._events.emit(
            DeviceKeyChanged(member_id=member_id, device_id=new.device_id, change=change)
        )
        if is_new and mine:
            self._inform(member_id, "secret_device_added", happened)

    def _inform(self, member_id: UUID, type_name: str, about: Happened[Event]) -> None:
        target = Ref("member", member_id)
        self._notifications.inform(member_id, type_name, about=about.id, target=target)

    def _lock(self, member_id: UUID, key: bytes) -> None:
        """One change of a member's devices at a time, and one owner of a key."""
        account = sa.select(Account.id).where(Account.id == member_id)
        self._session.execute(account.with_for_update(key_share=True))
        self._session.execute(
            sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(key.hex(), 0)))
        )

    def _rename(self, member_id: UUID, new: NewDeviceKey) -> None:
        self._session.execute(
            sa.update(DeviceKey)
            .where(DeviceKey.member_id == member_id, DeviceKey.device_id == new.device_id)
            .values(name=new.name)
        )

    def _write(self, member_id: UUID, new: NewDeviceKey) -> None:
        now = self._clock.now()
        changes = {
            "name": new.name,
            "public_key": new.public_key,
            "rotated_at": now,
            "next_rotation_at": now + ROTATION,
            "reminded_at": None,
        }
        self._session.execute(
            insert(DeviceKey)
            .values(member_id=member_id, device_id=new.device_id, created_at=now, **changes)
            .on_conflict_do_update(index_elements=["member_id", "device_id"], set_=changes)
        )

    def remove(self, member_id: UUID, session_id: UUID, device_id: UUID) -> None:
        """Remove a device, with everything that was sealed to it.

        That takes a recent proof, because the first device after the last one takes none.

        Raises:
            NotFound: the member has no such device.
            ReauthenticationRequired
        """
        self._sessions.require_recent_proof(session_id)
        removed = self._session.scalar(
            sa.delete(DeviceKey)
            .where(DeviceKey.member_id == member_id, DeviceKey.device_id == device_id)
            .returning(DeviceKey.device_id)
        )
        if removed is None:
            raise NotFound()
        self._events.emit(DeviceKeyChanged(member_id=member_id, device_id=device_id, change="removed"))

    def require_key(self, member_id: UUID, key: bytes) -> None:
        """Make sure that a device of the member has this key.

        Raises:
            UnknownDeviceKey
        """
        known = sa.exists().where(DeviceKey.member_id == member_id, DeviceKey.public_key == key)
        if not self._session.scalar(sa.select(known)):
            raise UnknownDeviceKey()

    def remind(self) -> int:
        """Remind the members whose devices have had their keys for long, once for each key.

        Returns:
            How many devices that were, of at most ``REMINDED_AT_A_TIME``.
        """
        now = self._clock.now()
        overdue = self._session.execute(_OVERDUE, {"now": now}).all()
        for member_id, device_id in overdue:
            self._note_reminder(member_id, device_id, now)
        return len(overdue)

    def _note_reminder(self, member_id: UUID, device_id: UUID, now: datetime) -> None:
        self._session.execute(
            sa.update(DeviceKey)
            .where(DeviceKey.member_id == member_id, DeviceKey.device_id == device_id)
            .values(reminded_at=now)
        )
        due = self._events.emit(KeyRotationDue(member_id=member_id, device_id=device_id))
        self._inform(member_id, "key_rotation_due", due)


def remind(services: Services) -> None:
    """Body of the job ``keys.remind``; it goes on in another job while there is more to do."""
    if services[DeviceKeyService].remind() == REMINDED_AT_A_TIME:
        services[JobLog].add("keys.remind")
