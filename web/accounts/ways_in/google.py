"""Google as a way in: an id_token, an account.

A Google account belongs to a member once it is linked. Without a link its address decides, if Google has it
verified: ours always are, so the same person holds both.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.errors import AnotherGoogleLinked, GoogleAccountNotVerified, GoogleTaken
from web.accounts.models import Email, GoogleLink
from web.accounts.policy import address_key
from web.accounts.schemas import GoogleSignIn, GoogleToken
from web.accounts.schemas.identity import LONGEST_FULL_NAME, LONGEST_NICKNAME
from web.accounts.service import AccountService
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.accounts.sessions.service import SessionService
from web.accounts.ways_in.arrival import Arrival
from web.accounts.ways_in.google_tokens import GoogleIdentity, GoogleTokens
from web.accounts.ways_in.remaining import lock_account, require_another_way_in
from web.core.clock import Clock
from web.core.db import give_back
from web.core.devices import Device
from web.core.errors import NotFound

_TAKE_TURNS = sa.select(
    sa.func.pg_advisory_xact_lock(
        sa.func.hashtextextended(sa.literal("google ").concat(sa.bindparam("subject")), 0)
    )
)
_HOLDER_OF_ADDRESS = sa.select(Email.account_id).where(Email.address_key == sa.bindparam("key"))


class GoogleService:
    """Signs in with Google and links it. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        tokens: GoogleTokens,
        accounts: AccountService,
        sessions: SessionService,
        security: SecurityLog,
    ) -> None:
        self._session = session
        self._clock = clock
        self._tokens = tokens
        self._accounts = accounts
        self._sessions = sessions
        self._security = security

    def sign_in(self, wish: GoogleSignIn, device: Device) -> Arrival:
        """The member whose Google account this is; a new one gets an account, without a birth date yet.

        Raises:
            GoogleNotConfigured, InvalidGoogleToken, Unavailable
            GoogleAccountNotVerified: a member has the address, and Google does not vouch for it.
            AnotherGoogleLinked: that member has linked another Google account.
            AccountExists: somebody signed up with the address just now.
        """
        google = self._tokens.take(wish)  # before the first query: no connection is held meanwhile
        # Two first sign-ins at once make one account.
        self._session.execute(_TAKE_TURNS, {"subject": google.sub})
        member_id = self._member_of(google)
        if member_id is not None:
            return Arrival(member_id, is_new=False)
        holder = self._session.scalar(_HOLDER_OF_ADDRESS, {"key": address_key(google.email)})
        if holder is None:
            return Arrival(self._join(google, wish), is_new=True)
        if not google.email_verified:
            raise GoogleAccountNotVerified()
        self._link(holder, google)
        self._security.note(holder, SecurityKind.GOOGLE_LINKED, device)
        return Arrival(holder, is_new=False)

    def link(self, member_id: UUID, session_id: UUID, given: GoogleToken, device: Device) -> None:
        """Make a Google account a way in; twice is the same as once.

        Raises:
            ReauthenticationRequired, GoogleNotConfigured, InvalidGoogleToken, Unavailable
            GoogleTaken: it is another member's.
            AnotherGoogleLinked: unlink that one first.
        """
        self._sessions.require_recent_proof(session_id)
        give_back(self._session)
        google = self._tokens.take(given)
        self._session.execute(_TAKE_TURNS, {"subject": google.sub})
        lock_account(self._session, member_id)
        holder = self._member_of(google)
        if holder == member_id:
            return
        if holder is not None:
            raise GoogleTaken()
        self._link(member_id, google)
        self._security.note(member_id, SecurityKind.GOOGLE_LINKED, device)

    def unlink(self, member_id: UUID, session_id: UUID, device: Device) -> None:
        """Forget a member's Google account, where there is another way in.

        Raises:
            ReauthenticationRequired, LastWayIn
            NotFound: there is none.
        """
        self._sessions.require_recent_proof(session_id)
        lock_account(self._session, member_id)
        mine = GoogleLink.account_id == member_id
        if not self._session.scalar(sa.select(sa.exists().where(mine))):
            raise NotFound()
        require_another_way_in(self._session, member_id)
        self._session.execute(sa.delete(GoogleLink).where(mine))
        self._security.note(member_id, SecurityKind.GOOGLE_REMOVED, device)

    def _member_of(self, google: GoogleIdentity) -> UUID | None:
        return self._session.scalar(sa.select(GoogleLink.account_id).where(GoogleLink.subject == google.sub))

    def _join(self, google: GoogleIdentity, wish: GoogleSignIn) -> UUID:
        name = _shown(google.name or "")
        member_id = self._accounts.create(
            email=google.email if google.email_verified else None,
            nickname=name[:LONGEST_NICKNAME].strip() or google.email.partition("@")[0][:LONGEST_NICKNAME],
            full_name=name[:LONGEST_FULL_NAME].strip() or None,
            zone=wish.zone,
            locale=wish.locale,
        )
        self._link(member_id, google)
        return member_id

    def _link(self, member_id: UUID, google: GoogleIdentity) -> None:
        row = {
            "account_id": member_id,
            "subject": google.sub,
            "email": google.email,
            "linked_at": self._clock.now(),
        }
        statement = insert(GoogleLink).on_conflict_do_nothing().returning(GoogleLink.account_id)
        if self._session.scalar(statement, row) is None:
            raise AnotherGoogleLinked()


def _shown(name: str) -> str:
    """A name as one line of what can be seen."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
