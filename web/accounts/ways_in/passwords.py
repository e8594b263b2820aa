"""Passwords: as a way in, as a proof, changed, forgotten and set anew.

Argon2 takes tens of milliseconds by design, so no connection is held meanwhile: what is stored is read on one
that is given back, and what was checked is written only if it is still what it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.codes import token_hash
from web.accounts.errors import InvalidCredentials, InvalidLink, PasswordReused, WrongPassword
from web.accounts.models import Account, Email, FormerPassword, PasswordReset
from web.accounts.policy import address_key
from web.accounts.schemas import Credentials, NewPassword, PasswordChange, ResetWish
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.accounts.sessions.service import SessionService
from web.accounts.ways_in.password_rules import require_strong
from web.accounts.ways_in.remaining import lock_account
from web.core.clock import Clock
from web.core.db import Engines, give_back
from web.core.devices import NO_DEVICE, Device
from web.core.errors import NotFound
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.passwords import hash_password, verify_password
from web.core.throttle import Attempt, Throttle

RESET_LIFETIME = timedelta(hours=1)
REMEMBERED = 5  # passwords that may not come back, the one in use included

_PASSWORD_OF = (
    sa.select(Account.id, Account.password_hash)
    .join(Email, Email.account_id == Account.id)
    .where(Email.address_key == sa.bindparam("address_key"), Account.kind == "person")
)
_KNOWN = (
    sa.select(Account.password_hash, Account.username, Account.nickname, Email.address)
    .outerjoin(Email, Email.account_id == Account.id)
    .where(Account.id == sa.bindparam("id"))
)
_FORMER = (
    sa.select(FormerPassword.password_hash)
    .where(FormerPassword.account_id == sa.bindparam("id"))
    .order_by(FormerPassword.replaced_at.desc())
    .limit(REMEMBERED)
)
_FORGOTTEN = (
    sa.select(FormerPassword.id)
    .where(FormerPassword.account_id == sa.bindparam("id"))
    .order_by(FormerPassword.replaced_at.desc())
    .offset(REMEMBERED)
)


@dataclass(frozen=True)
class _Known:
    """What is known of an account when its password is to change; ``recent`` are hashes, newest first."""

    current: str | None
    recent: list[str]
    username: str
    nickname: str
    address: str | None


class PasswordService:
    """Rules of passwords. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        engines: Engines,
        clock: Clock,
        throttle: Throttle,
        sessions: SessionService,
        security: SecurityLog,
        jobs: JobLog,
    ) -> None:
        self._session = session
        self._engines = engines
        self._clock = clock
        self._throttle = throttle
        self._sessions = sessions
        self._security = security
        self._jobs = jobs

    def authenticate(self, credentials: Credentials, device: Device) -> UUID:
        """The member whose address and password these are.

        An unknown address costs the same query, the same check and the same attempts.

        Raises:
            InvalidCredentials
            RateLimited: too many attempts at this address, or too many failures from this device's.
        """
        key = address_key(credentials.email)
        attempt = self._throttle.count("login", f"address:{key}", watched=f"ip:{device.ip}")
        with self._reading() as connection:
            row = connection.execute(_PASSWORD_OF, {"address_key": key}).one_or_none()
        if not verify_password(row.password_hash if row else None, credentials.password) or row is None:
            self._throttle.failed(attempt)
            raise InvalidCredentials()
        self._throttle.succeeded(attempt)
        member_id: UUID = row.id
        return member_id

    def prove(self, member_id: UUID, session_id: UUID, password: str, device: Device = NO_DEVICE) -> None:
        """Let a member prove once more who they are, by their password.

        Raises:
            WrongPassword: it is another one, or there is none.
            RateLimited
        """
        self._check(member_id, self._known(member_id).current, password, device)
        self._sessions.proved(session_id)

    def change(
        self, member_id: UUID, session_id: UUID, wish: PasswordChange, device: Device = NO_DEVICE
    ) -> None:
        """Set another password, which ends all other sessions.

        Raises:
            WrongPassword: the one given as the current one is not, or not any more.
            ReauthenticationRequired: there is none yet, and the last proof is not recent.
            WeakPassword, PasswordReused, RateLimited
        """
        known = self._known(member_id)
        if known.current is None:
            self._sessions.require_recent_proof(session_id)
        else:
            self._check(member_id, known.current, wish.current_password or "", device)
        new_hash = self._hash_of_new(known, wish.new_password)
        if not self._replace(member_id, known.current, new_hash):
            raise WrongPassword()
        self._sessions.revoke_all(member_id, "password_changed", but=session_id)
        self._security.note(member_id, SecurityKind.PASSWORD_CHANGED, device)

    def ask_reset(self, wish: ResetWish, device: Device) -> None:
        """Want a link mailed with which a new password can be set.

        Whether the address is known is found out by the job that writes the mail, so that neither the answer
        nor its time tells.

        Raises:
            RateLimited: asked too often for this address, or from this device's.
        """
        self._throttle.count("reset", f"ip:{device.ip}")
        self._throttle.count("reset", f"address:{address_key(wish.email)}")
        now = self._clock.now()
        reset_id = new_id()
        self._session.execute(
            sa.insert(PasswordReset),
            {"id": reset_id, "address": wish.email, "created_at": now, "expires_at": now + RESET_LIFETIME},
        )
        self._jobs.add("accounts.mail_password_reset", reset_id=reset_id)

    def reset(self, wish: NewPassword, device: Device = NO_DEVICE) -> UUID:
        """Set a password by the link that was mailed; it works once, and ends all sessions.

        Returns:
            Whose password it is now.
        Raises:
            InvalidLink: unknown, used or too old.
            WeakPassword, PasswordReused: the link can be used again.
        """
        unused = (
            PasswordReset.token_hash == token_hash(wish.token),
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > self._clock.now(),
        )
        with self._reading() as connection:
            member_id = connection.scalar(sa.select(PasswordReset.account_id).where(*unused))
        if member_id is None:
            raise InvalidLink()
        known = self._known(member_id)
        new_hash = self._hash_of_new(known, wish.password)
        lock_account(self._session, member_id)
        still_unused = sa.select(sa.exists().where(*unused))
        # Of two who hold the link the second waits for the lock, and finds it used.
        if not self._session.scalar(still_unused) or not self._replace(member_id, known.current, new_hash):
            raise InvalidLink()
        self._sessions.revoke_all(member_id, "password_reset")
        if known.address is not None:  # who guessed the forgotten password may log in with the new one
            self._throttle.succeeded(Attempt("login", f"address:{address_key(known.address)}", None))
        self._security.note(member_id, SecurityKind.PASSWORD_RESET, device)
        return member_id

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """A connection for looking something up, given back before the slow check that follows."""
        give_back(self._session)
        with self._engines.reads.connect() as connection:
            yield connection

    def _known(self, member_id: UUID) -> _Known:
        with self._reading() as connection:
            row = connection.execute(_KNOWN, {"id": member_id}).one_or_none()
            former = connection.scalars(_FORMER, {"id": member_id}).all()
        if row is None:
            raise NotFound()
        recent = ([row.password_hash] if row.password_hash else []) + list(former)
        return _Known(row.password_hash, recent[:REMEMBERED], row.username, row.nickname, row.address)

    def _check(self, member_id: UUID, stored: str | None, password: str, device: Device) -> None:
        attempt = self._throttle.count("login", f"account:{member_id}", watched=f"ip:{device.ip}")
        if not verify_password(stored, password):
            self._throttle.failed(attempt)
            raise WrongPassword()
        self._throttle.succeeded(attempt)

    def _hash_of_new(self, known: _Known, password: str) -> str:
        """The hash of a password that may be set."""
        require_strong(password, email=known.address, username=known.username, nickname=known.nickname)
        give_back(self._session)
        if any(verify_password(each, password) for each in known.recent):
            raise PasswordReused()
        return hash_password(password)

    def _replace(self, member_id: UUID, current: str | None, new_hash: str) -> bool:
        """Set a password unless another one was set meanwhile; links for setting one are used up."""
        changed = self._session.scalar(
            sa.update(Account)
            .where(Account.id == member_id, Account.password_hash.is_not_distinct_from(current))
            .values(password_hash=new_hash)
            .returning(Account.id)
        )
        if changed is None:
            return False
        now = self._clock.now()
        if current is not None:
            self._session.execute(
                sa.insert(FormerPassword),
                {"id": new_id(), "account_id": member_id, "password_hash": current, "replaced_at": now},
            )
            self._session.execute(
                sa.delete(FormerPassword).where(FormerPassword.id.in_(_FORGOTTEN)), {"id": member_id}
            )
        self._session.execute(
            sa.update(PasswordReset)
            .where(PasswordReset.account_id == member_id, PasswordReset.used_at.is_(None))
            .values(used_at=now)
        )
        return True
