"""Notifications as text messages, for the few types that somebody wants so. Each costs money."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from web.accounts.models import Phone
from web.core.clock import Clock
from web.core.services import Services
from web.core.settings import Settings
from web.core.sms import Sms, SmsRefused, SmsSender
from web.notifications.delivery.strategies import Rendered, TryLater, Unreachable
from web.notifications.models import Notification
from web.notifications.types import SMS

log = structlog.get_logger(__name__)

MOST_A_DAY = 10  # for a member
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_member = sa.bindparam("member", type_=sa.Uuid())
_TEXTED = sa.select(Notification.texted_at).where(Notification.id == sa.bindparam("note", type_=sa.Uuid()))
_NUMBER = sa.select(Phone.number).where(Phone.account_id == _member)
_SINCE = sa.bindparam("hour_ago", type_=sa.DateTime(timezone=True))
_SENT = sa.select(
    sa.func.count().filter(Notification.texted_at > _SINCE).label("by_all"),
    sa.func.count().filter(Notification.member_id == _member).label("to_member"),
).where(Notification.texted_at > sa.bindparam("day_ago", type_=sa.DateTime(timezone=True)))


class SmsChannel:
    """Sends the line that says what happened, and where; of more of it, nothing until it was read."""

    name = SMS

    def deliver(self, services: Services, member_id: UUID, note: Rendered) -> None:
        """Send it; a number that the provider will never take is as good as none.

        Raises:
            Unreachable: no number, or the member has had enough for a day.
            TryLater: half of what all of Plaza may send in an hour is used up; the rest is kept for codes.
        """
        session, settings, now = services[Session], services[Settings], services[Clock].now()
        if session.scalar(_TEXTED, {"note": note.notification_id}) is not None:
            return
        number = session.scalar(_NUMBER, {"member": member_id})
        sent = session.execute(
            _SENT, {"member": member_id, "hour_ago": now - HOUR, "day_ago": now - DAY}
        ).one()
        if number is None or sent.to_member >= MOST_A_DAY:
            raise Unreachable()
        if sent.by_all >= settings.sms_per_hour // 2:
            log.error("text_messages_used_up", per_hour=settings.sms_per_hour)
            raise TryLater(HOUR.total_seconds())
        link = settings.public_url + (note.action_url or "/notifications")
        noted = sa.update(Notification).where(Notification.id == note.notification_id)
        session.execute(noted.values(texted_at=now))
        try:
            services[SmsSender].send(Sms(number, f"{note.title} {link}"))
        except SmsRefused as error:
            raise Unreachable() from error
