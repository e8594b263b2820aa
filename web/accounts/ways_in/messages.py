"""Text messages about accounts. At-least-once: one may come twice, the newest code is the one that counts."""

from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from web.accounts.codes import code_hash, new_code
from web.accounts.models import Account, Phone, PhoneCode
from web.accounts.ways_in.phones import newest_code
from web.core.clock import Clock
from web.core.i18n import _, translator
from web.core.services import Services
from web.core.settings import Settings
from web.core.sms import Sms, SmsRefused, SmsSender

log = structlog.get_logger(__name__)

ATTEMPTS = 5  # within half a minute; nobody waits longer, and each may cost a message

_LOCALE_OF_HOLDER = (
    sa.select(Account.locale)
    .join(Phone, Phone.account_id == Account.id)
    .where(Phone.number == sa.bindparam("number"))
)


def send_phone_code(services: Services, code_id: str) -> None:
    """Make a code, keep its hash and send it, in the member's language or the one that was asked for."""
    session, settings = services[Session], services[Settings]
    code_row = session.get(PhoneCode, UUID(code_id), with_for_update=True)
    if code_row is None or not _counts(session, code_row, services[Clock]):
        return
    code = new_code()
    code_row.code_hash = code_hash(settings, code_row.id, code)
    session.flush()
    text = message(code, _locale(session, code_row))
    try:
        services[SmsSender].send(Sms(code_row.number, text))
    except SmsRefused as refusal:
        log.warning("text_message_refused", code_id=code_id, reason=str(refusal))


def message(code: str, locale: str) -> str:
    """The text; in every language short enough to be paid as one message (70 characters of UCS-2)."""
    text = _("Plaza code ${code}, good for 10 minutes. Tell it to nobody.", mapping={"code": code})
    return translator(locale)(text)


def _counts(session: Session, code_row: PhoneCode, clock: Clock) -> bool:
    """Whether the code can still be used: neither used nor too old, and no newer one was asked for."""
    if code_row.used_at is not None or code_row.expires_at <= clock.now():
        return False
    return newest_code(session, code_row.number, code_row.account_id) == code_row.id


def _locale(session: Session, code_row: PhoneCode) -> str:
    if code_row.account_id is not None:
        locale = session.scalar(sa.select(Account.locale).where(Account.id == code_row.account_id))
    else:
        locale = session.scalar(_LOCALE_OF_HOLDER, {"number": code_row.number})
    return locale or code_row.locale
