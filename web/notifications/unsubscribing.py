"""Links in mails that end such mails with one click, without a login (RFC 8058)."""

import base64
import binascii
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.core.sealing import Sealer, Unsealable
from web.core.settings import Settings
from web.notifications.errors import BadUnsubscribeLink
from web.notifications.preferences import PreferenceService

DIGEST = ""  # in place of a type's name
PATH = "/unsubscribe"  # a page for people, which takes what mail programs post as well
_PURPOSE = "unsubscribe"
_IS_THERE = sa.select(Account.id).where(
    Account.id == sa.bindparam("member", type_=sa.Uuid()), Account.erased_at.is_(None)
)


class Unsubscriber:
    """Makes the links, and does what they ask. They do not expire: an old mail has to work, too."""

    def __init__(
        self, session: Session, sealer: Sealer, settings: Settings, preferences: PreferenceService
    ) -> None:
        self._session = session
        self._sealer = sealer
        self._settings = settings
        self._preferences = preferences

    def headers(self, member_id: UUID, type_name: str) -> tuple[tuple[str, str], ...]:
        """The mail headers by which a mail program offers it (RFC 8058 §3.1).

        Args:
            type_name: of notifications, or ``DIGEST``.
        """
        sealed = self._sealer.seal(member_id.bytes + type_name.encode(), _PURPOSE)
        token = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
        address = f"{self._settings.public_url}{PATH}?token={token}"
        return (
            ("List-Unsubscribe", f"<{address}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        )

    def unsubscribe(self, token: str) -> None:
        """Do what a link asks; twice is the same as once.

        Raises:
            BadUnsubscribeLink: it was not made here, or is cut off.
        """
        member_id, type_name = self._read(token)
        if self._session.scalar(_IS_THERE, {"member": member_id}) is None:
            return  # erased: they get no mails, and nothing of theirs is to be kept again
        if type_name == DIGEST:
            self._preferences.turn_off_digest(member_id)
        else:
            self._preferences.turn_off_mail(member_id, type_name)

    def subject(self, token: str) -> str:
        """Of what a link ends the mails: a type's name, which this version may not know, or ``DIGEST``.

        Raises:
            BadUnsubscribeLink
        """
        return self._read(token)[1]

    def _read(self, token: str) -> tuple[UUID, str]:
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            plain = self._sealer.open(sealed, _PURPOSE)
        except (Unsealable, binascii.Error, ValueError) as error:
            raise BadUnsubscribeLink() from error
        return UUID(bytes=plain[:16]), plain[16:].decode()
