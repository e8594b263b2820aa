"""Backups of members' secret keys, which only they can open."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.sessions.service import SessionService
from web.core.clock import Clock
from web.core.errors import NotFound
from web.keys import schemas
from web.keys.models import KeyBackup


class KeyBackupService:
    """One backup for each member. Raises DomainError subclasses; never commits.

    Whoever has the blob can try recovery keys for as long as they like, so it takes a recent proof to get it;
    and so it does to remove it or to put another one in its place, because nothing brings it back.
    """

    def __init__(self, session: Session, clock: Clock, sessions: SessionService) -> None:
        self._session = session
        self._clock = clock
        self._sessions = sessions

    def put(self, member_id: UUID, session_id: UUID, new: schemas.NewKeyBackup) -> schemas.KeyBackupState:
        """Keep a backup instead of the one before.

        Raises:
            ReauthenticationRequired: there is one.
        """
        there = sa.select(sa.exists().where(KeyBackup.member_id == member_id))
        if self._session.scalar(there):
            self._sessions.require_recent_proof(session_id)
        now = self._clock.now()
        content = {"blob": new.blob, "kdf": new.kdf.model_dump(mode="json"), "updated_at": now}
        row = self._session.execute(
            insert(KeyBackup)
            .values(member_id=member_id, created_at=now, **content)
            .on_conflict_do_update(index_elements=["member_id"], set_=content)
            .returning(KeyBackup.created_at, KeyBackup.updated_at)
        ).one()
        return schemas.KeyBackupState(created_at=row.created_at, updated_at=row.updated_at)

    def get(self, member_id: UUID, session_id: UUID) -> schemas.KeyBackup:
        """A member's backup.

        Raises:
            NotFound, ReauthenticationRequired
        """
        self._sessions.require_recent_proof(session_id)
        row = self._session.get(KeyBackup, member_id)
        if row is None:
            raise NotFound()
        return schemas.KeyBackup.model_validate(row, from_attributes=True)

    def remove(self, member_id: UUID, session_id: UUID) -> None:
        """Forget a member's backup.

        Raises:
            NotFound, ReauthenticationRequired
        """
        self._sessions.require_recent_proof(session_id)
        removed = sa.delete(KeyBackup).where(KeyBackup.member_id == member_id).returning(KeyBackup.member_id)
        if self._session.scalar(removed) is None:
            raise NotFound()
