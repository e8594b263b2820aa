"""What administrators did, for good: the database lets nobody change or delete an entry."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account, AuditEntry
from web.core.clock import Clock
from web.core.ids import new_id
from web.core.refs import Ref


class AuditLog:
    """Notes what was done, in the transaction that does it."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def note(self, actor_id: UUID | None, action: str, subject: Ref, **details: Any) -> None:
        """Add an entry.

        Args:
            actor_id: the administrator; None for the command line.
            action: what was done, as a code (``suspend``).
            subject: to whom or what.
            details: JSON-ready facts; times as text.
        """
        self._session.execute(
            sa.insert(AuditEntry),
            {
                "id": new_id(),
                "actor_id": actor_id,
                "action": action,
                "subject_kind": subject.kind,
                "subject_id": subject.id,
                "details": details,
                "occurred_at": self._clock.now(),
            },
        )


def newest(limit: int, subject: Ref | None = None) -> sa.Select[AuditEntry, str]:
    """The statement for the last entries, newest first, with the actor's name; of one subject if given."""
    entries = (
        sa.select(AuditEntry, Account.username.label("actor"))
        .outerjoin(Account, Account.id == AuditEntry.actor_id)
        .order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    if subject is None:
        return entries
    return entries.where(AuditEntry.subject_kind == subject.kind, AuditEntry.subject_id == subject.id)
