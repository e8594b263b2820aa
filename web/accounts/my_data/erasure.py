"""Erasing an account whose 30 days are over: one transaction that leaves an empty row and nothing else.

The row stays as a tombstone, because what others have keeps its author: messages that they received, public
content if the member chose so, and ids in the log of events, which has no texts. It has a made-up name, no
way in, and no place in the statistics any more.
"""

import secrets
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from web.accounts.events import MemberErased
from web.accounts.leaving import due_for_erasure
from web.accounts.models import (
    Account,
    Appearance,
    BlockedKeyword,
    Challenge,
    DataExport,
    Email,
    EmailChange,
    FormerPassword,
    GoogleLink,
    MemberKey,
    Passkey,
    PasswordReset,
    Phone,
    PhoneCode,
    Profile,
    RecoveryCode,
    RefreshToken,
    SecurityEvent,
    Session,
    Totp,
)
from web.accounts.presence import DELETED
from web.accounts.sessions.service import SessionService
from web.core.clock import Clock
from web.core.events import EventLog
from web.core.jobs import JobLog
from web.core.models import Job
from web.core.personal_data import Eraser, PersonalData
from web.core.services import Services

_GONE = (
    Appearance,
    BlockedKeyword,
    Challenge,
    DataExport,
    Email,
    EmailChange,
    FormerPassword,
    GoogleLink,
    Passkey,
    PasswordReset,
    Phone,
    PhoneCode,
    Profile,
    RecoveryCode,
    SecurityEvent,
    Totp,
)
# Two who know each other would wait for each other.
_TAKE_TURNS = sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("plaza erasures", 0)))
_BARE = ("accounts", "member_keys", "sessions", "refresh_tokens")


class ErasureService:
    """Erases members. Never commits."""

    def __init__(
        self,
        session: DbSession,
        clock: Clock,
        events: EventLog,
        personal_data: PersonalData,
        services: Services,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._personal_data = personal_data
        self._services = services

    def erase(self, account_id: UUID) -> bool:
        """Erase a member whose time to come back is over, in this transaction: all of them or nothing.

        The row lock makes this and a change of mind follow one another: whoever cancelled in time stays.

        Returns:
            False when it is not due (any more), or done already.
        """
        self._session.execute(_TAKE_TURNS)
        due = sa.select(Account.keeps_content, Account.banned_at).where(
            Account.id == account_id, due_for_erasure(self._clock.now())
        )
        account = self._session.execute(due.with_for_update()).one_or_none()
        if account is None:
            return False
        # What nobody was to see any more does not come back because its author is gone.
        keeps_content = account.keeps_content and account.banned_at is None
        for eraser in self._personal_data.erasers:
            eraser.erase(self._services, account_id, keeps_content)
        self._events.emit(MemberErased(member_id=account_id))
        return True


def erase_account(services: Services, account_id: str) -> None:
    """Body of the job ``accounts.erase_account``; twice is the same as once."""
    services[ErasureService].erase(UUID(account_id))


def register(personal_data: PersonalData) -> None:
    """The eraser of accounts; it runs after those of all features above."""
    tables = (*(table.__tablename__ for table in _GONE), *_BARE)
    personal_data.erase(Eraser("accounts", tables, erase))
    personal_data.keep("audit_log", "what administrators did stays provable; it can only be added to")


def erase(services: Services, account_id: UUID, keeps_content: bool) -> None:
    """End the sessions, delete what hangs on the account, and empty the account itself.

    Sessions stay, without device and address, until their tokens are worth nothing: until then the analytics
    API has to know them as revoked.
    """
    session = services[DbSession]
    _forget_traces(session, account_id)
    keys = sa.select(DataExport.storage_key).where(DataExport.account_id == account_id)
    for key in session.scalars(keys.where(DataExport.storage_key.is_not(None))).all():
        services[JobLog].add("core.delete_file", key=str(key))
    for table in _GONE:
        session.execute(sa.delete(table).where(table.account_id == account_id))
    session.execute(sa.delete(MemberKey).where(MemberKey.member_id == account_id))

    services[SessionService].revoke_all(account_id, "erased")
    mine = Session.account_id == account_id
    session.execute(
        sa.delete(RefreshToken).where(RefreshToken.session_id.in_(sa.select(Session.id).where(mine)))
    )
    session.execute(sa.update(Session).where(mine).values(_cleared(Session)))
    _empty(session, account_id, services[Clock].now())


def _forget_traces(session: DbSession, account_id: UUID) -> None:
    """Delete what names the member's addresses without belonging to the account."""
    addresses = sa.select(sa.func.lower(Email.address)).where(Email.account_id == account_id)
    session.execute(sa.delete(PasswordReset).where(sa.func.lower(PasswordReset.address).in_(addresses)))
    numbers = sa.select(Phone.number).where(Phone.account_id == account_id)
    session.execute(sa.delete(PhoneCode).where(PhoneCode.number.in_(numbers)))
    for name, of in ((Email.address, Email), (Phone.number, Phone), (GoogleLink.email, GoogleLink)):
        named = sa.exists().where(of.account_id == account_id, sa.func.strpos(Job.last_error, name) > 0)
        session.execute(sa.update(Job).where(named).values(last_error=None))


def _empty(session: DbSession, account_id: UUID, now: datetime) -> None:
    """Make the account a tombstone: every column marked as personal goes back to its default."""
    name = f"deleted_{secrets.token_hex(8)}"
    session.execute(
        sa.update(Account)
        .where(Account.id == account_id)
        .values(
            _cleared(Account)
            | {
                "username": name,
                "username_key": name,
                "nickname": DELETED,
                "is_admin": False,
                "erased_at": now,
            }
        )
        .execution_options(synchronize_session=False)
    )


def _cleared(table: type[Account] | type[Session]) -> dict[str, object]:
    """Every column marked as personal, as it is in a row of nobody."""
    columns = (column for column in table.__table__.columns if "personal" in column.info)
    return {column.name: sa.text("DEFAULT") for column in columns}
