"""Tables of keys and sealed messages. All that is secret in them was sealed before it came here."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from web.core.db import Base


class DeviceKey(Base):
    """A device of a member and the public half of its X25519 key pair."""

    __tablename__ = "device_keys"
    __table_args__ = (
        sa.CheckConstraint("octet_length(public_key) = 32", name="is_x25519"),
        # Two devices with one key could not be told apart by what was sealed to them.
        sa.UniqueConstraint("public_key"),
        sa.Index(
            "ix_device_keys_to_rotate", "next_rotation_at", postgresql_where=sa.text("reminded_at IS NULL")
        ),
    )

    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"),
        primary_key=True,
        info={"personal": "whose device"},
    )
    device_id: Mapped[UUID] = mapped_column(
        primary_key=True, info={"personal": "what the device calls itself"}
    )
    name: Mapped[str | None] = mapped_column(info={"personal": "how the member calls the device"})
    public_key: Mapped[bytes] = mapped_column(info={"personal": "the device's key"})
    created_at: Mapped[datetime]
    rotated_at: Mapped[datetime]
    next_rotation_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]


class KeyExchange(Base):
    """Two members who exchange keys: one asks, and the other agrees or not. There is one for each pair.

    Who asked is not told that it was declined: for them it waits, and when they take it back
    (``withdrawn_at``), it is gone. The row stays, so that asking anew reaches nobody.
    """

    __tablename__ = "key_exchanges"
    __table_args__ = (
        sa.CheckConstraint("initiator_id <> recipient_id", name="not_oneself"),
        sa.CheckConstraint(
            "(completed_at IS NULL) = (recipient_public_key IS NULL)", name="completed_by_a_key"
        ),
        sa.CheckConstraint("completed_at IS NULL OR declined_at IS NULL", name="one_answer"),
        sa.UniqueConstraint("pair_key"),
        sa.Index(None, "initiator_id", "created_at", "id"),
        sa.Index(None, "recipient_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    pair_key: Mapped[str] = mapped_column(info={"personal": "the pair of members, sorted"})
    initiator_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "who asked"}
    )
    recipient_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "who was asked"}
    )
    initiator_public_key: Mapped[bytes]
    recipient_public_key: Mapped[bytes | None]
    created_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]  # only of what was declined


class SecretMessage(Base):
    """The outside of a sealed message: from whom to whom and when, and how far it has come."""

    __tablename__ = "secret_messages"
    __table_args__ = (
        sa.UniqueConstraint("sender_id", "client_id"),
        sa.Index(None, "pair_key", "created_at", "id"),
        sa.Index(
            "ix_secret_messages_unread",
            "recipient_id",
            "sender_id",
            postgresql_where=sa.text("read_at IS NULL"),
        ),
        sa.Index(None, "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    pair_key: Mapped[str] = mapped_column(info={"personal": "the pair of members, sorted"})
    sender_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "who wrote"}
    )
    recipient_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), info={"personal": "to whom"}
    )
    client_id: Mapped[UUID]
    sender_public_key: Mapped[bytes]
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class SealedCopy(Base):
    """A message as it was sealed to one device; it goes when the device is removed."""

    __tablename__ = "sealed_copies"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["member_id", "device_id"],
            ["device_keys.member_id", "device_keys.device_id"],
            ondelete="CASCADE",
        ),
        sa.Index(None, "member_id", "device_id"),
    )

    message_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("secret_messages.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[UUID] = mapped_column(primary_key=True, info={"personal": "for whom it is sealed"})
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    public_key: Mapped[bytes]  # of the device when it was sealed; the device may have another one by now
    nonce: Mapped[bytes]
    ciphertext: Mapped[bytes] = mapped_column(info={"personal": "what was written, sealed"})


class KeyBackup(Base):
    """A member's secret keys, sealed by their device under a recovery key that only the member has."""

    __tablename__ = "key_backups"

    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, info={"personal": "whose backup"}
    )
    blob: Mapped[bytes] = mapped_column(info={"personal": "the secret keys, sealed"})
    kdf: Mapped[dict[str, Any]] = mapped_column(JSONB, info={"personal": "how the recovery key is stretched"})
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
