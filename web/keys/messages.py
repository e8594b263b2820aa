"""Carrying sealed messages. What is in them the server neither sees nor asks."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.refs import Ref
from web.core.relations import MemberPolicy
from web.core.services import Services
from web.graph.relations import lock_pair, meets
from web.keys import schemas
from web.keys.binary import encode
from web.keys.errors import DevicesChanged, KeyExchangeNeeded, NoDevices, SelfExchange
from web.keys.events import SecretMessageDelivered, SecretMessageRead, SecretMessageSent
from web.keys.models import DeviceKey, KeyExchange, SealedCopy, SecretMessage
from web.keys.policy import is_kept, kept
from web.messaging.service import direct_key
from web.notifications.service import NotificationService

REMOVED_AT_A_TIME: Final = 1_000

# A device that is removed at the same moment waits, and takes its copy along; or is gone before.
_DEVICES = (
    sa.select(DeviceKey.member_id, DeviceKey.device_id, DeviceKey.public_key)
    .where(DeviceKey.member_id == sa.any_(sa.bindparam("members", type_=ARRAY(sa.Uuid()))))
    .order_by(DeviceKey.member_id, DeviceKey.device_id)
    .with_for_update(read=True, key_share=True)
)
_IS_COMPLETED = sa.select(
    sa.exists().where(KeyExchange.pair_key == sa.bindparam("pair"), KeyExchange.completed_at.is_not(None))
)
_RECEIVED = (
    sa.select(SecretMessage.sender_id, SecretMessage.delivered_at, SecretMessage.read_at)
    .join(Account, Account.id == SecretMessage.sender_id)
    .where(
        SecretMessage.id == sa.bindparam("id", type_=sa.Uuid()),
        SecretMessage.recipient_id == sa.bindparam("member", type_=sa.Uuid()),
        meets(sa.bindparam("member", type_=sa.Uuid())),
        is_kept(),
    )
    .with_for_update(of=SecretMessage)
)


class SecretMessageService:
    """Takes sealed messages and notes how far they come. Raises DomainError subclasses; never commits.

    Lock order: the pair, devices by member and id, messages.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        policy: MemberPolicy,
        notifications: NotificationService,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._policy = policy
        self._notifications = notifications

    def send(self, sender_id: UUID, new: schemas.NewSecretMessage) -> schemas.SecretMessage:
        """Take a message. The same ``client_id`` again answers with the message that is there.

        Whoever completed an exchange takes messages of the other, whatever their settings say by now.

        Raises:
            SelfExchange, NotFound, KeyExchangeNeeded
            NoDevices: the recipient has none any more.
            DevicesChanged: it is not sealed to each device of the two but the sending one, and to no other.
        """
        if sender_id == new.recipient_id:
            raise SelfExchange()
        lock_pair(self._session, sender_id, new.recipient_id)
        if there := self._sent(sender_id, new.client_id):
            return there
        self._policy.require_sight(sender_id, new.recipient_id)
        pair = direct_key(sender_id, new.recipient_id)
        if not self._session.scalar(_IS_COMPLETED, {"pair": pair}):
            raise KeyExchangeNeeded()
        devices = self._covered(sender_id, new)
        message_id = self._append(sender_id, pair, new)
        if message_id is not None:
            self._seal(message_id, devices, new.copies)
            sent = SecretMessageSent(member_id=sender_id, peer_id=new.recipient_id, message_id=message_id)
            happened = self._events.emit(sent)
            target = Ref("member", sender_id)
            self._notifications.tell(new.recipient_id, "secret_message", about=happened, target=target)
        message = self._sent(sender_id, new.client_id)
        if message is None:
            raise NotFound()
        return message

    def _sent(self, sender_id: UUID, client_id: UUID) -> schemas.SecretMessage | None:
        row = self._session.execute(
            sa.select(*SecretMessage.__table__.columns).where(
                SecretMessage.sender_id == sender_id, SecretMessage.client_id == client_id
            )
        ).one_or_none()
        return None if row is None else schemas.SecretMessage.model_validate(row, from_attributes=True)

    def _covered(self, sender_id: UUID, new: schemas.NewSecretMessage) -> dict[bytes, Any]:
        """The devices that get a copy, by their keys, which stay until the transaction ends.

        Raises:
            NoDevices, DevicesChanged
        """
        rows = self._session.execute(_DEVICES, {"members": [sender_id, new.recipient_id]}).all()
        if all(row.member_id != new.recipient_id for row in rows):
            raise NoDevices(user_ids=[str(new.recipient_id)])
        own = {row.public_key for row in rows if row.member_id == sender_id}
        sending = {new.sender_public_key} & own
        wanted = {row.public_key: row for row in rows if row.public_key not in sending}
        given = [copy.public_key for copy in new.copies]
        missing = [row for key, row in wanted.items() if key not in given]
        stale = [key for key in given if key not in wanted]
        if not sending:
            stale.append(new.sender_public_key)
        if missing or stale:
            raise DevicesChanged(
                missing=[
                    schemas.PeerDevice(
                        user_id=row.member_id, device_id=row.device_id, public_key=row.public_key
                    ).model_dump(mode="json")
                    for row in missing
                ],
                stale=[encode(key) for key in stale],
            )
        return wanted

    def _append(self, sender_id: UUID, pair: str, new: schemas.NewSecretMessage) -> UUID | None:
        """The id of the new message; None if the sender was faster with the same ``client_id`` elsewhere."""
        statement = (
            insert(SecretMessage)
            .on_conflict_do_nothing(index_elements=["sender_id", "client_id"])
            .returning(SecretMessage.id)
        )
        row = {
            "id": new_id(),
            "pair_key": pair,
            "sender_id": sender_id,
            "recipient_id": new.recipient_id,
            "client_id": new.client_id,
            "sender_public_key": new.sender_public_key,
            "created_at": self._clock.now(),
        }
        return self._session.scalar(statement, row)

    def _seal(self, message_id: UUID, devices: dict[bytes, Any], copies: Sequence[schemas.NewCopy]) -> None:
        self._session.execute(
            sa.insert(SealedCopy),
            [
                {
                    "message_id": message_id,
                    "member_id": devices[copy.public_key].member_id,
                    "device_id": devices[copy.public_key].device_id,
                    "public_key": copy.public_key,
                    "nonce": copy.nonce,
                    "ciphertext": copy.ciphertext,
                }
                for copy in copies
            ],
        )

    def mark_delivered(self, member_id: UUID, message_id: UUID) -> None:
        """Note that a message reached a device of its recipient; twice is the same as once.

        Raises:
            NotFound: no message to the member, too old, or from somebody whom they may not meet.
        """
        received = self._received(member_id, message_id)
        if received.delivered_at is None:
            self._note(message_id, delivered_at=self._clock.now())
            self._events.emit(
                SecretMessageDelivered(member_id=member_id, peer_id=received.sender_id, message_id=message_id)
            )

    def mark_read(self, member_id: UUID, message_id: UUID) -> None:
        """Note that a message was read, and so delivered; twice is the same as once.

        Raises:
            NotFound: as above.
        """
        received = self._received(member_id, message_id)
        if received.read_at is None:
            now = self._clock.now()
            self._note(message_id, read_at=now, delivered_at=received.delivered_at or now)
            self._events.emit(
                SecretMessageRead(member_id=member_id, peer_id=received.sender_id, message_id=message_id)
            )
            writer = Ref("member", received.sender_id)
            self._notifications.mark_read_about(member_id, ("secret_message",), writer)

    def _received(self, member_id: UUID, message_id: UUID) -> Any:
        values = {"id": message_id, "member": member_id, **kept(self._clock.now())}
        received = self._session.execute(_RECEIVED, values).one_or_none()
        if received is None:
            raise NotFound()
        return received

    def _note(self, message_id: UUID, **values: Any) -> None:
        self._session.execute(sa.update(SecretMessage).where(SecretMessage.id == message_id).values(**values))

    def remove_old(self) -> int:
        """Delete messages that have been carried for long enough: this is no archive.

        Returns:
            How many that were, of at most ``REMOVED_AT_A_TIME``.
        """
        old = (
            sa.select(SecretMessage.id)
            .where(sa.not_(is_kept()))
            .order_by(SecretMessage.created_at)
            .limit(REMOVED_AT_A_TIME)
            .with_for_update(skip_locked=True)
        )
        removed = sa.delete(SecretMessage).where(SecretMessage.id.in_(old)).returning(SecretMessage.id)
        return len(self._session.scalars(removed, kept(self._clock.now())).all())


def clean_up(services: Services) -> None:
    """Body of the job ``keys.clean_up``; it goes on in another job while there is more to do."""
    if services[SecretMessageService].remove_old() == REMOVED_AT_A_TIME:
        services[JobLog].add("keys.clean_up")
