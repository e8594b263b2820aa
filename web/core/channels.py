"""How events reach members' sockets, declared by the features and carried out by the relay and the hub."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from web.core.services import Services


@dataclass(frozen=True)
class Delivered:
    """An event on its way to one member."""

    member_id: UUID
    event_id: UUID
    occurred_at: datetime
    event: Any


Receivers = Callable[[Services, Any], Iterable[UUID]]
Renderer = Callable[[Services, Sequence[Delivered]], Sequence[dict[str, Any] | None]]
Greeting = Callable[[Services, UUID], dict[str, Any]]


@dataclass(frozen=True)
class Delivery:
    """Who receives an event and how it looks on the wire.

    Attributes:
        frame: the frame's ``event`` value.
        receivers: the members that get it; runs in the relay.
        render: the frames' ``data`` for many deliveries in a constant number of queries; None where the
            receiver may not (or no longer) see it. Runs at delivery and again at replay.
    """

    frame: str
    receivers: Receivers
    render: Renderer


class Channels:
    """The deliveries and greetings that the features declare."""

    def __init__(self) -> None:
        self._deliveries: dict[str, Delivery] = {}
        self._greetings: list[Greeting] = []

    def deliver(self, event: Any, frame: str, *, receivers: Receivers, render: Renderer) -> None:
        """Push ``event`` (an Event class) to its receivers as a frame."""
        if event.name in self._deliveries:
            raise ValueError(f"{event.name} is delivered already")
        self._deliveries[event.name] = Delivery(frame, receivers, render)

    def greet(self, greeting: Greeting) -> None:
        """Add facts to the ``connected`` frame."""
        self._greetings.append(greeting)

    def delivers(self, event_name: str) -> bool:
        """Whether anyone can receive this event."""
        return event_name in self._deliveries

    def delivery(self, event_name: str) -> Delivery | None:
        """How to deliver an event; None for one that this version does not know."""
        return self._deliveries.get(event_name)

    def greeting(self, services: Services, member_id: UUID) -> dict[str, Any]:
        """What a member is told on connecting."""
        facts: dict[str, Any] = {}
        for greeting in self._greetings:
            facts |= greeting(services, member_id)
        return facts
