"""A mail in the morning that sums up what a member has not read, every day or every Monday."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.presence import present
from web.core.clock import Clock
from web.core.db import AnySelect
from web.core.i18n import _
from web.core.jobs import JobLog
from web.core.mail import Mail, Mailer, MailRefused
from web.core.services import Services
from web.core.settings import Settings
from web.notifications import queries, texts
from web.notifications.delivery.strategies import Unreachable
from web.notifications.mailing import SETTINGS_PATH, address_of
from web.notifications.models import NotificationSettings
from web.notifications.quiet_hours import quiet_until
from web.notifications.types import EMAIL, NotificationTypes, ngettext
from web.notifications.unsubscribing import DIGEST, Unsubscriber

log = structlog.get_logger(__name__)

SEND_ALL = "notifications.send_digests"
SEND = "notifications.digest"
HOUR = 8  # from which on it may be sent, by the member's clock
MOST_LISTED = 20
MOST_AT_ONCE = 1000  # members for whom one job wants a digest
_SUBJECT = ngettext("${count} new notification on Plaza", "${count} new notifications on Plaza")

_now = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_period = sa.case((NotificationSettings.digest == "weekly", "week"), else_="day")
_names = sa.table("pg_timezone_names", sa.column("name", sa.Text()))
# One zone that PostgreSQL does not know, being older than Python's list, must not end everybody's digests.
_known_zone = sa.case((Account.zone.in_(sa.select(_names.c.name)), Account.zone), else_="UTC")


def _wants_one_in(zone: sa.ColumnElement[str]) -> AnySelect:
    """SQL: who has had no digest yet in the day or week that it is in a zone."""
    began = sa.func.date_trunc(_period, sa.func.timezone(zone, _now))
    return (
        sa.select(
            NotificationSettings.member_id,
            NotificationSettings.digest_sent_at,
            NotificationSettings.quiet_from,
            NotificationSettings.quiet_until,
            Account.zone,
            Account.locale,
            Account.nickname,
        )
        .join(Account, Account.id == NotificationSettings.member_id)
        .where(
            NotificationSettings.digest != "off",
            NotificationSettings.email,
            present(),
            sa.func.timezone(zone, NotificationSettings.digest_sent_at) < began,
        )
    )


_IN_THE_MORNING = (
    _wants_one_in(_known_zone)
    .where(
        sa.extract("hour", sa.func.timezone(_known_zone, _now)) >= HOUR,
        NotificationSettings.member_id > sa.bindparam("after", type_=sa.Uuid()),
    )
    .order_by(NotificationSettings.member_id)
    .limit(MOST_AT_ONCE)
)
# Whatever the hour: quiet hours may have ended after midnight.
_STILL = (
    _wants_one_in(sa.type_coerce(Account.zone, sa.Text()))
    .where(NotificationSettings.member_id == sa.bindparam("member", type_=sa.Uuid()))
    .with_for_update(of=NotificationSettings)
)


def send_all(services: Services, after: str = str(UUID(int=0))) -> None:
    """Body of the job that wants a digest for each member whose time it is; outside of quiet hours.

    Args:
        after: the member with whom the job before ended; each does some of them.
    """
    now, jobs = services[Clock].now(), services[JobLog]
    rows = services[Session].execute(_IN_THE_MORNING, {"now": now, "after": UUID(after)}).all()
    for row in rows:
        jobs.add(
            SEND,
            due_at=quiet_until(now, row.zone, row.quiet_from, row.quiet_until),
            dedupe_key=f"{SEND}:{row.member_id}",
            member_id=row.member_id,
        )
    if len(rows) == MOST_AT_ONCE:
        last = rows[-1].member_id
        jobs.add(SEND_ALL, dedupe_key=f"{SEND_ALL}:{last}", after=last)


def send(services: Services, member_id: str) -> None:
    """Body of the job that sends a member's digest, once in its period; none when nothing is unread."""
    session, now = services[Session], services[Clock].now()
    row = session.execute(_STILL, {"now": now, "member": UUID(member_id)}).one_or_none()
    if row is None:
        return
    session.execute(
        sa.update(NotificationSettings)
        .where(NotificationSettings.member_id == row.member_id)
        .values(digest_sent_at=now)
    )
    try:
        address = address_of(session, row.member_id)
    except Unreachable:
        return
    titles = _titles(services, row.member_id, row.digest_sent_at, texts.localizer(row.locale))
    if not titles:
        return
    subject, text = _texts(row, titles, services[Settings].public_url)
    headers = services[Unsubscriber].headers(row.member_id, DIGEST)
    try:
        services[Mailer].send(Mail(address, subject, text, headers))
    except MailRefused:
        log.info("unreachable", channel=EMAIL, member=str(row.member_id))


def _titles(services: Services, member_id: UUID, since: datetime, to: texts.Localizer) -> list[str]:
    """What is unread since the digest before, newest first."""
    types = services[NotificationTypes]
    rows = queries.unread_since(services[Session], member_id, since)
    return [queries.item_from(row, types, to).title for row in rows]


def _texts(row: Any, titles: list[str], url: str) -> tuple[str, str]:
    to = texts.localizer(row.locale)
    count = len(titles)
    subject = texts.counted(_SUBJECT, to, count)
    lines = [f"– {title}" for title in titles[:MOST_LISTED]]
    if count > MOST_LISTED:
        lines.append("…")
    link = {"name": row.nickname, "link": f"{url}/notifications", "settings": url + SETTINGS_PATH}
    begin = to.translate(_("Hello ${name},\n\nthis is what you have not seen yet:", mapping=link))
    end = to.translate(
        _("All of it is here:\n${link}\n\nYou can choose how often you get this:\n${settings}", mapping=link)
    )
    return subject, f"{begin}\n\n" + "\n".join(lines) + f"\n\n{end}"
