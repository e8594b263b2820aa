"""The pictures that stand for a member: on their name everywhere, and above their profile."""

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.pictures import Picture, PictureService
from web.media.models import Medium
from web.media.uploads import UploadService

OF_PURPOSE: Mapping[str, Picture] = {"profile": "profile_image", "cover": "cover_image"}


class ProfileImageService:
    """Shows and removes them, with what was shown before. Never commits."""

    def __init__(self, session: Session, uploads: UploadService, pictures: PictureService) -> None:
        self._session = session
        self._uploads = uploads
        self._pictures = pictures

    def show(self, medium: Medium) -> None:
        """Show a picture that has become ready; what it replaces is deleted."""
        before = self._pictures.show(medium.owner_id, OF_PURPOSE[medium.purpose], medium.id)
        if before is not None:
            self._uploads.drop(before)

    def remove(self, owner_id: UUID, purpose: str) -> None:
        """Show none, also not one that is still being made; twice is the same as once."""
        self._pictures.show(owner_id, OF_PURPOSE[purpose], None)
        mine = sa.select(Medium.id).where(Medium.owner_id == owner_id, Medium.purpose == purpose)
        for media_id in self._session.scalars(mine).all():
            self._uploads.drop(media_id)
