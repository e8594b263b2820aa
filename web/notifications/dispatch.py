"""What follows when a member was told of something: a frame, and a job for each channel they want it by."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.presence import present
from web.core.clock import Clock
from web.core.events import EventLog
from web.core.jobs import JobLog, JobRegistry
from web.core.services import Services
from web.notifications import queries, texts
from web.notifications.delivery.strategies import DeliveryChannel, DeliveryChannels, Rendered, Unreachable
from web.notifications.events import MemberTold, NotificationGrew
from web.notifications.glimpses import NOTHING, glimpses_of
from web.notifications.models import Notification, NotificationChoice, NotificationSettings
from web.notifications.quiet_hours import quiet_until
from web.notifications.schemas import Channels
from web.notifications.types import EMAIL, NotificationTypes

log = structlog.get_logger(__name__)

DISPATCH = "notifications.dispatch"
QUEUE = "notifications"  # of its own: no mail waits behind a push service that answers slowly

_id = sa.bindparam("id", type_=sa.Uuid())
_wishes = (
    sa.select(sa.func.jsonb_object_agg(NotificationChoice.channel, NotificationChoice.wanted))
    .where(
        NotificationChoice.member_id == Notification.member_id, NotificationChoice.type == Notification.type
    )
    .scalar_subquery()
)
_WANTED = (
    sa.select(
        Notification.member_id,
        Notification.type,
        Notification.in_app,
        Account.zone,
        Account.locale,
        _wishes.label("wishes"),
        NotificationSettings.push,
        NotificationSettings.email,
        NotificationSettings.sms,
        NotificationSettings.quiet_from,
        NotificationSettings.quiet_until,
    )
    .join(Account, Account.id == Notification.member_id)
    .outerjoin(NotificationSettings, NotificationSettings.member_id == Notification.member_id)
    .where(Notification.id == _id, Notification.read_at.is_(None), present())
)
_BY_DEFAULT = Channels().model_dump()


class Outgoing(NamedTuple):
    """What is to be handed over.

    Attributes:
        quiet_until: when the quiet hours end that have begun by now; None for none, or where it is urgent.
    """

    member_id: UUID
    note: Rendered
    quiet_until: datetime | None


class Dispatcher:
    """Lets sockets know, and adds a job for each channel. Never commits."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        jobs: JobLog,
        types: NotificationTypes,
        channels: DeliveryChannels,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._jobs = jobs
        self._types = types
        self._channels = channels

    def dispatch(self, notification_id: UUID, *, fresh: bool) -> None:
        """Tell the member of a notification by all that they want it by; of one that was read, by nothing.

        Args:
            fresh: it begins a group or stands by itself; to others more was added.
        """
        row = self._wanted(notification_id)
        if row is None:
            return
        if row.in_app:
            event = MemberTold if fresh else NotificationGrew
            self._events.emit(event(member_id=row.member_id, notification_id=notification_id))
        kind = self._types[row.type]
        if not (fresh or kind.each):
            return
        waits_until = self._quiet_until(row)
        for channel in self._channels:
            if self._wants(row, channel):
                self.want(notification_id, channel, due_at=waits_until)

    def want(self, notification_id: UUID, channel: str, *, due_at: datetime | None) -> None:
        """Want a notification handed to a channel, at a time or at once."""
        kind = f"notifications.{channel}"
        key = f"{kind}:{notification_id}"
        self._jobs.add(kind, due_at=due_at, dedupe_key=key, notification_id=notification_id)

    def outgoing(self, notification_id: UUID, channel: str, *, locale: str | None = None) -> Outgoing | None:
        """Whom to tell, and what; None when it was read, taken back or is not wanted by now.

        Args:
            locale: of a device that has a language of its own; None for the member's.
        """
        row = self._wanted(notification_id)
        if row is None or not self._wants(row, channel):
            return None
        asked = (row.member_id, notification_id)
        found = queries.by_id(self._session, [asked]).get(asked)
        if found is None:
            return None
        spoken = locale or row.locale
        seen = glimpses_of(self._session, [found], self._types.look_outside).get(notification_id, NOTHING)
        item = queries.item_from(found, self._types, texts.localizer(spoken), seen)
        note = Rendered(
            title=item.title,
            message=item.message,
            action_url=item.action_url,
            icon_type=item.icon_type,
            icon_color=item.icon_color,
            image_url=item.image_url,
            badge=queries.unread_count(self._session, row.member_id).unread,
            type=item.type,
            notification_id=notification_id,
            locale=spoken,
        )
        return Outgoing(row.member_id, note, self._quiet_until(row))

    def _wanted(self, notification_id: UUID) -> Any:
        return self._session.execute(_WANTED, {"id": notification_id}).one_or_none()

    def _quiet_until(self, row: Any) -> datetime | None:
        if self._types[row.type].urgent:
            return None
        return quiet_until(self._clock.now(), row.zone, row.quiet_from, row.quiet_until)

    def _wants(self, row: Any, channel: str) -> bool:
        """Whether the member wants the type of a row by a channel."""
        kind = self._types[row.type]
        if channel == EMAIL and kind.has_own_mail:
            return False
        is_on = getattr(row, channel)
        if not (_BY_DEFAULT[channel] if is_on is None else is_on):
            return False
        chosen: bool | None = (row.wishes or {}).get(channel)
        return channel in kind.channels if chosen is None else chosen


def dispatch(services: Services, notification_id: str, fresh: int) -> None:
    """Body of the job ``notifications.dispatch``."""
    services[Dispatcher].dispatch(UUID(notification_id), fresh=bool(fresh))


def add_kind(jobs: JobRegistry, channel: DeliveryChannel) -> None:
    """Declare the kind of job that delivers by a channel."""

    def deliver(services: Services, notification_id: str) -> None:
        dispatcher, note_id = services[Dispatcher], UUID(notification_id)
        found = dispatcher.outgoing(note_id, channel.name)
        if found is None:
            return
        if found.quiet_until:  # they have begun since: it was tried again, or waited for a worker
            dispatcher.want(note_id, channel.name, due_at=found.quiet_until)
            return
        try:
            channel.deliver(services, found.member_id, found.note)
        except Unreachable:
            log.info("unreachable", channel=channel.name, notification=notification_id)

    jobs.add(f"notifications.{channel.name}", deliver, queue=QUEUE)
