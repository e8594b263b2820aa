"""Notifications by mail, one each, with a link that ends such mails."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Email
from web.core.i18n import _
from web.core.mail import Mail, Mailer, MailRefused
from web.core.services import Services
from web.core.settings import Settings
from web.notifications import texts
from web.notifications.delivery.strategies import Rendered, Unreachable
from web.notifications.types import EMAIL
from web.notifications.unsubscribing import Unsubscriber

SETTINGS_PATH = "/settings/notifications"

_ADDRESS = sa.select(Email.address).where(Email.account_id == sa.bindparam("member", type_=sa.Uuid()))


def address_of(session: Session, member_id: UUID) -> str:
    """The verified address of a member.

    Raises:
        Unreachable: there is none.
    """
    address = session.scalar(_ADDRESS, {"member": member_id})
    if address is None:
        raise Unreachable()
    return address


class EmailChannel:
    """Sends each notification as a plain-text mail."""

    name = EMAIL

    def deliver(self, services: Services, member_id: UUID, note: Rendered) -> None:
        """Send it; a server that is away raises OSError, and the job is tried again.

        Raises:
            Unreachable: no address, or one that takes no mail.
        """
        address = address_of(services[Session], member_id)
        url = services[Settings].public_url
        translate = texts.localizer(note.locale).translate
        end = _("You can choose what Plaza mails you about:\n${link}", mapping={"link": url + SETTINGS_PATH})
        # A name may go over several lines; a subject may not.
        subject = " ".join(note.title.split())
        parts = (note.title, note.message, url + (note.action_url or "/notifications"), translate(end))
        headers = services[Unsubscriber].headers(member_id, note.type)
        try:
            services[Mailer].send(Mail(address, subject, "\n\n".join(filter(None, parts)), headers))
        except MailRefused as error:
            raise Unreachable() from error
