"""Reads about media: an owner's uploads, and what is served at an address."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.errors import NotFound
from web.core.media_addresses import addresses_of
from web.media.models import Medium
from web.media.presentation import MEDIUM_FIELDS, UploadState, medium_from

_STATES = sa.select(
    Medium.owner_id,
    Medium.purpose,
    Medium.status,
    Medium.progress,
    Medium.failure,
    Medium.created_at,
    *MEDIUM_FIELDS.values(),
).where(Medium.id.in_(sa.bindparam("ids", expanding=True)))
_SERVED = sa.select(Medium.is_public, Medium.variants).where(
    Medium.id == sa.bindparam("id", type_=sa.Uuid()), Medium.status == "ready"
)


def state(session: Session, owner_id: UUID, media_id: UUID) -> UploadState:
    """How far an upload is.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = states(session, [(owner_id, media_id)])
    if (owner_id, media_id) not in found:
        raise NotFound()
    return found[owner_id, media_id]


def states(session: Session, wanted: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], UploadState]:
    """How far uploads are, by owner and medium, as far as they belong together."""
    rows = session.execute(_STATES, {"ids": [media_id for _, media_id in wanted]})
    return {
        (row.owner_id, row.id): _state_from(session, row) for row in rows if (row.owner_id, row.id) in wanted
    }


def is_served(session: Session, media_id: UUID, variant: str, extension: str) -> bool | None:
    """Whether a variant is served to all (True) or under a signature (False); None when there is none."""
    row = session.execute(_SERVED, {"id": media_id}).one_or_none()
    if row is None or extension not in row.variants.get(variant, {}).get("formats", ()):
        return None
    return bool(row.is_public)


def _state_from(session: Session, row: Any) -> UploadState:
    fields = row._mapping  # noqa: SLF001 - the public way to a row's names
    is_ready = row.status == "ready"
    return UploadState(
        id=row.id,
        purpose=row.purpose,
        kind=row.kind,
        status=row.status,
        progress=row.progress,
        failure=row.failure,
        created_at=row.created_at,
        item=medium_from(fields, addresses_of(session)) if is_ready else None,
    )
