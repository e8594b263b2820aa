"""A mail in the morning that sums up what a member has not read, every day or every Monday."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.accounts.presence import present
from web.core.clock import Clock
from web.core.db import AnySelect
from web.core.i18n import _
from web.core.jobs import JobLog
from web.core.mail import Mail, Mailer
from web.core.services import Services
from web.core.settings import Settings
from web.notifications import queries, texts
from web.notifications.delivery.strategies import Unreachable
from web.notifications.mailing import SETTINGS_PATH, address_of
from web.notifications.models import NotificationSettings
from web.notifications.quiet_hours import quiet_until
from web.notifications.types import NotificationTypes, ngettext
from web.notifications.unsubscribing import DIGEST, Unsubscriber

SEND_ALL = "notifications.send_digests"
SEND = "notifications.digest"
HOUR = 8  # from which on it may be sent, by the member's clock
MOST_LISTED = 20
_SUBJECT = ngettext("${count} new notification on Plaza", "${count} new notifications on Plaza")

_now = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_local_now = sa.func.timezone(Account.zone, _now)
_period = sa.case((NotificationSettings.digest == "weekly", "week"), else_="day")
_DUE: AnySelect = (
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
        sa.extract("hour", _local_now) >= HOUR,
        sa.func.timezone(Account.zone, NotificationSettings.digest_sent_at)
        < sa.func.date_trunc(_period, _local_now),
    )
)
_DUE_NOW: AnySelect = _DUE.where(
    NotificationSettings.member_id == sa.bindparam("member", type_=sa.Uuid())
).with_for_update(of=NotificationSettings)


def send_all(services: Services) -> None:
    """Body of the job that wants a digest for each member whose time it is; outside of quiet hours."""
    now = services[Clock].now()
    for row in services[Session].execute(_DUE, {"now": now}).all():
        services[JobLog].add(
            SEND,
            due_at=quiet_until(now, row.zone, row.quiet_from, row.quiet_until),
            dedupe_key=f"{SEND}:{row.member_id}",
            member_id=row.member_id,
        )


def send(services: Services, member_id: str) -> None:
    """Body of the job that sends a member's digest, once in its period; none when nothing is unread."""
    session, now = services[Session], services[Clock].now()
    row = session.execute(_DUE_NOW, {"now": now, "member": UUID(member_id)}).one_or_none()
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
    services[Mailer].send(Mail(address, subject, text, headers))


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
