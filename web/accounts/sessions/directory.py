"""What a session is worth now: looked up when it was not just noted."""

import time
from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session as DbSession

from web.accounts.models import Account, Session
from web.accounts.presence import standing_of
from web.accounts.sessions.uses import SessionUses
from web.core import metrics
from web.core.clock import Clock
from web.core.db import rows_of
from web.core.security import SessionDirectory, SessionFacts, Standing

_FACTS = (
    sa.select(
        Session.account_id,
        Session.scope,
        Session.revoked_at,
        Session.last_used_at,
        Account.is_admin,
        Account.locale,
        Account.zone,
        Account.birth_date,
        Account.suspended_until,
        Account.banned_at,
        Account.deactivated_at,
        Account.deletion_requested_at,
    )
    .outerjoin(Account, Account.id == Session.account_id)
    .where(Session.id == sa.bindparam("session_id"), Session.expires_at > sa.bindparam("now"))
)
# A session that ended with its account still says why; any other that ended is simply gone.
SHUT_OUT = (Standing.SUSPENDED, Standing.BANNED, Standing.DEACTIVATED)
_LIVE_AMONG = sa.select(Session.id).where(
    Session.id == sa.any_(sa.bindparam("session_ids", type_=ARRAY(sa.Uuid()))),
    Session.revoked_at.is_(None),
    Session.expires_at > sa.bindparam("now"),
)


class SessionCache:
    """Session facts of this process, for at most ``SECONDS``, so that most requests need no look-up."""

    SECONDS = 2.0
    MOST = 10_000

    def __init__(self) -> None:
        self._entries: OrderedDict[UUID, tuple[float, SessionFacts | None]] = OrderedDict()

    def get(self, session_id: UUID) -> tuple[bool, SessionFacts | None]:
        """Whether the answer is known, and the answer."""
        noted_at, facts = self._entries.get(session_id, (float("-inf"), None))
        known = time.monotonic() - noted_at < self.SECONDS
        metrics.CACHE.labels("sessions", "hit" if known else "miss").inc()
        return known, facts

    def put(self, session_id: UUID, facts: SessionFacts | None) -> None:
        """Note an answer; the oldest note goes when there are too many."""
        self._entries[session_id] = (time.monotonic(), facts)
        self._entries.move_to_end(session_id)
        if len(self._entries) > self.MOST:
            self._entries.popitem(last=False)

    def forget(self, session_id: UUID) -> None:
        """Drop what is known of a session that has changed."""
        self._entries.pop(session_id, None)

    def forget_member(self, member_id: UUID) -> None:
        """Drop what is known of all sessions of a member whose account has changed."""
        for session_id, (_, facts) in list(self._entries.items()):
            if facts is not None and facts.member_id == member_id:
                self.forget(session_id)

    def clear(self) -> None:
        """Drop everything."""
        self._entries.clear()


class AccountSessions(SessionDirectory):
    """The directory that the security policy asks."""

    def __init__(self, session: DbSession, clock: Clock, cache: SessionCache, uses: SessionUses) -> None:
        self._session = session
        self._clock = clock
        self._cache = cache
        self._uses = uses

    def find(self, session_id: UUID) -> SessionFacts | None:
        known, facts = self._cache.get(session_id)
        if not known:
            facts = self._look_up(session_id, self._clock.now())
            self._cache.put(session_id, facts)
        return facts

    def live(self, session_ids: Collection[UUID]) -> set[UUID]:
        values = {"session_ids": list(session_ids), "now": self._clock.now()}
        return set(self._session.scalars(_LIVE_AMONG, values))

    def _look_up(self, session_id: UUID, now: datetime) -> SessionFacts | None:
        rows = rows_of(self._session, _FACTS, {"session_id": session_id, "now": now})
        if not rows:
            return None
        row = rows[0]
        stands = Standing.ACTIVE if row.account_id is None else standing_of(row, now)
        if row.revoked_at is not None and stands not in SHUT_OUT:
            return None
        if row.revoked_at is None:
            self._uses.note(session_id, row.last_used_at, now)
        return SessionFacts(
            member_id=row.account_id,
            scope=frozenset(row.scope.split()),
            is_admin=bool(row.is_admin),
            locale=row.locale or "ko",
            zone=row.zone or "UTC",
            standing=stands,
            suspended_until=row.suspended_until,
        )
