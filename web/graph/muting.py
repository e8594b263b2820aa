"""Muting members: lists leave them out, and nothing else changes between the two."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.events import EventLog
from web.core.relations import MemberPolicy
from web.graph import queries
from web.graph.errors import SelfMute
from web.graph.events import MemberMuted, MemberUnmuted
from web.graph.models import Mute
from web.graph.schemas import Relationship


class MuteService:
    """Mutes, which the muted never notice. Raises DomainError subclasses; never commits."""

    def __init__(self, session: Session, clock: Clock, events: EventLog, policy: MemberPolicy) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._policy = policy

    def mute(self, muter_id: UUID, muted_id: UUID) -> Relationship:
        """Mute a member; twice is the same as once.

        Raises:
            SelfMute, NotFound
        """
        if muter_id == muted_id:
            raise SelfMute()
        self._policy.require_sight(muter_id, muted_id)
        row = {"muter_id": muter_id, "muted_id": muted_id, "created_at": self._clock.now()}
        begun = insert(Mute).on_conflict_do_nothing().returning(Mute.muted_id)
        if self._session.scalar(begun, row) is not None:
            self._events.emit(MemberMuted(muter_id=muter_id, muted_id=muted_id))
        return queries.relationship(self._session, muter_id, muted_id)

    def unmute(self, muter_id: UUID, muted_id: UUID) -> Relationship:
        """Take a mute back; twice is the same as once.

        Raises:
            SelfMute
            NotFound: nothing is muted, and nobody is there.
        """
        if muter_id == muted_id:
            raise SelfMute()
        ended = sa.delete(Mute).where(Mute.muter_id == muter_id, Mute.muted_id == muted_id)
        if self._session.scalar(ended.returning(Mute.muted_id)) is not None:
            self._events.emit(MemberUnmuted(muter_id=muter_id, muted_id=muted_id))
        else:
            self._policy.require_sight(muter_id, muted_id)
        return queries.relationship(self._session, muter_id, muted_id)
