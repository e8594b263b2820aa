"""What the owner's sockets are told about an upload."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from web.core.channels import Channels, Delivered
from web.core.services import Services
from web.media.events import MediumFailed, MediumProgressed, MediumReady
from web.media.queries import states


def register(channels: Channels) -> None:
    """Declare the frames ``media.progress``, ``media.ready`` and ``media.failed``."""
    for event, frame in (
        (MediumProgressed, "media.progress"),
        (MediumReady, "media.ready"),
        (MediumFailed, "media.failed"),
    ):
        channels.deliver(event, frame, receivers=lambda _, event: {event.owner_id}, render=render)


def render(services: Services, items: Sequence[Delivered]) -> list[dict[str, Any] | None]:
    """The upload as it is now, as ``GET /media/{id}`` answers it; nothing once it is gone."""
    wanted = {(item.member_id, item.event.media_id) for item in items}
    found = states(services[Session], wanted)
    frames: list[dict[str, Any] | None] = []
    for item in items:
        state = found.get((item.member_id, item.event.media_id))
        frames.append(state.model_dump(mode="json") if state else None)
    return frames
