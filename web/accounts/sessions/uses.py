"""When sessions were last used, exact to some minutes.

Reads go through a read-only connection and must not cost a write each. Whoever looks a session up notes it
here when its time is old; the notes are written together, once the request has given its connection back. A
crash loses some of them and nothing else.
"""

import threading
import time
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import ARRAY

from web.accounts.models import Session
from web.core.db import Engines

log = structlog.get_logger(__name__)

EXACT_TO = timedelta(minutes=5)
MOST = 10_000  # where nobody flushes, notes must not pile up

_BEFORE = sa.bindparam("before", type_=sa.DateTime(timezone=True))
# Rows that somebody else has locked are being ended or refreshed; waiting for them could be a deadlock.
_STALE = (
    sa.select(Session.id)
    .where(Session.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid()))), Session.last_used_at < _BEFORE)
    .with_for_update(skip_locked=True)
)
_UPDATE = (
    sa.update(Session)
    .where(Session.id.in_(_STALE.scalar_subquery()))
    .values(last_used_at=sa.bindparam("used_at", type_=sa.DateTime(timezone=True)))
)


class SessionUses:
    """The notes of one process."""

    def __init__(self, engines: Engines, every: float) -> None:
        self._engines = engines
        self._every = every  # seconds
        self._lock = threading.Lock()
        self._used: dict[UUID, datetime] = {}
        self._last_flush = float("-inf")

    def note(self, session_id: UUID, last_used_at: datetime, now: datetime) -> None:
        """Note that a session is in use, if what is written of it is older than ``EXACT_TO``."""
        if now - last_used_at >= EXACT_TO and len(self._used) < MOST:
            with self._lock:
                self._used[session_id] = now

    def flush_if_due(self) -> None:
        """Write the notes, at most every so many seconds; call it without holding a connection."""
        if self._used and time.monotonic() - self._last_flush >= self._every:
            self.flush()

    def flush(self) -> None:
        """Write the notes; what cannot be written is noted again at the next use."""
        with self._lock:
            used, self._used = self._used, {}
            self._last_flush = time.monotonic()
        if not used:
            return
        now = max(used.values())
        try:
            with self._engines.writes.begin() as connection:
                connection.execute(_UPDATE, {"ids": list(used), "before": now - EXACT_TO, "used_at": now})
        except sa.exc.SQLAlchemyError as error:
            log.warning("session_uses_not_written", error=str(error).splitlines()[0])
