"""What a member uploaded: their copy of it, and what becomes of it when they are erased."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from web.core.jobs import JobLog
from web.core.personal_data import Eraser, PersonalData, Section, stream
from web.core.services import Services
from web.media.files import variant_key
from web.media.models import Medium
from web.media.profile_images import OF_PURPOSE
from web.media.uploads import DELETE_FILES

_member = sa.bindparam("member", type_=sa.Uuid())


class MediumRecord(BaseModel):
    """A picture or a video that the member uploaded; the file beside this one has its id as its name."""

    id: UUID
    purpose: str = Field(description="what it was uploaded for")
    kind: str = Field(description="image, video, audio or file")
    name: str | None = Field(description="what a file was called")
    status: str
    failure: str | None = Field(description="why it could not be used")
    is_public: bool = Field(description="whether everybody may see it, as far as the profile is open")
    content_type: str = Field(description="of the file that was uploaded, which is not kept")
    size: int = Field(description="of that file, in bytes")
    width: int | None = Field(description="in pixels")
    height: int | None
    duration_ms: int | None
    quality: float | None = Field(description="worked out from 0 to 1; feeds are sorted by it, too")
    created_at: datetime
    attached_at: datetime | None = Field(description="since when something shows it")


_RECORDS = (
    sa.select(*(Medium.__table__.c[name] for name in MediumRecord.model_fields))
    .where(Medium.owner_id == _member)
    .order_by(Medium.created_at, Medium.id)
)
_LARGEST = {
    "image": ("large", "jpg"),
    "video": ("film", "mp4"),
    "audio": ("sound", "m4a"),
    "file": ("file", "bin"),
}
_FILES = sa.select(Medium.id, Medium.kind).where(Medium.owner_id == _member, Medium.status == "ready")


def register(personal_data: PersonalData) -> None:
    """Section and eraser of media."""
    personal_data.export(Section("media", ("media",), MediumRecord, records, files))
    personal_data.erase(Eraser("media", ("media",), erase))


def records(services: Services, member_id: UUID) -> Iterator[MediumRecord]:
    """What a member uploaded, oldest first."""
    return stream(services[Session], MediumRecord, _RECORDS, member=member_id)


def files(services: Services, member_id: UUID) -> dict[str, str]:
    """The largest variant of each."""
    found: dict[str, str] = {}
    for row in services[Session].execute(_FILES, {"member": member_id}):
        variant, extension = _LARGEST[row.kind]
        found[f"{row.id}.{extension}"] = variant_key(row.id, variant, extension)
    return found


def erase(services: Services, member_id: UUID, keeps_content: bool) -> None:
    """Delete a member's media and their files; with ``keeps_content`` not what public content shows.

    Features above have taken back by now what they do not keep.
    """
    gone = Medium.owner_id == member_id
    if keeps_content:
        stays = sa.and_(
            Medium.is_public, Medium.attached_at.is_not(None), Medium.purpose.not_in(OF_PURPOSE.keys())
        )
        gone = sa.and_(gone, sa.not_(stays))
    deleted = services[Session].scalars(sa.delete(Medium).where(gone).returning(Medium.id)).all()
    for media_id in deleted:
        services[JobLog].add(DELETE_FILES, media_id=media_id)
