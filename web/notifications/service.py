"""Telling members what happened, and noting what they have read."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import Event, Happened
from web.core.ids import new_id
from web.core.refs import Ref
from web.notifications.models import Notification
from web.notifications.types import NotificationTypes


class NotificationService:
    """Writes notifications; never commits."""

    def __init__(self, session: Session, clock: Clock, types: NotificationTypes) -> None:
        self._session = session
        self._clock = clock
        self._types = types

    def tell(self, member_id: UUID, type_name: str, *, about: Happened[Event], target: Ref) -> None:
        """Tell a member what an event did to them; nobody is told of what they did themselves.

        Args:
            about: the event; one member is told of it once.
            target: what a click should show.
        """
        if type_name not in self._types:
            raise ValueError(f"unknown notification type {type_name}")
        actor_id = about.event.actor_id
        if member_id == actor_id:
            return
        self._session.execute(
            insert(Notification).on_conflict_do_nothing(index_elements=["member_id", "event_id"]),
            {
                "id": new_id(),
                "member_id": member_id,
                "type": type_name,
                "actor_id": actor_id,
                "target_kind": target.kind,
                "target_id": target.id,
                "event_id": about.id,
                "created_at": about.occurred_at,
            },
        )

    def take_back(self, member_id: UUID, type_name: str, actor_id: UUID) -> None:
        """Let a member no longer be told that somebody asked for something: it was taken back."""
        self._session.execute(
            sa.delete(Notification).where(
                Notification.member_id == member_id,
                Notification.type == type_name,
                Notification.actor_id == actor_id,
            )
        )

    def told(self, members: Collection[UUID], type_name: str, *, by: UUID, target: Ref) -> set[UUID]:
        """Which members have been told of such a thing already.

        Args:
            by: who did it.
            target: what it was about.
        """
        if not members:
            return set()
        statement = sa.select(Notification.member_id).where(
            Notification.member_id.in_(members),
            Notification.type == type_name,
            Notification.actor_id == by,
            Notification.target_kind == target.kind,
            Notification.target_id == target.id,
        )
        return set(self._session.scalars(statement))

    def mark_read(self, member_id: UUID, notification_id: UUID) -> None:
        """Note that a member has read one notification; twice is the same as once.

        Raises:
            NotFound: it is not theirs.
        """
        statement = (
            sa.update(Notification)
            .where(Notification.id == notification_id, Notification.member_id == member_id)
            .values(read_at=sa.func.coalesce(Notification.read_at, self._clock.now()))
            .returning(Notification.id)
        )
        if self._session.scalar(statement) is None:
            raise NotFound()

    def mark_all_read(self, member_id: UUID) -> None:
        """Note that a member has read everything."""
        self._session.execute(
            sa.update(Notification)
            .where(Notification.member_id == member_id, Notification.read_at.is_(None))
            .values(read_at=self._clock.now())
        )
