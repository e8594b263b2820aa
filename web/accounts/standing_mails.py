"""Mails that tell a member how their account stands: shut out, away, about to be erased, or back."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from babel.dates import format_date, format_datetime, get_timezone
from sqlalchemy.orm import Session

from web.accounts.models import Account, Email
from web.accounts.policy import RETURN_WITHIN
from web.core.i18n import _, translator
from web.core.mail import Mail, Mailer
from web.core.services import Services
from web.core.settings import Settings

_ACCOUNT = (
    sa.select(Account, Email.address)
    .join(Email, Email.account_id == Account.id)
    .where(Account.id == sa.bindparam("id"))
)


class Text(NamedTuple):
    """A mail before it is translated."""

    subject: str
    body: str


def mail_standing(services: Services, account_id: str, news: str) -> None:
    """Tell a member how their account stands; nothing if what happened (``news``) is over already."""
    row = services[Session].execute(_ACCOUNT, {"id": UUID(account_id)}).one_or_none()
    if row is None:  # erased, or a member without an address
        return
    text = _TEXTS[news](row.Account, services[Settings].public_url)
    if text is None:
        return
    translate = translator(row.Account.locale)
    services[Mailer].send(Mail(row.address, translate(text.subject), translate(text.body)))


def _suspended(account: Account, url: str) -> Text | None:
    if account.suspended_until is None:
        return None
    zone = get_timezone(account.zone)
    until = format_datetime(account.suspended_until, "long", tzinfo=zone, locale=account.locale)
    return Text(
        _("Your Plaza account is suspended"),
        _(
            "Hello ${name},\n\nyour account is suspended until ${until}. The reason: ${reason}\n\nIt ends by "
            "itself; just log in again then.",
            mapping={"name": account.nickname, "until": until, "reason": account.sanction_reason or "–"},
        ),
    )


def _banned(account: Account, url: str) -> Text | None:
    if account.banned_at is None:
        return None
    return Text(
        _("Your Plaza account is banned"),
        _(
            "Hello ${name},\n\nyour account is banned and cannot be used any more. The reason: ${reason}",
            mapping={"name": account.nickname, "reason": account.sanction_reason or "–"},
        ),
    )


def _open_again(account: Account, url: str) -> Text:
    return Text(
        _("Your Plaza account is open again"),
        _(
            "Hello ${name},\n\nyour account can be used again. Log in here:\n${link}",
            mapping={"name": account.nickname, **_log_in(url)},
        ),
    )


def _deactivated(account: Account, url: str) -> Text | None:
    if account.deactivated_at is None:
        return None
    return Text(
        _("Your Plaza account is deactivated"),
        _(
            "Hello ${name},\n\nnobody can see you on Plaza any more. To come back, log in before ${day}:\n"
            "${link}\n\nOn that day your account will be erased.\n\nIf it was not you, log in and change "
            "your password.",
            mapping={"name": account.nickname, "day": _day(account.deactivated_at, account), **_log_in(url)},
        ),
    )


def _deletion_requested(account: Account, url: str) -> Text | None:
    asked_at = account.deletion_requested_at
    if asked_at is None:
        return None
    return Text(
        _("Your Plaza account will be deleted"),
        _(
            "Hello ${name},\n\nyour account will be erased on ${day}. Until then you can change your mind: "
            "log in and cancel it in the settings:\n${link}\n\nIf it was not you, do that now and change "
            "your password.",
            mapping={"name": account.nickname, "day": _day(asked_at, account), **_log_in(url)},
        ),
    )


def _deletion_cancelled(account: Account, url: str) -> Text | None:
    if account.deletion_requested_at is not None:
        return None
    return Text(
        _("Your Plaza account stays"),
        _(
            "Hello ${name},\n\nyour account will not be deleted. Good to have you!",
            mapping={"name": account.nickname},
        ),
    )


def _erasure_near(account: Account, url: str) -> Text | None:
    """Who asked for it cancels it; who only went away comes back by logging in."""
    left_at = account.deletion_requested_at or account.deactivated_at
    if left_at is None:
        return None
    facts = {"name": account.nickname, "day": _day(left_at, account), **_log_in(url)}
    if account.deletion_requested_at is not None:
        text = _(
            "Hello ${name},\n\nyour account will be erased on ${day}, and nobody can bring it back then. If "
            "you want to keep it, log in before and cancel the deletion in the settings:\n${link}",
            mapping=facts,
        )
    else:
        text = _(
            "Hello ${name},\n\nyour account will be erased on ${day}, and nobody can bring it back then. If "
            "you want to keep it, just log in before:\n${link}",
            mapping=facts,
        )
    return Text(_("Your Plaza account is erased soon"), text)


def _day(left_at: datetime, account: Account) -> str:
    """The day from which leaving cannot be undone, in the member's language."""
    return format_date((left_at + RETURN_WITHIN).date(), "long", locale=account.locale)


def _log_in(url: str) -> dict[str, str]:
    return {"link": f"{url}/login"}


_TEXTS: dict[str, Callable[[Account, str], Text | None]] = {
    "suspended": _suspended,
    "suspension_lifted": _open_again,
    "banned": _banned,
    "ban_lifted": _open_again,
    "deactivated": _deactivated,
    "deletion_requested": _deletion_requested,
    "deletion_cancelled": _deletion_cancelled,
    "erasure_near": _erasure_near,
}
