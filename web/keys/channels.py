"""What sockets are told of keys and sealed messages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from web.core.channels import Channels, Delivered
from web.core.services import Services
from web.keys import queries
from web.keys.events import (
    DeviceKeyChanged,
    KeyExchangeDone,
    KeyExchangeEnded,
    KeyExchangeStarted,
    SecretMessageDelivered,
    SecretMessageRead,
    SecretMessageSent,
)

Frames = list[dict[str, Any] | None]
_STATUS = {KeyExchangeStarted: "pending", KeyExchangeDone: "completed", KeyExchangeEnded: "ended"}


def register(channels: Channels) -> None:
    """Declare the frames. Both members get what is between them, on all their devices."""
    for event, frame, render in (
        (SecretMessageSent, "secret.new", render_new),
        (SecretMessageDelivered, "secret.delivered", render_receipt),
        (SecretMessageRead, "secret.read", render_receipt),
        (KeyExchangeStarted, "keys.exchange", render_exchange),
        (KeyExchangeDone, "keys.exchange", render_exchange),
        (KeyExchangeEnded, "keys.exchange", render_exchange),
    ):
        channels.deliver(event, frame, receivers=lambda _, it: {it.member_id, it.peer_id}, render=render)
    channels.deliver(DeviceKeyChanged, "keys.changed", receivers=change_receivers, render=render_change)


def render_new(services: Services, items: Sequence[Delivered]) -> Frames:
    """The message, and what of it is sealed for the receiver's devices."""
    session = services[Session]
    ids = {item.event.message_id for item in items}
    messages, copies, met = queries.outsides(session, ids), queries.copies(session, ids), _met(session, items)
    frames: Frames = []
    for item in items:
        message = messages.get(item.event.message_id)
        sealed = copies.get((item.event.message_id, item.member_id), [])
        frames.append(
            {**message.model_dump(mode="json"), "copies": [copy.model_dump(mode="json") for copy in sealed]}
            if message and _pair(item) in met
            else None
        )
    return frames


def render_receipt(services: Services, items: Sequence[Delivered]) -> Frames:
    """How far a message has come."""
    session = services[Session]
    messages = queries.outsides(session, {item.event.message_id for item in items})
    met = _met(session, items)
    frames: Frames = []
    for item in items:
        message = messages.get(item.event.message_id)
        frames.append(
            {
                "message_id": message.id,
                "user_id": item.event.member_id,
                "delivered_at": message.delivered_at,
                "read_at": message.read_at,
            }
            if message and _pair(item) in met
            else None
        )
    return frames


def render_exchange(services: Services, items: Sequence[Delivered]) -> Frames:
    """With whom keys are being exchanged, and how that stood after the event."""
    met = _met(services[Session], items)
    return [
        {
            "exchange_id": item.event.exchange_id,
            "peer_id": peer_id,
            "status": _STATUS[type(item.event)],
            "timestamp": item.occurred_at,
        }
        if (receiver_id, peer_id) in met
        else None
        for item in items
        for receiver_id, peer_id in [_pair(item)]
    ]


def change_receivers(services: Services, event: DeviceKeyChanged) -> set[UUID]:
    """With whom the member has exchanged keys, and the member's other devices."""
    return {event.member_id, *queries.partners(services[Session], event.member_id)}


def render_change(services: Services, items: Sequence[Delivered]) -> Frames:
    """Whose devices have changed. Which there are now has to be asked for; the safety number is another."""
    met = queries.meeting(services[Session], [(item.member_id, item.event.member_id) for item in items])
    return [
        {
            "user_id": item.event.member_id,
            "device_id": item.event.device_id,
            "change": item.event.change,
            "timestamp": item.occurred_at,
        }
        if (item.member_id, item.event.member_id) in met
        else None
        for item in items
    ]


def _pair(item: Delivered) -> tuple[UUID, UUID]:
    """The receiver, and the other of the two whom an event is about."""
    event = item.event
    return item.member_id, event.peer_id if event.member_id == item.member_id else event.member_id


def _met(session: Session, items: Sequence[Delivered]) -> set[tuple[UUID, UUID]]:
    """The pairs in which the receiver may meet the other, now."""
    return queries.meeting(session, map(_pair, items))
