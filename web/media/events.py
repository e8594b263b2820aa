"""What can happen to an upload."""

from dataclasses import dataclass
from uuid import UUID

from web.core.events import Event


@dataclass(frozen=True, kw_only=True)
class MediumProgressed(Event, name="media_progressed", actor="owner_id"):
    """A video is being made; told some times for each."""

    owner_id: UUID
    media_id: UUID
    percent: int


@dataclass(frozen=True, kw_only=True)
class MediumReady(Event, name="media_ready", actor="owner_id"):
    """An upload can be shown."""

    owner_id: UUID
    media_id: UUID
    kind: str
    purpose: str


@dataclass(frozen=True, kw_only=True)
class MediumFailed(Event, name="media_failed", actor="owner_id"):
    """An upload turned out not to be usable; ``failure`` is the reason's code."""

    owner_id: UUID
    media_id: UUID
    failure: str
