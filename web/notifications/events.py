"""What can happen to notifications. Their receivers' sockets are told; nothing else follows."""

from dataclasses import dataclass
from uuid import UUID

from web.core.events import Event


@dataclass(frozen=True, kw_only=True)
class MemberTold(Event, name="member_told", actor="member_id"):
    """A member was told of something new."""

    member_id: UUID
    notification_id: UUID


@dataclass(frozen=True, kw_only=True)
class NotificationGrew(Event, name="notification_grew", actor="member_id"):
    """More happened to what a member was told of and has not read."""

    member_id: UUID
    notification_id: UUID


@dataclass(frozen=True, kw_only=True)
class NotificationsChanged(Event, name="notifications_changed", actor="member_id"):
    """A member has dealt with what they were told.

    Attributes:
        notification_id: None for all of them.
        change: ``read``, ``archived`` or ``deleted``.
    """

    member_id: UUID
    notification_id: UUID | None
    change: str
