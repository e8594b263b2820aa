"""Mails about the safety of an account: what happened, when, on which device, what to do.

At-least-once: a mail may come twice. Members without an address get none; they find the same in their list.
"""

from uuid import UUID

import sqlalchemy as sa
from babel.dates import format_datetime, get_timezone
from sqlalchemy.orm import Session

from web.accounts.models import Account, Email, RecoveryCode, SecurityEvent
from web.accounts.sessions.device_names import device_label
from web.accounts.sessions.security_log import SecurityKind
from web.core.i18n import _, translator
from web.core.mail import Mail, Mailer
from web.core.services import Services
from web.core.settings import Settings

WHAT_HAPPENED = {
    SecurityKind.LOGGED_IN_NEW_DEVICE: _("New log-in to your Plaza account"),
    SecurityKind.TOKEN_REUSED: _("A session of your Plaza account was ended for safety"),
    SecurityKind.PASSWORD_CHANGED: _("Your Plaza password was changed"),
    SecurityKind.PASSWORD_RESET: _("Your Plaza password was set anew"),
    SecurityKind.EMAIL_CHANGED: _("Your Plaza account has a new email address"),
    SecurityKind.EMAIL_REMOVED: _("The email address of your Plaza account was removed"),
    SecurityKind.PHONE_CHANGED: _("Your Plaza account has a new phone number"),
    SecurityKind.PHONE_REMOVED: _("The phone number of your Plaza account was removed"),
    SecurityKind.GOOGLE_LINKED: _("Your Plaza account was linked to a Google account"),
    SecurityKind.GOOGLE_REMOVED: _("The link of your Plaza account to Google was removed"),
    SecurityKind.PASSKEY_ADDED: _("A passkey was added to your Plaza account"),
    SecurityKind.PASSKEY_REMOVED: _("A passkey of your Plaza account was removed"),
    SecurityKind.PASSKEY_COPIED: _("A passkey of your Plaza account was refused"),
    SecurityKind.SECOND_FACTOR_ON: _("Your Plaza account asks for a second factor now"),
    SecurityKind.SECOND_FACTOR_OFF: _("Your Plaza account does not ask for a second factor any more"),
    SecurityKind.RECOVERY_CODES_MADE: _("Your Plaza account has new recovery codes"),
    SecurityKind.RECOVERY_CODE_USED: _("A recovery code of your Plaza account was used"),
    SecurityKind.RETURNED: _("Your Plaza account is active again"),
}
_WAS_IT_YOU = _(
    "${what}\n\nWhen: ${when}\nDevice: ${device}\n\nIf it was you, there is nothing to do. If it was not, "
    "set a new password at once, which ends all your sessions:\n${link}"
)
_COPIED = _(
    "${what}\n\nWhen: ${when}\nDevice: ${device}\n\nA key of this session was used twice. That happens when "
    "somebody has copied it, so the session was ended; log in again on your device. If you do not know how "
    "it came about, set a new password, which ends all your sessions:\n${link}"
)
_CODE_USED = _(
    "${what}\n\nWhen: ${when}\nDevice: ${device}\nRecovery codes left: ${left}\n\nIf it was you and few are "
    "left, make new ones in the settings. If it was not, set a new password at once, which ends all your "
    "sessions:\n${link}"
)
_PASSKEY_COPIED = _(
    "${what}\n\nWhen: ${when}\nDevice: ${device}\n\nIts counter went backwards. That happens when somebody "
    "has copied it, so it was refused. If you do not know how it came about, remove that passkey in the "
    "settings."
)
_TEXTS = {
    SecurityKind.TOKEN_REUSED: _COPIED,
    SecurityKind.RECOVERY_CODE_USED: _CODE_USED,
    SecurityKind.PASSKEY_COPIED: _PASSKEY_COPIED,
}

_TOLD = (
    sa.select(
        SecurityEvent.kind,
        SecurityEvent.user_agent,
        SecurityEvent.occurred_at,
        Account.locale,
        Account.zone,
        Email.address,
        sa.select(sa.func.count())
        .where(RecoveryCode.account_id == Account.id)
        .scalar_subquery()
        .label("recovery_codes_left"),
    )
    .join(Account, Account.id == SecurityEvent.account_id)
    .join(Email, Email.account_id == Account.id)
    .where(SecurityEvent.id == sa.bindparam("id"))
)


def mail_security_event(services: Services, event_id: str) -> None:
    """Tell a member what happened to the safety of their account, at the address that is theirs now."""
    event = services[Session].execute(_TOLD, {"id": UUID(event_id)}).one_or_none()
    if event is None or event.kind not in WHAT_HAPPENED:
        return
    translate = translator(event.locale)
    what = translate(WHAT_HAPPENED[SecurityKind(event.kind)])
    facts = {
        "what": what,
        "when": format_datetime(
            event.occurred_at, "long", tzinfo=get_timezone(event.zone), locale=event.locale
        ),
        "device": device_label(event.user_agent, None, translate),
        "link": f"{services[Settings].public_url}/forgot",
        "left": str(event.recovery_codes_left),
    }
    text = _TEXTS.get(SecurityKind(event.kind), _WAS_IT_YOU)
    services[Mailer].send(Mail(event.address, what, translate(text % facts)))
