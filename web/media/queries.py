"""Reads about media: an owner's uploads, and what is served at an address."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.db import AnySelect
from web.core.errors import NotFound
from web.core.media_addresses import addresses_of
from web.media.models import Medium
from web.media.policy import served_to_all
from web.media.presentation import MEDIUM_FIELDS, UploadState, medium_from

_UPLOADS: AnySelect = (
    sa.select(
        Medium.owner_id,
        Medium.purpose,
        Medium.status,
        Medium.progress,
        Medium.failure,
        Medium.created_at,
        Medium.name,
        Medium.size,
        *(field.label(name) for name, field in MEDIUM_FIELDS.items()),
    )
    .select_from(Medium)
    .join(Account, Account.id == Medium.owner_id)
)
_STATES = _UPLOADS.where(Medium.id.in_(sa.bindparam("ids", expanding=True)))
_owner = sa.bindparam("owner", type_=sa.Uuid())
_LATEST = (
    _UPLOADS.where(Medium.owner_id == _owner, Medium.purpose.in_(sa.bindparam("purposes", expanding=True)))
    .ext(distinct_on(Medium.purpose))
    .order_by(Medium.purpose, Medium.created_at.desc(), Medium.id.desc())
)
_SERVED = (
    sa.select(served_to_all().label("to_all"), Medium.variants)
    .join(Account, Account.id == Medium.owner_id)
    .where(Medium.id == sa.bindparam("id", type_=sa.Uuid()), Medium.status == "ready")
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


def latest(session: Session, owner_id: UUID, purposes: Collection[str]) -> dict[str, UploadState]:
    """A member's latest upload for each of some purposes, as far as there is one."""
    rows = session.execute(_LATEST, {"owner": owner_id, "purposes": list(purposes)})
    return {row.purpose: _state_from(session, row) for row in rows}


def is_served(session: Session, media_id: UUID, variant: str, extension: str) -> bool | None:
    """Whether a variant is served to all (True) or under a signature (False); None when there is none."""
    row = session.execute(_SERVED, {"id": media_id}).one_or_none()
    if row is None or extension not in row.variants.get(variant, {}).get("formats", ()):
        return None
    return bool(row.to_all)


def file_name(session: Session, media_id: UUID) -> str | None:
    """What a file was called by who uploaded it."""
    return session.scalar(sa.select(Medium.name).where(Medium.id == media_id))


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
