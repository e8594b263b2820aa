"""Mails about accounts, and cleaning up.

At-least-once: a mail may come twice, its newest code is the one that counts.
"""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts import models
from web.accounts.codes import code_hash, new_code, new_token, token_hash
from web.accounts.models import Account, Email, RefreshToken, SecurityEvent, SignUp
from web.accounts.policy import address_key
from web.core.clock import Clock
from web.core.i18n import _, translator
from web.core.mail import Mail, Mailer
from web.core.services import Services
from web.core.settings import Settings

SESSIONS_KEPT = timedelta(days=30)

_HOLDER = (
    sa.select(Email.address, Account.locale)
    .join(Account, Account.id == Email.account_id)
    .where(Email.address_key == sa.bindparam("key"))
)


def mail_sign_up_code(services: Services, sign_up_id: str) -> None:
    """Mail a pending sign-up its code and link, or tell a known address that it has an account."""
    session, settings = services[Session], services[Settings]
    sign_up = session.get(SignUp, UUID(sign_up_id), with_for_update=True)
    if sign_up is None:  # verified or expired meanwhile
        return
    known = session.execute(_HOLDER, {"key": address_key(sign_up.email)}).one_or_none()
    if known is not None:
        _mail_already_registered(services, known.address, known.locale)
        return
    code, token = new_code(), new_token()
    sign_up.code_hash, sign_up.link_hash = code_hash(settings, sign_up.id, code), token_hash(token)
    session.flush()
    translate = translator(sign_up.locale)
    subject = translate(_("Your Plaza code: ${code}", mapping={"code": code}))
    text = translate(
        _(
            "Welcome to Plaza, ${name}!\n\nYour code is ${code}. It is good for ten minutes. This link does "
            "the same:\n${link}\n\nIf you did not sign up, ignore this mail.",
            mapping={
                "name": sign_up.nickname,
                "code": code,
                "link": f"{settings.public_url}/code?token={token}",
            },
        )
    )
    services[Mailer].send(Mail(sign_up.email, subject, text))


def _mail_already_registered(services: Services, address: str, locale: str) -> None:
    translate = translator(locale)
    text = _(
        "Somebody, probably you, signed up on Plaza with this address. You already have an account: just "
        "log in.\n\nIf it was not you, there is nothing to do."
    )
    services[Mailer].send(Mail(address, translate(_("You already have a Plaza account")), translate(text)))


def mail_security_event(services: Services, event_id: str) -> None:
    """Tell a member what happened to the safety of their account."""
    event = services[Session].get(SecurityEvent, UUID(event_id))
    if event is None:
        return


def clean_up(services: Services) -> None:
    """Delete sign-ups and refresh tokens that have expired, and sessions that expired 30 days ago.

    A session that was revoked stays until it would have expired, because until then there may be tokens of it
    that others have to refuse.
    """
    session, now = services[Session], services[Clock].now()
    session.execute(sa.delete(SignUp).where(SignUp.expires_at < now))
    session.execute(sa.delete(RefreshToken).where(RefreshToken.expires_at < now))
    session.execute(sa.delete(models.Session).where(models.Session.expires_at < now - SESSIONS_KEPT))
