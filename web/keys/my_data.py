"""Keys and sealed messages of a member: their copy, as sealed as it is here, and its end.

When a member is erased, what they wrote goes too, unlike ordinary messages: whoever received it has opened
it on a device of their own, and what nobody can open any more is of no use to anybody.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.db import AnySelect
from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.keys.binary import Base64
from web.keys.models import DeviceKey, KeyBackup, KeyExchange, SealedCopy, SecretMessage


class DeviceKeyRecord(BaseModel):
    """A device on which the member reads sealed messages."""

    device_id: UUID
    name: str | None
    public_key: Base64
    created_at: datetime
    rotated_at: datetime
    next_rotation_at: datetime


class KeyExchangeRecord(BaseModel):
    """Somebody with whom the member exchanged keys, or was asked to, or asked to."""

    id: UUID
    direction: str = Field(description="sent or received")
    peer_id: UUID
    peer_username: str
    initiator_public_key: Base64
    recipient_public_key: Base64 | None
    created_at: datetime
    completed_at: datetime | None
    declined_at: datetime | None = Field(description="when the member declined what they received")


class SecretMessageRecord(BaseModel):
    """The outside of a sealed message that the member sent or received."""

    id: UUID
    sender_id: UUID
    recipient_id: UUID
    peer_username: str
    sender_public_key: Base64
    created_at: datetime
    delivered_at: datetime | None
    read_at: datetime | None


class SealedCopyRecord(BaseModel):
    """A message as it was sealed to a device of the member; only the device can open it."""

    message_id: UUID
    device_id: UUID
    public_key: Base64
    nonce: Base64
    ciphertext: Base64


class KeyBackupRecord(BaseModel):
    """The member's secret keys, sealed under a recovery key that only they have."""

    blob: Base64
    kdf: dict[str, Any] = Field(description="how the recovery key is stretched")
    created_at: datetime
    updated_at: datetime


_member = sa.bindparam("member", type_=sa.Uuid())
_DEVICES: AnySelect = (
    sa.select(*DeviceKey.__table__.columns)
    .where(DeviceKey.member_id == _member)
    .order_by(DeviceKey.created_at, DeviceKey.device_id)
)
_asked = KeyExchange.initiator_id == _member
_peer = sa.case((_asked, KeyExchange.recipient_id), else_=KeyExchange.initiator_id)
# Who asked is not told that it was declined, and has what they took back no more.
_EXCHANGES: AnySelect = (
    sa.select(
        KeyExchange.id,
        sa.case((_asked, "sent"), else_="received").label("direction"),
        _peer.label("peer_id"),
        Account.username.label("peer_username"),
        KeyExchange.initiator_public_key,
        KeyExchange.recipient_public_key,
        KeyExchange.created_at,
        KeyExchange.completed_at,
        sa.case((sa.not_(_asked), KeyExchange.declined_at)).label("declined_at"),
    )
    .join(Account, Account.id == _peer)
    .where(sa.or_(sa.and_(_asked, KeyExchange.withdrawn_at.is_(None)), KeyExchange.recipient_id == _member))
    .order_by(KeyExchange.created_at, KeyExchange.id)
)
_wrote = SecretMessage.sender_id == _member
_other = sa.case((_wrote, SecretMessage.recipient_id), else_=SecretMessage.sender_id)
_MESSAGES: AnySelect = (
    sa.select(*SecretMessage.__table__.columns, Account.username.label("peer_username"))
    .join(Account, Account.id == _other)
    .where(sa.or_(_wrote, SecretMessage.recipient_id == _member))
    .order_by(SecretMessage.created_at, SecretMessage.id)
)
_COPIES: AnySelect = (
    sa.select(*SealedCopy.__table__.columns)
    .where(SealedCopy.member_id == _member)
    .order_by(SealedCopy.message_id, SealedCopy.device_id)
)
_BACKUP: AnySelect = sa.select(*KeyBackup.__table__.columns).where(KeyBackup.member_id == _member)


def register(personal_data: PersonalData) -> None:
    """Sections and eraser of keys."""
    personal_data.export(
        Section("device_keys", ("device_keys",), DeviceKeyRecord, devices),
        Section("key_exchanges", ("key_exchanges",), KeyExchangeRecord, exchanges),
        Section("secret_messages", ("secret_messages",), SecretMessageRecord, messages),
        Section("sealed_copies", ("sealed_copies",), SealedCopyRecord, copies),
        Section("key_backup", ("key_backups",), KeyBackupRecord, backups),
    )
    tables = ("device_keys", "key_exchanges", "secret_messages", "sealed_copies", "key_backups")
    personal_data.erase(Eraser("keys", tables, erase))


def devices(services: Services, member_id: UUID) -> Iterator[DeviceKeyRecord]:
    """A member's devices."""
    return stream(services[Session], DeviceKeyRecord, _DEVICES, member=member_id)


def exchanges(services: Services, member_id: UUID) -> Iterator[KeyExchangeRecord]:
    """With whom a member exchanged keys."""
    return stream(services[Session], KeyExchangeRecord, _EXCHANGES, member=member_id)


def messages(services: Services, member_id: UUID) -> Iterator[SecretMessageRecord]:
    """What a member sent and received."""
    return stream(services[Session], SecretMessageRecord, _MESSAGES, member=member_id)


def copies(services: Services, member_id: UUID) -> Iterator[SealedCopyRecord]:
    """What is sealed for a member's devices."""
    return stream(services[Session], SealedCopyRecord, _COPIES, member=member_id)


def backups(services: Services, member_id: UUID) -> Iterator[KeyBackupRecord]:
    """A member's backup, if there is one."""
    return stream(services[Session], KeyBackupRecord, _BACKUP, member=member_id)


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Delete everything; copies go with their messages and devices."""
    session = services[Session]
    of_member = (
        sa.or_(SecretMessage.sender_id == member_id, SecretMessage.recipient_id == member_id),
        sa.or_(KeyExchange.initiator_id == member_id, KeyExchange.recipient_id == member_id),
        DeviceKey.member_id == member_id,
        KeyBackup.member_id == member_id,
    )
    for table, condition in zip((SecretMessage, KeyExchange, DeviceKey, KeyBackup), of_member, strict=True):
        session.execute(sa.delete(table).where(condition))
