"""What callers get about notifications."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from web.accounts.schemas import MemberCard
from web.core.pagination import PageQuery


class NotificationPath(BaseModel):
    """A notification in an address."""

    notification_id: UUID


class NotificationQuery(PageQuery):
    """Which notifications to list."""

    unread_only: bool = False


class Target(BaseModel):
    """What a notification is about."""

    kind: str
    id: UUID


class NotificationItem(BaseModel):
    """Something that happened to the caller, in the caller's language."""

    id: UUID
    type: str
    title: str
    actor: MemberCard | None
    target: Target
    action_url: str | None
    created_at: datetime
    read_at: datetime | None


class UnreadCount(BaseModel):
    """How many notifications are unread."""

    unread: int
