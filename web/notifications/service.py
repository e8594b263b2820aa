"""Telling members what happened, and noting what they have done about it."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from web.core.clock import Clock
from web.core.errors import NotFound
from web.core.events import Event, EventLog, Happened
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.refs import Ref
from web.notifications import writing
from web.notifications.dispatch import DISPATCH
from web.notifications.events import NotificationsChanged
from web.notifications.models import IS_DELETED, Notification, NotificationActor
from web.notifications.types import IN_APP, NotificationTypes
from web.notifications.unwanted import not_wanted_by

MESSAGE = "message"
MESSAGE_REQUEST = "message_request"


GROWTH_WAITS = timedelta(seconds=5)  # until sockets hear that more liked something

Facts = Mapping[str, int | str]
Moment = InstrumentedAttribute[datetime | None]


class Occasion(NamedTuple):
    """What is told: an event, or something that Plaza itself has to say."""

    id: UUID
    moment: datetime
    actor_id: UUID | None
    target: Ref
    part_id: UUID | None
    facts: Facts


class NotificationService:
    """Writes notifications; never commits.

    Lock order: notifications before any counters. One transaction writes at most one of each group.
    """

    def __init__(
        self, session: Session, clock: Clock, types: NotificationTypes, jobs: JobLog, events: EventLog
    ) -> None:
        self._session = session
        self._clock = clock
        self._types = types
        self._jobs = jobs
        self._events = events

    def tell(
        self,
        member_id: UUID,
        type_name: str,
        *,
        about: Happened[Event],
        target: Ref,
        part_id: UUID | None = None,
        facts: Facts | None = None,
        says: str = "",
    ) -> None:
        """Tell a member what somebody did to them; nobody is told of what they did themselves.

        Args:
            about: the event; one member is told of it once.
            target: what a click should show.
            part_id: what exactly it was done to, where that is only a part of the target, such as a comment.
            facts: numbers and codes that the type's text names; never text.
            says: what there is to read, which is not kept. Nobody is told of words that they have blocked.
        """
        self.tell_many(
            [member_id], type_name, about=about, target=target, part_id=part_id, facts=facts, says=says
        )

    def tell_many(
        self,
        member_ids: Collection[UUID],
        type_name: str,
        *,
        about: Happened[Event],
        target: Ref,
        part_id: UUID | None = None,
        facts: Facts | None = None,
        says: str = "",
    ) -> None:
        """Tell several members the same, in one go; from a job, unless they are few."""
        by = about.event.actor_id
        occasion = Occasion(about.id, about.occurred_at, by, target, part_id, facts or {})
        members = {*member_ids} - {by}
        self._write(members - not_wanted_by(self._session, members, says), type_name, occasion)

    def tell_message(
        self,
        member_ids: Collection[UUID],
        *,
        about: Happened[Event],
        conversation_id: UUID,
        is_request: bool = False,
    ) -> None:
        """Tell members that somebody wrote to them; what waits unread of a conversation is one notification.

        For messaging's job that follows a message. It leaves out who has muted the conversation, and who has
        a socket on it and reads it just now.

        Args:
            about: the event; its actor is the sender (None for nobody).
            is_request: the conversation waits among the receiver's message requests.
        """
        kind = MESSAGE_REQUEST if is_request else MESSAGE
        self.tell_many(member_ids, kind, about=about, target=Ref("conversation", conversation_id))

    def inform(
        self,
        member_id: UUID,
        type_name: str,
        *,
        about: UUID,
        target: Ref,
        facts: Facts | None = None,
    ) -> None:
        """Tell a member something that Plaza itself has to say, such as a reminder.

        Args:
            about: the id of the occasion: an event's, or a derived one. A member is told of it once.
        """
        occasion = Occasion(about, self._clock.now(), None, target, None, facts or {})
        self._write({member_id}, type_name, occasion)

    def _write(self, members: set[UUID], type_name: str, occasion: Occasion) -> None:
        if type_name not in self._types:
            raise ValueError(f"unknown notification type {type_name}")
        if not members:
            return
        kind = self._types[type_name]
        given = [new_id() for _ in members]
        is_grouped = bool(kind.group) or kind.once
        values = {
            "ids": given,
            "members": sorted(members),
            "type": type_name,
            "actor": occasion.actor_id,
            "target_kind": occasion.target.kind,
            "target_id": occasion.target.id,
            "event": occasion.id,
            "moment": occasion.moment,
            "group_key": f"{type_name}:{occasion.part_id or occasion.target}" if is_grouped else None,
            "facts": dict(occasion.facts),
            "in_app": IN_APP in kind.channels,
        }
        rows = self._session.execute(writing.WRITE[kind.once], values).all()
        if is_grouped and occasion.actor_id and rows:
            noted = {"ids": [row.id for row in rows], "actor": occasion.actor_id, "moment": occasion.moment}
            self._session.execute(writing.NOTE_ACTOR, noted)
        begun = set(given)
        for row in rows:
            fresh = int(row.id in begun)
            # What waits to be dispatched is dispatched as it is by then, so that of a crowd one job is left.
            due_at = None if fresh or kind.each else self._clock.now() + GROWTH_WAITS
            key = f"{DISPATCH}:{row.id}:{fresh}"
            self._jobs.add(DISPATCH, due_at=due_at, dedupe_key=key, notification_id=row.id, fresh=fresh)

    def take_back(self, member_id: UUID, type_name: str, actor_id: UUID) -> None:
        """Let a member no longer be told that somebody asked for something: it was taken back."""
        of_it = sa.and_(
            Notification.member_id == member_id,
            Notification.type == type_name,
            Notification.actor_id == actor_id,
            sa.not_(IS_DELETED),
        )
        for notification_id in self._remove(of_it):
            self._changed(member_id, notification_id, "deleted")

    def told(self, members: Collection[UUID], type_name: str, *, by: UUID, target: Ref) -> set[UUID]:
        """Which members have been told of such a thing already.

        Args:
            by: who did it.
            target: what it was about.
        """
        if not members:
            return set()
        among = sa.exists().where(
            NotificationActor.notification_id == Notification.id, NotificationActor.actor_id == by
        )
        statement = sa.select(Notification.member_id).where(
            Notification.member_id.in_(members),
            Notification.type == type_name,
            Notification.target_kind == target.kind,
            Notification.target_id == target.id,
            sa.or_(Notification.actor_id == by, among),
        )
        return set(self._session.scalars(statement))

    def mark_read(self, member_id: UUID, notification_id: UUID) -> None:
        """Note that a member has read one notification; twice is the same as once.

        Raises:
            NotFound: it is not theirs.
        """
        self._deal(member_id, notification_id, "read", Notification.read_at)

    def archive(self, member_id: UUID, notification_id: UUID) -> None:
        """Put a notification away, read; twice is the same as once.

        Raises:
            NotFound: it is not theirs.
        """
        columns = (Notification.read_at, Notification.archived_at)
        self._deal(member_id, notification_id, "archived", *columns)

    def delete(self, member_id: UUID, notification_id: UUID) -> None:
        """Delete a notification.

        Raises:
            NotFound: it is not theirs, or not there any more.
        """
        mine = sa.and_(
            Notification.id == notification_id, Notification.member_id == member_id, Notification.in_app
        )
        if not self._remove(mine):
            raise NotFound()
        self._changed(member_id, notification_id, "deleted")

    def mark_all_read(self, member_id: UUID) -> None:
        """Note that a member has read everything."""
        if self._read(Notification.member_id == member_id):
            self._changed(member_id, None, "read")

    def mark_read_about(self, member_id: UUID, type_names: Collection[str], target: Ref) -> None:
        """Note that a member has seen what notifications are about, such as a conversation."""
        about = sa.and_(
            Notification.member_id == member_id,
            Notification.target_id == target.id,
            Notification.type.in_(type_names),
            Notification.target_kind == target.kind,
        )
        for notification_id in self._read(about):
            self._changed(member_id, notification_id, "read")

    def _remove(self, which: sa.ColumnElement[bool]) -> list[UUID]:
        """Delete some notifications; which those were. Rows of texts stay, or nobody could count them."""
        now, is_texted = self._clock.now(), Notification.texted_at.is_not(None)
        kept = {
            "in_app": False,
            "read_at": sa.func.coalesce(Notification.read_at, now),
            "archived_at": sa.func.coalesce(Notification.archived_at, now),
        }
        statements = (
            sa.delete(Notification).where(which, sa.not_(is_texted)).returning(Notification.id),
            sa.update(Notification).where(which, is_texted).values(kept).returning(Notification.id),
        )
        return [removed for each in statements for removed in self._session.scalars(each)]

    def _read(self, which: sa.ColumnElement[bool]) -> list[UUID]:
        """Mark what is unread among some notifications; which that were."""
        statement = (
            sa.update(Notification)
            .where(which, Notification.read_at.is_(None))
            .values(read_at=self._clock.now())
            .returning(Notification.id)
        )
        return list(self._session.scalars(statement))

    def _deal(self, member_id: UUID, notification_id: UUID, change: str, *columns: Moment) -> None:
        """Note in some columns when something was done; the first time counts."""
        mine = sa.and_(
            Notification.id == notification_id, Notification.member_id == member_id, Notification.in_app
        )
        before = self._session.execute(sa.select(*columns).where(mine).with_for_update()).one_or_none()
        if before is None:
            raise NotFound()
        if None in before:
            now = self._clock.now()
            values = {column.key: sa.func.coalesce(column, now) for column in columns}
            self._session.execute(sa.update(Notification).where(mine).values(values))
            self._changed(member_id, notification_id, change)

    def _changed(self, member_id: UUID, notification_id: UUID | None, change: str) -> None:
        self._events.emit(
            NotificationsChanged(member_id=member_id, notification_id=notification_id, change=change)
        )
