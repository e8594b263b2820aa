"""Dismissing suggestions."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.relations import MemberPolicy
from web.graph.models import SuggestionDismissal


class SuggestionService:
    """Notes who is not wanted. Raises DomainError subclasses; never commits."""

    def __init__(self, session: Session, clock: Clock, policy: MemberPolicy) -> None:
        self._session = session
        self._clock = clock
        self._policy = policy

    def dismiss(self, member_id: UUID, dismissed_id: UUID) -> None:
        """Never suggest somebody to a member again; twice is the same as once.

        Raises:
            NotFound: nobody is there, or it is the member, who is suggested to others only.
        """
        if member_id == dismissed_id:
            raise NotFound()
        self._policy.require_sight(member_id, dismissed_id)
        self._session.execute(
            insert(SuggestionDismissal).on_conflict_do_nothing(),
            {"member_id": member_id, "dismissed_id": dismissed_id, "created_at": self._clock.now()},
        )
