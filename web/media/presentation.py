"""How a medium is shown: the fields that features above select, and the :class:`MediaItem` they become."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field

from web.core.media_addresses import MediaAddresses
from web.media.models import Medium
from web.media.policy import served_to_all

# What ``medium_from`` reads, for selecting a medium as JSON beside what it belongs to: over ``Medium`` and
# the ``Account`` of its owner.
MEDIUM_FIELDS: Mapping[str, sa.SQLColumnExpression[Any]] = {
    "id": Medium.id,
    "kind": Medium.kind,
    "is_public": served_to_all(),
    "width": Medium.width,
    "height": Medium.height,
    "duration_ms": Medium.duration_ms,
    "blurhash": Medium.blurhash,
    "variants": Medium.variants,
}


class Variant(BaseModel):
    """One size of a picture, the film or still of a video, a sound, or a file as it came."""

    url: str = Field(description="where it is; below the address of this API's host")
    fallback_url: str | None = Field(description="the same as JPEG, for who cannot show WebP")
    width: int = Field(description="0 for what is not seen")
    height: int


class MediaItem(BaseModel):
    """A picture, a video, a sound or a file as it is shown."""

    id: UUID
    kind: Literal["image", "video", "audio", "file"]
    width: int = Field(description="of the largest variant, in pixels; tells the shape before it is loaded")
    height: int
    duration_ms: int | None = Field(description="of a video or a sound")
    blurhash: str | None = Field(description="a blurred preview in 20 to 30 characters")
    alt_text: str | None = Field(description="what it shows, in words")
    name: str | None = Field(default=None, description="of a file: what it was called")
    size: int | None = Field(default=None, description="of a file, in bytes")
    variants: dict[str, Variant] = Field(
        description="by name, such as large, medium, thumb; film and poster; sound; file"
    )


def medium_from(fields: Mapping[str, Any], addresses: MediaAddresses) -> MediaItem:
    """The medium in what ``MEDIUM_FIELDS`` (and perhaps ``alt_text``) selected; it has to be ready."""
    return MediaItem(
        id=fields["id"],
        kind=fields["kind"],
        width=fields["width"] or 0,
        height=fields["height"] or 0,
        duration_ms=fields["duration_ms"],
        blurhash=fields["blurhash"],
        alt_text=fields.get("alt_text"),
        name=fields.get("name"),
        size=fields.get("size") if fields["kind"] == "file" else None,
        variants={
            name: _variant(fields["id"], name, facts, addresses, fields["is_public"])
            for name, facts in fields["variants"].items()
        },
    )


def _variant(
    media_id: UUID, name: str, facts: Mapping[str, Any], addresses: MediaAddresses, is_public: bool
) -> Variant:
    first, *others = (
        addresses.address(media_id, name, extension, is_public=is_public) for extension in facts["formats"]
    )
    return Variant(
        url=first,
        fallback_url=others[0] if others else None,
        width=facts.get("width", 0),
        height=facts.get("height", 0),
    )


class UploadState(BaseModel):
    """How far an upload is; its owner asks for it, or watches ``media.*`` on the socket."""

    id: UUID
    purpose: str
    kind: Literal["image", "video", "audio", "file"]
    status: Literal["processing", "ready", "failed"]
    progress: int = Field(description="percent")
    failure: str | None = Field(description="why it failed, a code")
    created_at: datetime
    item: MediaItem | None = Field(description="as it will be shown, once it is ready")
