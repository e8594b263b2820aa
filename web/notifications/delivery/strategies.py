"""How what a member is told leaves Plaza: one strategy for each channel, such as push, e-mail and SMS.

A channel is handed over in ``register``: ``app.value(DeliveryChannels).add(PushChannel(...))``. The
dispatcher then adds a job ``notifications.<name>`` for each notification that the member wants there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from web.core.jobs import TryLater
from web.core.services import Services

__all__ = ["DeliveryChannel", "DeliveryChannels", "Rendered", "TryLater", "Unreachable"]


class Unreachable(Exception):
    """The member has nothing that this channel could reach: no device, no address. Nothing is tried again."""


@dataclass(frozen=True)
class Rendered:
    """A notification as a channel shows it, in the member's language.

    Attributes:
        message: what is to be said beside the title; may be empty.
        action_url: the path that a click leads to, on the site and in the apps.
        icon_color: #rrggbb.
        image_url: of who did it; a path on the site or a full address.
        badge: how much is unread now, for the number on an app's icon.
        type: of notification, such as ``content_liked``.
    """

    title: str
    message: str
    action_url: str | None
    icon_type: str
    icon_color: str
    image_url: str | None
    badge: int
    type: str
    notification_id: UUID
    locale: str


class DeliveryChannel(Protocol):
    """One way to a member.

    Attributes:
        name: of the channel in preferences: ``push``, ``email``, ``sms``.
    """

    name: str

    def deliver(self, services: Services, member_id: UUID, note: Rendered) -> None:
        """Hand a notification over. It may come twice: a job whose worker died is done again.

        Raises:
            TryLater: the service asks to wait so many seconds; tried again then.
            Unreachable: there is nowhere to deliver it.
            Exception: any other; tried again with growing pauses, and dead after eight times.
        """


class DeliveryChannels:
    """The channels that this installation has.

    Args:
        add_kind: declares the kind of job that delivers by a channel.
    """

    def __init__(self, add_kind: Callable[[DeliveryChannel], None]) -> None:
        self._add_kind = add_kind
        self._names: list[str] = []

    def add(self, channel: DeliveryChannel) -> None:
        """Let notifications go out by a channel, each in a job of its own."""
        self._add_kind(channel)
        self._names.append(channel.name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)
