"""What can happen with keys and sealed messages.

In what is between two members, ``member_id`` is who did it and ``peer_id`` the other.
"""

from dataclasses import dataclass
from uuid import UUID

from web.core.events import Event


@dataclass(frozen=True, kw_only=True)
class DeviceKeyChanged(Event, name="device_key_changed", actor="member_id"):
    """A device of a member was ``added`` or ``removed``, or its key was ``rotated``."""

    member_id: UUID
    device_id: UUID
    change: str


@dataclass(frozen=True, kw_only=True)
class KeyRotationDue(Event, name="key_rotation_due", actor="by_id"):
    """A device has had its key for long. The clock did it, nobody else: ``by_id`` is None."""

    by_id: UUID | None = None
    member_id: UUID
    device_id: UUID


@dataclass(frozen=True, kw_only=True)
class KeyExchangeStarted(Event, name="key_exchange_started", actor="member_id"):
    """A member asked another to exchange keys."""

    member_id: UUID
    peer_id: UUID
    exchange_id: UUID


@dataclass(frozen=True, kw_only=True)
class KeyExchangeDone(Event, name="key_exchange_done", actor="member_id"):
    """A member agreed to exchange keys with another who had asked."""

    member_id: UUID
    peer_id: UUID
    exchange_id: UUID


@dataclass(frozen=True, kw_only=True)
class KeyExchangeEnded(Event, name="key_exchange_ended", actor="member_id"):
    """A member no longer takes sealed messages from another with whom keys were exchanged."""

    member_id: UUID
    peer_id: UUID
    exchange_id: UUID


@dataclass(frozen=True, kw_only=True)
class SecretMessageSent(Event, name="secret_message_sent", actor="member_id"):
    """A member sent a sealed message."""

    member_id: UUID
    peer_id: UUID
    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class SecretMessageDelivered(Event, name="secret_message_delivered", actor="member_id"):
    """A sealed message reached a device of its recipient."""

    member_id: UUID
    peer_id: UUID
    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class SecretMessageRead(Event, name="secret_message_read", actor="member_id"):
    """A sealed message was read by its recipient."""

    member_id: UUID
    peer_id: UUID
    message_id: UUID
