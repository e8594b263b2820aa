"""Mails that go to an address: to prove that it is read, to set a password, to say that it counts no more.

At-least-once: a mail may come twice; of codes and links the newest ones count.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.codes import code_hash, new_code, new_token, token_hash
from web.accounts.models import Account, Email, EmailChange, PasswordReset, SecurityEvent, SignUp
from web.accounts.policy import address_key
from web.core.clock import Clock
from web.core.i18n import _, translator
from web.core.mail import Mail, Mailer
from web.core.services import Services
from web.core.settings import Settings

_HOLDER = (
    sa.select(Account.id, Account.locale, Email.address)
    .join(Email, Email.account_id == Account.id)
    .where(Email.address_key == sa.bindparam("key"))
)


def mail_sign_up_code(services: Services, sign_up_id: str) -> None:
    """Mail a pending sign-up its code and link, or tell a known address that it has an account."""
    sign_up = services[Session].get(SignUp, UUID(sign_up_id), with_for_update=True)
    if sign_up is None or sign_up.expires_at <= services[Clock].now():  # or verified
        return
    holder = _holder_of(services, sign_up.email)
    if holder is not None:
        text = _(
            "Somebody, probably you, signed up on Plaza with this address. You already have an account: just "
            "log in.\n\nIf it was not you, there is nothing to do."
        )
        _send(services, holder.address, holder.locale, _("You already have a Plaza account"), text)
        return
    code, link = _renew(services, sign_up, "code")
    subject = _("Your Plaza code: ${code}", mapping={"code": code})
    text = _(
        "Welcome to Plaza, ${name}!\n\nYour code is ${code}. It is good for ten minutes. This link does "
        "the same:\n${link}\n\nIf you did not sign up, ignore this mail.",
        mapping={"name": sign_up.nickname, "code": code, "link": link},
    )
    _send(services, sign_up.email, sign_up.locale, subject, text)


def mail_email_code(services: Services, change_id: str) -> None:
    """Mail a code and a link to an address that is to belong to an account, or tell whose it is already."""
    session = services[Session]
    change = session.scalar(sa.select(EmailChange).where(EmailChange.id == UUID(change_id)).with_for_update())
    if change is None or change.expires_at <= services[Clock].now():  # or confirmed
        return
    holder = _holder_of(services, change.address)
    if holder is not None and holder.id != change.account_id:
        text = _(
            "Somebody, probably you, wants to use this address for an account on Plaza. You already have an "
            "account with it: just log in there.\n\nIf it was not you, there is nothing to do."
        )
        _send(services, holder.address, holder.locale, _("You already have a Plaza account"), text)
        return
    locale = session.execute(sa.select(Account.locale).where(Account.id == change.account_id)).scalar_one()
    code, link = _renew(services, change, "confirm-email")
    subject = _("Your Plaza code: ${code}", mapping={"code": code})
    text = _(
        "Use this address for your Plaza account with the code ${code}. It is good for ten minutes. This "
        "link does the same:\n${link}\n\nIf you did not ask for it, ignore this mail.",
        mapping={"code": code, "link": link},
    )
    _send(services, change.address, locale, subject, text)


def mail_password_reset(services: Services, reset_id: str) -> None:
    """Mail a link for setting a password, if the address belongs to an account; else nothing."""
    session = services[Session]
    reset = session.get(PasswordReset, UUID(reset_id), with_for_update=True)
    if reset is None or reset.used_at is not None or reset.expires_at <= services[Clock].now():
        return
    holder = _holder_of(services, reset.address)
    if holder is None:
        return
    token = new_token()
    reset.account_id, reset.token_hash = holder.id, token_hash(token)
    session.flush()
    text = _(
        "Somebody, probably you, wants to set a new password for your Plaza account. This link does it. It "
        "is good for one hour and works once:\n${link}\n\nIf it was not you, ignore this mail. Your password "
        "stays as it is.",
        mapping={"link": f"{services[Settings].public_url}/reset?token={token}"},
    )
    _send(services, holder.address, holder.locale, _("Set a new Plaza password"), text)


def mail_former_address(services: Services, event_id: str) -> None:
    """Tell an address that it belongs to its account no more."""
    session = services[Session]
    event = session.get(SecurityEvent, UUID(event_id))
    account = session.get(Account, event.account_id) if event else None
    if event is None or account is None or event.former_address is None:
        return
    text = _(
        "This address does not belong to the Plaza account ${username} any more: it was changed or removed."
        "\n\nIf it was not you, somebody else may be in your account. Log in another way at once, change "
        "your password and end all other sessions.",
        mapping={"username": account.username},
    )
    subject = _("Your address at Plaza was changed")
    _send(services, event.former_address, account.locale, subject, text)


def _holder_of(services: Services, address: str) -> sa.Row[UUID, str, str] | None:
    """Who has an address, spelled as they did: look-alikes of it may lead to other people's mailboxes."""
    return services[Session].execute(_HOLDER, {"key": address_key(address)}).one_or_none()


def _renew(services: Services, proof: SignUp | EmailChange, page: str) -> tuple[str, str]:
    """A new code and a new link to a page; those before are worth nothing."""
    settings, code, token = services[Settings], new_code(), new_token()
    proof.code_hash, proof.link_hash = code_hash(settings, proof.id, code), token_hash(token)
    services[Session].flush()
    return code, f"{settings.public_url}/{page}?token={token}"


def _send(services: Services, address: str, locale: str, subject: str, text: str) -> None:
    translate = translator(locale)
    services[Mailer].send(Mail(address, translate(subject), translate(text)))
