"""What members' sockets are told of their notifications."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.channels import Channels, Delivered
from web.core.services import Services
from web.notifications import queries, texts
from web.notifications.events import MemberTold, NotificationGrew, NotificationsChanged
from web.notifications.glimpses import NOTHING, glimpses_of
from web.notifications.types import NotificationTypes

_LOCALES = sa.select(Account.id, Account.locale).where(Account.id.in_(sa.bindparam("ids", expanding=True)))


def register(channels: Channels) -> None:
    """Declare the frames ``notification.new`` and ``notification.updated``."""
    channels.deliver(MemberTold, "notification.new", receivers=receiver, render=render_told)
    channels.deliver(NotificationGrew, "notification.updated", receivers=receiver, render=render_told)
    channels.deliver(NotificationsChanged, "notification.updated", receivers=receiver, render=render_changed)


def receiver(
    services: Services, event: MemberTold | NotificationGrew | NotificationsChanged
) -> Iterable[UUID]:
    """The member whose notification it is."""
    return {event.member_id}


def render_told(services: Services, items: Sequence[Delivered]) -> list[dict[str, Any] | None]:
    """The notification as it is now, in the member's language; nothing once it is gone or not for them."""
    session = services[Session]
    asked = {(item.member_id, item.event.notification_id) for item in items}
    rows = queries.by_id(session, asked)
    members = {member_id for member_id, _ in asked}
    locales = {row.id: row.locale for row in session.execute(_LOCALES, {"ids": list(members)})}
    unread = queries.unread_counts(session, members)
    types = services[NotificationTypes]
    seen = glimpses_of(session, list(rows.values()), types.look_in_app)
    frames: list[dict[str, Any] | None] = []
    for item in items:
        row = rows.get((item.member_id, item.event.notification_id))
        if row is None or not row.in_app:
            frames.append(None)
            continue
        to = texts.localizer(locales[item.member_id])
        shown = queries.item_from(row, types, to, seen.get(row.id, NOTHING))
        frames.append({**shown.model_dump(mode="json"), "unread_count": unread[item.member_id]})
    return frames


def render_changed(services: Services, items: Sequence[Delivered]) -> list[dict[str, Any] | None]:
    """What was read, archived or deleted, maybe elsewhere, and how much is unread now; no id means all."""
    unread = queries.unread_counts(services[Session], {item.member_id for item in items})
    return [
        {
            "id": item.event.notification_id,
            "change": item.event.change,
            "unread_count": unread[item.member_id],
        }
        for item in items
    ]
