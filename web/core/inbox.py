"""Durable deliveries: each receiving member gets an event once, under the next ``seq`` of their own."""

from uuid import UUID

from web.core.services import Services


def deliver(services: Services, event_id: str) -> None:
    """Body of the job ``realtime.deliver``."""
    raise LookupError(UUID(event_id))
