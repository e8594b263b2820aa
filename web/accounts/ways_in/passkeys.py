"""Passkeys: a way in without a password, and a second factor."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from webauthn.helpers import generate_challenge

from web.accounts.errors import LastSecondFactor, PasskeyRefused, TooManyPasskeys
from web.accounts.models import Account, Passkey, Totp
from web.accounts.schemas import (
    CreationChallenge,
    NewPasskey,
    PasskeyAnswer,
    PasskeyCard,
    PasskeyChange,
    Passkeys,
    RequestChallenge,
)
from web.accounts.schemas.passkeys import SignedCredential
from web.accounts.second_factor.challenges import Challenges, Taken
from web.accounts.sessions.door import Proof
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.accounts.sessions.service import SessionService
from web.accounts.ways_in.ceremonies import TRANSPORTS, Ceremonies, id_of, user_of
from web.accounts.ways_in.remaining import require_another_way_in
from web.core.app import App
from web.core.clock import Clock
from web.core.db import give_back
from web.core.devices import NO_DEVICE, Device
from web.core.errors import NotFound
from web.core.i18n import _, translator
from web.core.ids import new_id

MOST_PASSKEYS = 20

_OF_MEMBER = (
    sa.select(Passkey)
    .where(Passkey.account_id == sa.bindparam("id"))
    .order_by(Passkey.created_at, Passkey.id)
)
_HAS_TOTP = sa.select(sa.exists().where(Totp.account_id == sa.bindparam("id"), Totp.enabled_at.is_not(None)))


def passkeys_of(session: Session, member_id: UUID) -> Passkeys:
    """All passkeys of a member, oldest first."""
    return Passkeys(items=[_card(passkey) for passkey in session.scalars(_OF_MEMBER, {"id": member_id})])


class PasskeyService:
    """Rules of passkeys. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        app: App,
        clock: Clock,
        ceremonies: Ceremonies,
        challenges: Challenges,
        sessions: SessionService,
        security: SecurityLog,
    ) -> None:
        self._session = session
        self._app = app
        self._clock = clock
        self._ceremonies = ceremonies
        self._challenges = challenges
        self._sessions = sessions
        self._security = security

    def creation_options(self, member_id: UUID, session_id: UUID) -> CreationChallenge:
        """What to make a new passkey from.

        Raises:
            ReauthenticationRequired, TooManyPasskeys
        """
        self._sessions.require_recent_proof(session_id)
        account, known = self._locked(member_id), _known(self._session, member_id)
        if len(known) >= MOST_PASSKEYS:
            raise TooManyPasskeys()
        nonce = generate_challenge()
        ticket, expires_at = self._challenges.open("new_passkey", nonce, member_id)
        options = self._ceremonies.creation_options(
            nonce, member_id, account.username, account.nickname, known
        )
        return CreationChallenge(ticket=ticket, expires_at=expires_at, options=options)

    def add(
        self, member_id: UUID, session_id: UUID, new: NewPasskey, device: Device = NO_DEVICE
    ) -> PasskeyCard:
        """Add a passkey that was made for a ticket of :meth:`creation_options`.

        Raises:
            ReauthenticationRequired, LogInExpired, PasskeyRefused, TooManyPasskeys
        """
        self._sessions.require_recent_proof(session_id)
        nonce = self._nonce(self._challenges.take(new.ticket, "new_passkey"), member_id)
        made = self._ceremonies.check_new(new.credential, nonce)
        account = self._locked(member_id)
        if len(_known(self._session, member_id)) >= MOST_PASSKEYS:
            raise TooManyPasskeys()
        passkey = self._session.scalar(
            insert(Passkey)
            .values(
                id=new_id(),
                account_id=member_id,
                credential_id=made.credential_id,
                public_key=made.credential_public_key,
                sign_count=made.sign_count,
                transports=sorted(TRANSPORTS.intersection(new.credential.response.transports)),
                name=new.name or translator(account.locale)(_("Passkey")),
                created_at=self._clock.now(),
            )
            .on_conflict_do_nothing(index_elements=["credential_id"])
            .returning(Passkey)
        )
        if passkey is None:
            raise PasskeyRefused()  # somebody has it already
        self._security.note(member_id, SecurityKind.PASSKEY_ADDED, device)
        return _card(passkey)

    def request_options(self, ticket: UUID | None = None) -> RequestChallenge:
        """What to sign to log in: as the second factor of ``ticket``, or with nothing else.

        Without a ticket the answer is the same for everybody: the authenticator knows who it is for.

        Raises:
            LogInExpired: the ticket is no longer open.
            PasskeyRefused: there is no passkey that could answer it.
        """
        nonce = generate_challenge()
        if ticket is None:
            ticket, expires_at = self._challenges.open("passkey", nonce)
            options = self._ceremonies.request_options(nonce)
        else:
            account_id, expires_at = self._challenges.renew(ticket, nonce)
            options = self._ceremonies.request_options(
                nonce, _require_known(self._session, account_id), verifies_user=False
            )
        return RequestChallenge(ticket=ticket, expires_at=expires_at, options=options)

    def answer(self, answer: PasskeyAnswer, device: Device = NO_DEVICE) -> Proof:
        """Log in with a passkey, alone or as the second factor.

        Returns:
            The whole proof, for the door.
        Raises:
            LogInExpired, PasskeyRefused
        """
        challenge = self._challenges.take(answer.ticket, "passkey", "second_factor")
        is_alone = challenge.purpose == "passkey"
        passkey = self._signer(answer.credential, challenge, device, verifies_user=is_alone)
        return Proof(passkey.account_id, (*challenge.methods, "hwk"), complete=True)

    def proof_options(self, member_id: UUID) -> RequestChallenge:
        """What to sign to prove once more who one is.

        Raises:
            PasskeyRefused: the member has no passkey.
        """
        nonce = generate_challenge()
        known = _require_known(self._session, member_id)
        ticket, expires_at = self._challenges.open("proof", nonce, member_id)
        options = self._ceremonies.request_options(nonce, known)
        return RequestChallenge(ticket=ticket, expires_at=expires_at, options=options)

    def prove(
        self, member_id: UUID, session_id: UUID, answer: PasskeyAnswer, device: Device = NO_DEVICE
    ) -> None:
        """Prove once more who one is, within a session.

        Raises:
            LogInExpired, PasskeyRefused
        """
        challenge = self._challenges.take(answer.ticket, "proof")
        self._nonce(challenge, member_id)
        self._signer(answer.credential, challenge, device, verifies_user=True)
        self._sessions.proved(session_id)

    def list(self, member_id: UUID) -> Passkeys:
        """All passkeys of a member, oldest first."""
        return passkeys_of(self._session, member_id)

    def rename(self, member_id: UUID, passkey_id: UUID, change: PasskeyChange) -> PasskeyCard:
        """Give a passkey another name.

        Raises:
            NotFound
        """
        self._locked(member_id)
        passkey = self._mine(member_id, passkey_id)
        passkey.name = change.name
        self._session.flush()
        return _card(passkey)

    def remove(self, member_id: UUID, session_id: UUID, passkey_id: UUID, device: Device = NO_DEVICE) -> None:
        """Remove a passkey.

        Raises:
            ReauthenticationRequired, NotFound, LastWayIn
            LastSecondFactor: nothing else would answer the second factor, which is on.
        """
        self._sessions.require_recent_proof(session_id)
        account = self._locked(member_id)
        passkey = self._mine(member_id, passkey_id)
        require_another_way_in(self._session, member_id)
        is_needed = account.second_factor_since is not None and len(_known(self._session, member_id)) == 1
        if is_needed and not self._session.scalar(_HAS_TOTP, {"id": member_id}):
            raise LastSecondFactor()
        self._session.delete(passkey)
        self._session.flush()
        self._security.note(member_id, SecurityKind.PASSKEY_REMOVED, device)

    def _signer(
        self, credential: SignedCredential, challenge: Taken, device: Device, *, verifies_user: bool
    ) -> Passkey:
        """The passkey that signed a challenge, its use counted."""
        nonce = self._nonce(challenge, challenge.account_id)
        passkey = self._session.scalar(sa.select(Passkey).where(Passkey.credential_id == id_of(credential)))
        if passkey is None or challenge.account_id not in (None, passkey.account_id):
            raise PasskeyRefused()
        user = user_of(credential)
        # Who was not asked for by name has to be named by the authenticator (Level 2 §7.2, step 6).
        if user != passkey.account_id.bytes and (user is not None or challenge.account_id is None):
            raise PasskeyRefused()
        signed = self._ceremonies.check_signed(
            credential, nonce, passkey.public_key, verifies_user=verifies_user
        )
        self._locked(passkey.account_id)
        if not self._count(passkey.id, signed.new_sign_count):
            self._tell_of_copy(passkey.account_id, device)
            raise PasskeyRefused()
        return passkey

    def _count(self, passkey_id: UUID, sign_count: int) -> bool:
        """Note a use. A counter that does not go up tells of a copy; one that stays at 0 is none (§6.1.1)."""
        goes_up = Passkey.sign_count < sign_count
        has_none = sa.and_(Passkey.sign_count == 0, sa.literal(sign_count) == 0)
        statement = (
            sa.update(Passkey)
            .where(Passkey.id == passkey_id, sa.or_(goes_up, has_none))
            .values(sign_count=sign_count, last_used_at=self._clock.now())
            .returning(Passkey.id)
        )
        return self._session.scalar(statement) is not None

    def _tell_of_copy(self, account_id: UUID, device: Device) -> None:
        """Tell the member of a copied passkey, in a unit of work of its own: the refusal undoes this one."""
        give_back(self._session)
        with self._app.work() as services:
            services[SecurityLog].note(account_id, SecurityKind.PASSKEY_COPIED, device)

    def _nonce(self, challenge: Taken, account_id: UUID | None) -> bytes:
        """What had to be signed for a ticket of this account."""
        if challenge.nonce is None or challenge.account_id != account_id:
            raise PasskeyRefused()
        return challenge.nonce

    def _mine(self, member_id: UUID, passkey_id: UUID) -> Passkey:
        passkey = self._session.get(Passkey, passkey_id)
        if passkey is None or passkey.account_id != member_id:
            raise NotFound()
        return passkey

    def _locked(self, account_id: UUID) -> Account:
        account = self._session.get(Account, account_id, with_for_update=True)
        if account is None:
            raise NotFound()
        return account


def _known(session: Session, account_id: UUID) -> list[Passkey]:
    return [*session.scalars(_OF_MEMBER, {"id": account_id})]


def _require_known(session: Session, account_id: UUID) -> list[Passkey]:
    known = _known(session, account_id)
    if not known:
        raise PasskeyRefused()
    return known


def _card(passkey: Passkey) -> PasskeyCard:
    return PasskeyCard(
        id=passkey.id,
        name=passkey.name,
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
    )
