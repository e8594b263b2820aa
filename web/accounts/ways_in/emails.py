"""The address of an account: another one counts once its owner has proved to read it.

As at sign-up, the request never looks whether somebody has the address: the job that writes the mail does.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.codes import CODE_LIFETIME, RESEND_AFTER, same_code, token_hash
from web.accounts.errors import AccountExists, InvalidCode
from web.accounts.models import Email, EmailChange, PasswordReset
from web.accounts.policy import address_key
from web.accounts.schemas import EmailProof, EmailTicket, EmailWish
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.accounts.sessions.service import SessionService
from web.accounts.ways_in.remaining import lock_account, require_another_way_in
from web.accounts.ways_in.tries import count_try
from web.core.clock import Clock
from web.core.db import Engines, give_back
from web.core.devices import NO_DEVICE, Device
from web.core.errors import NotFound, RateLimited
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.settings import Settings
from web.core.throttle import Throttle

MAIL_JOB = "accounts.mail_email_code"


class EmailService:
    """Rules of addresses. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        engines: Engines,
        clock: Clock,
        settings: Settings,
        throttle: Throttle,
        sessions: SessionService,
        security: SecurityLog,
        jobs: JobLog,
    ) -> None:
        self._session = session
        self._engines = engines
        self._clock = clock
        self._settings = settings
        self._throttle = throttle
        self._sessions = sessions
        self._security = security
        self._jobs = jobs

    def ask_change(self, member_id: UUID, session_id: UUID, wish: EmailWish) -> EmailTicket:
        """Want another address, or a first one; a code goes there. An earlier wish is forgotten.

        The answer is the same when somebody else has the address: they get another mail.

        Raises:
            ReauthenticationRequired
            RateLimited: sooner than a minute after the last code, or too many within the hour.
        """
        self._sessions.require_recent_proof(session_id)
        now = self._clock.now()
        values = {
            "id": new_id(),
            "address": wish.email,
            "code_hash": "",  # nothing matches until the mail is on its way
            "link_hash": None,
            "tries": 0,
            "code_asked_at": now,
            "expires_at": now + CODE_LIFETIME,
        }
        statement = insert(EmailChange).on_conflict_do_update(
            index_elements=["account_id"], set_=values, where=EmailChange.code_asked_at <= now - RESEND_AFTER
        )
        ticket = self._session.scalar(
            statement.returning(EmailChange.id), {"account_id": member_id, **values}
        )
        return self._want_mail(member_id, ticket)

    def resend(self, member_id: UUID) -> EmailTicket:
        """Send another code to the address that waits; the one before is worth nothing then.

        Raises:
            NotFound: no address waits.
            RateLimited
        """
        now = self._clock.now()
        ticket = self._session.scalar(
            sa.update(EmailChange)
            .where(EmailChange.account_id == member_id, EmailChange.code_asked_at <= now - RESEND_AFTER)
            .values(code_hash="", link_hash=None, tries=0, code_asked_at=now, expires_at=now + CODE_LIFETIME)
            .returning(EmailChange.id)
        )
        return self._want_mail(member_id, ticket)

    def confirm(
        self, proof: EmailProof, device: Device = NO_DEVICE, *, member_id: UUID | None = None
    ) -> UUID:
        """Let the address that waits count; the one until now is told.

        Args:
            member_id: whose address it has to be; None where the link alone says so.
        Returns:
            Whose address it is.
        Raises:
            InvalidCode: wrong, too old, tried too often, or no such ticket.
            AccountExists: somebody else proved the address first.
        """
        now = self._clock.now()
        proved = (EmailChange.id == self._proved(proof), EmailChange.expires_at > now)
        owner_id = self._session.scalar(sa.select(EmailChange.account_id).where(*proved))
        if owner_id is None or member_id not in (None, owner_id):
            raise InvalidCode()
        lock_account(self._session, owner_id)
        change = self._session.scalar(sa.delete(EmailChange).where(*proved).returning(EmailChange.address))
        if change is None:  # the same proof was faster
            raise InvalidCode()
        former = self._session.scalar(sa.select(Email.address).where(Email.account_id == owner_id))
        self._set(owner_id, change)
        is_other = former is not None and address_key(former) != address_key(change)
        self._forget_resets(owner_id)
        self._security.note(
            owner_id, SecurityKind.EMAIL_CHANGED, device, former_address=former if is_other else None
        )
        return owner_id

    def remove(self, member_id: UUID, session_id: UUID, device: Device = NO_DEVICE) -> None:
        """Take the address away, where there is another way in.

        Raises:
            ReauthenticationRequired, LastWayIn
            NotFound: there is none.
        """
        self._sessions.require_recent_proof(session_id)
        lock_account(self._session, member_id)
        address = self._session.scalar(sa.select(Email.address).where(Email.account_id == member_id))
        if address is None:
            raise NotFound()
        require_another_way_in(self._session, member_id)
        self._session.execute(sa.delete(Email).where(Email.account_id == member_id))
        self._forget_resets(member_id)
        self._security.note(member_id, SecurityKind.EMAIL_REMOVED, device, former_address=address)

    def _want_mail(self, member_id: UUID, ticket: UUID | None) -> EmailTicket:
        """Want the mail of the wish that was just noted; no ``ticket`` means that it came too soon."""
        now = self._clock.now()
        if ticket is None:
            asked_at = self._session.scalar(
                sa.select(EmailChange.code_asked_at).where(EmailChange.account_id == member_id)
            )
            if asked_at is None:
                raise NotFound()
            wait = asked_at + RESEND_AFTER - now
            raise RateLimited(headers={"Retry-After": str(max(1, round(wait.total_seconds())))})
        self._throttle.count("otp", f"email:{member_id}")
        self._jobs.add(MAIL_JOB, change_id=ticket)
        return EmailTicket(ticket=ticket, expires_at=now + CODE_LIFETIME)

    def _proved(self, proof: EmailProof) -> UUID:
        """The wish that a code or a link belongs to."""
        if proof.token is not None:
            by_link = sa.select(EmailChange.id).where(EmailChange.link_hash == token_hash(proof.token))
            change_id = self._session.scalar(by_link)
            if change_id is None:
                raise InvalidCode()
            return change_id
        ticket, code = proof.ticket, proof.code
        if ticket is None or code is None:
            raise InvalidCode()
        give_back(self._session)
        expected = count_try(self._engines, EmailChange, ticket, self._clock.now())
        if expected is None or not same_code(expected, self._settings, ticket, code):
            raise InvalidCode()
        return ticket

    def _set(self, member_id: UUID, address: str) -> None:
        values = {"address": address, "address_key": address_key(address), "verified_at": self._clock.now()}
        statement = insert(Email).on_conflict_do_update(index_elements=["account_id"], set_=values)
        try:
            with self._session.begin_nested():
                self._session.execute(statement, {"account_id": member_id, **values})
        except sa.exc.IntegrityError as error:
            raise AccountExists() from error

    def _forget_resets(self, member_id: UUID) -> None:
        """Links that went to the address until now must not set a password any more."""
        self._session.execute(sa.delete(PasswordReset).where(PasswordReset.account_id == member_id))
