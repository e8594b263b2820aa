"""My data: asking for a copy of everything, how far it is, and the signed link that it is fetched with."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.errors import LinkExpired
from web.accounts.models import Account, DataExport
from web.accounts.schemas import DataCopy
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.accounts.sessions.service import SessionService
from web.core.clock import Clock
from web.core.devices import Device
from web.core.errors import NotFound
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.settings import Settings
from web.core.storage import NoSuchFile, Storage

KEPT = timedelta(days=7)
EVERY = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(hours=1)
BASE = "/api/v1"

_id = sa.bindparam("id", type_=sa.Uuid())
_member = sa.bindparam("member", type_=sa.Uuid())
_COPY = sa.select(*DataExport.__table__.columns)
_ONE_OF_MEMBER = _COPY.where(DataExport.id == _id, DataExport.account_id == _member)
_NEWEST = (
    _COPY.where(DataExport.account_id == _member)
    .order_by(DataExport.requested_at.desc(), DataExport.id.desc())
    .limit(1)
)
_READY = _COPY.where(DataExport.id == _id, DataExport.status == "ready")


@dataclass(frozen=True)
class Download:
    """A copy, open for reading."""

    file: IO[bytes]
    name: str
    bytes: int


class MyDataService:
    """Copies of what Plaza holds about a member. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        settings: Settings,
        sessions: SessionService,
        security: SecurityLog,
        jobs: JobLog,
        storage: Storage,
    ) -> None:
        self._session = session
        self._clock = clock
        self._settings = settings
        self._sessions = sessions
        self._security = security
        self._jobs = jobs
        self._storage = storage

    def request(self, member_id: UUID, session_id: UUID, device: Device) -> DataCopy:
        """Ask for a copy. Within a day that is the same as asking once, unless the first one failed.

        Raises:
            ReauthenticationRequired
        """
        self._sessions.require_recent_proof(session_id)
        # Two who ask at once get the same copy.
        self._session.execute(sa.select(Account.id).where(Account.id == member_id).with_for_update())
        now = self._clock.now()
        newest = self.newest(member_id)
        if newest and newest.status != "failed" and newest.requested_at > now - EVERY:
            return newest
        export_id = new_id()
        self._session.execute(
            sa.insert(DataExport),
            {
                "id": export_id,
                "account_id": member_id,
                "storage_key": f"exports/{export_id}.zip",
                "requested_at": now,
                "expires_at": now + KEPT,
            },
        )
        self._jobs.add("accounts.make_data_copy", export_id=export_id)
        self._security.note(member_id, SecurityKind.DATA_REQUESTED, device)
        return self.find(member_id, export_id)

    def find(self, member_id: UUID, export_id: UUID) -> DataCopy:
        """How far a copy is.

        Raises:
            NotFound: it is not this member's, or deleted.
        """
        row = self._session.execute(_ONE_OF_MEMBER, {"id": export_id, "member": member_id}).one_or_none()
        if row is None:
            raise NotFound()
        return self._copy_from(row)

    def newest(self, member_id: UUID) -> DataCopy | None:
        """The copy that a member asked for last, as long as it is kept."""
        row = self._session.execute(_NEWEST, {"member": member_id}).one_or_none()
        return self._copy_from(row) if row else None

    def open(self, export_id: UUID, expires: int, signature: str) -> Download:
        """The file that a signed link leads to.

        Raises:
            NotFound: the link was not made here, or the member is gone.
            LinkExpired
        """
        if not hmac.compare_digest(self._signature(export_id, expires).encode(), signature.encode()):
            raise NotFound()
        if expires <= self._clock.now().timestamp():
            raise LinkExpired()
        row = self._session.execute(_READY, {"id": export_id}).one_or_none()
        if row is None:
            raise NotFound()
        try:
            file = self._storage.open(row.storage_key)
        except NoSuchFile as error:
            raise LinkExpired() from error
        return Download(file, f"plaza-{row.requested_at:%Y-%m-%d}.zip", row.bytes)

    def delete_expired(self) -> None:
        """Delete the copies whose time is over, and their files."""
        expired = (
            sa.delete(DataExport)
            .where(DataExport.expires_at <= self._clock.now())
            .returning(DataExport.storage_key)
        )
        for key in self._session.scalars(expired).all():
            if key is not None:
                self._jobs.add("core.delete_file", key=key)

    def _copy_from(self, row: Any) -> DataCopy:
        now = self._clock.now()
        status = row.status
        if status == "waiting" and row.requested_at <= now - GIVEN_UP_AFTER:
            status = "failed"  # its job may still come to life; then the copy is ready after all
        ready = status == "ready" and row.expires_at > now
        return DataCopy(
            id=row.id,
            status=status,
            status_url=f"{BASE}/settings/download-data/{row.id}",
            requested_at=row.requested_at,
            expires_at=row.expires_at,
            url=self._link(row.id, row.expires_at) if ready else None,
            bytes=row.bytes,
        )

    def _link(self, export_id: UUID, expires_at: datetime) -> str:
        expires = int(expires_at.timestamp())
        query = f"expires={expires}&signature={self._signature(export_id, expires)}"
        return f"{self._settings.public_url}{BASE}/downloads/{export_id}?{query}"

    def _signature(self, export_id: UUID, expires: int) -> str:
        signed = f"download|{export_id}|{expires}"
        return hmac.new(self._settings.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
