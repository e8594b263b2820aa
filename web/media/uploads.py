"""Taking uploads in: looked at, kept as they came, and processed later elsewhere."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.multipart import UploadedFile
from web.core.storage import Storage
from web.core.threads import off_the_loop
from web.core.throttle import Throttle
from web.media.checking import check
from web.media.files import upload_key
from web.media.models import Medium
from web.media.purposes import PURPOSES, Purpose

PROCESS = "media.process"
DELETE_FILES = "media.delete_files"
QUEUE = "media"  # of its own: nothing else waits behind a video

_LOCK_PURPOSE = sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("name"), 0)))


class UploadService:
    """Takes and drops uploads. Raises DomainError subclasses; never commits."""

    def __init__(
        self, session: Session, clock: Clock, jobs: JobLog, storage: Storage, throttle: Throttle
    ) -> None:
        self._session = session
        self._clock = clock
        self._jobs = jobs
        self._storage = storage
        self._throttle = throttle

    def take(self, owner_id: UUID, upload: UploadedFile, purpose: Purpose, name: str | None = None) -> UUID:
        """Take an upload in; ``media.process`` makes of it what is shown.

        Args:
            name: what a document is called; of nothing else it is kept.

        Returns:
            The id of the medium.

        Raises:
            RateLimited: too many in an hour, refused ones counted.
            MediaRefused: with the reason.
        """
        self._throttle.count("uploads", f"member:{owner_id}")
        rules = PURPOSES[purpose]
        kind = off_the_loop(check, upload, rules)
        media_id, now = new_id(), self._clock.now()
        if rules.is_shown_at_once:
            self._replace_waiting(owner_id, purpose)
        self._session.execute(
            sa.insert(Medium),
            {
                "id": media_id,
                "owner_id": owner_id,
                "purpose": purpose,
                "kind": kind.kind,
                "content_type": kind.content_type,
                "name": name if kind.kind == "file" else None,
                "size": upload.size,
                "is_public": rules.is_shown_at_once,
                "attached_at": now if rules.is_shown_at_once else None,
                "created_at": now,
            },
        )
        self._jobs.add(PROCESS, media_id=media_id)
        # Last: a refusal of the database leaves no file that nobody knows of.
        self._storage.put(upload_key(media_id), upload.file)
        return media_id

    def drop(self, media_id: UUID) -> None:
        """Delete a medium, and its files after this transaction; twice is the same as once."""
        gone = sa.delete(Medium).where(Medium.id == media_id).returning(Medium.id)
        if self._session.scalar(gone) is not None:
            self._jobs.add(DELETE_FILES, media_id=media_id)

    def _replace_waiting(self, owner_id: UUID, purpose: Purpose) -> None:
        """Of two pictures of oneself the later one is meant: drop what is not made yet."""
        self._session.execute(_LOCK_PURPOSE, {"name": f"{purpose} of {owner_id}"})
        waiting = sa.select(Medium.id).where(
            Medium.owner_id == owner_id, Medium.purpose == purpose, Medium.status != "ready"
        )
        for media_id in self._session.scalars(waiting).all():
            self.drop(media_id)
