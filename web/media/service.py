"""Media as other features use them: shown, no longer shown, open to all or not."""

from collections.abc import Collection, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import NotFound
from web.media.errors import MediaInUse, MediaNotReady
from web.media.models import Medium


class MediaService:
    """What features above do with media. Raises DomainError subclasses; never commits."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def attach(
        self, owner_id: UUID, media_ids: Sequence[UUID], *, is_public: bool, purposes: Collection[str]
    ) -> list[Medium]:
        """Take a member's uploads for something that shows them; until ``detach`` nothing else can.

        The rows are locked in the order of their ids, so that two that want the same ones cannot deadlock.

        Args:
            media_ids: each once.
            is_public: anybody may have it, as far as its owner's profile is open, without a signature.
            purposes: what they may have been uploaded for, such as ``{"post"}``.

        Returns:
            The media, in the order asked for.

        Raises:
            NotFound: there is none of that id, it is somebody else's, or was uploaded for something else.
            MediaNotReady: it is still being processed, or that failed.
            MediaInUse: something shows it already.
        """
        if not media_ids:
            return []
        rows = self._session.scalars(
            sa.select(Medium)
            .where(Medium.id.in_(media_ids), Medium.owner_id == owner_id, Medium.purpose.in_(purposes))
            .order_by(Medium.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        known = {medium.id: medium for medium in rows}
        media = [known[media_id] for media_id in media_ids if media_id in known]
        if len(media) != len(media_ids):
            raise NotFound()
        if any(medium.status != "ready" for medium in media):
            raise MediaNotReady()
        if len(known) != len(media_ids) or any(medium.attached_at for medium in media):
            raise MediaInUse()
        for medium in media:
            medium.attached_at = self._clock.now()
            medium.is_public = is_public
        self._session.flush()
        return media

    def detach(self, media_ids: Collection[UUID]) -> None:
        """Nothing shows them any more: served to nobody but under a signature, deleted after a day.

        What has to stay for moderation is not detached but closed: ``set_public(ids, False)``.
        """
        self._set(media_ids, is_public=False, attached_at=None)

    def set_public(self, media_ids: Collection[UUID], is_public: bool) -> None:
        """Open media as far as their owner's profile is open, or ask for a signature from now on."""
        self._set(media_ids, is_public=is_public)

    def _set(self, media_ids: Collection[UUID], **values: object) -> None:
        if media_ids:
            self._session.execute(sa.update(Medium).where(Medium.id.in_(media_ids)).values(**values))
