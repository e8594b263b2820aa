"""Mails about signing up, and cleaning up.

At-least-once: a mail may come twice, its newest code is the one that counts.
"""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts import models
from web.accounts.models import Account, Email, RefreshToken, SignUp
from web.accounts.service import AccountService
from web.core.clock import Clock
from web.core.i18n import _, translator
from web.core.mail import Mail, Mailer
from web.core.services import Services

SESSIONS_KEPT = timedelta(days=30)


def mail_sign_up_code(services: Services, sign_up_id: str) -> None:
    """Make a code for a pending sign-up and mail it."""
    sign_up = services[Session].get(SignUp, UUID(sign_up_id), with_for_update=True)
    if sign_up is None:  # verified or expired meanwhile
        return
    code = services[AccountService].new_code(sign_up)
    services[Session].flush()
    translate = translator(sign_up.locale)
    subject = translate(_("Your Plaza code: ${code}", mapping={"code": code}))
    text = translate(
        _(
            "Welcome to Plaza, ${name}!\n\nYour code is ${code}. It is good for ten minutes.\n\n"
            "If you did not sign up, ignore this mail.",
            mapping={"name": sign_up.nickname, "code": code},
        )
    )
    services[Mailer].send(Mail(sign_up.email, subject, text))


def mail_already_registered(services: Services, account_id: str) -> None:
    """Tell the holder of an address that somebody signed up with it again."""
    email = services[Session].get(Email, UUID(account_id))
    account = services[Session].get(Account, UUID(account_id))
    if email is None or account is None:
        return
    translate = translator(account.locale)
    text = _(
        "Somebody, probably you, signed up on Plaza with this address. You already have an account: just "
        "log in.\n\nIf it was not you, there is nothing to do."
    )
    services[Mailer].send(
        Mail(email.address, translate(_("You already have a Plaza account")), translate(text))
    )


def clean_up(services: Services) -> None:
    """Delete sign-ups and refresh tokens that have expired, and sessions that expired 30 days ago.

    A session that was revoked stays until it would have expired, because until then there may be tokens of it
    that others have to refuse.
    """
    session, now = services[Session], services[Clock].now()
    session.execute(sa.delete(SignUp).where(SignUp.expires_at < now))
    session.execute(sa.delete(RefreshToken).where(RefreshToken.expires_at < now))
    session.execute(sa.delete(models.Session).where(models.Session.expires_at < now - SESSIONS_KEPT))
