"""Signing up: a pending sign-up, a code by mail, an account."""

import hashlib
import hmac
import secrets
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.errors import AccountExists, InvalidCode, TooYoung, UsernameTaken
from web.accounts.events import MemberJoined
from web.accounts.models import Account, Email, MemberKey, SignUp
from web.accounts.policy import MINIMUM_AGE, address_key, age_on, username_from, username_key
from web.accounts.schemas import Registration, SignUpTicket, Verification
from web.core.clock import Clock
from web.core.db import Engines
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.passwords import hash_password
from web.core.settings import Settings

CODE_LIFETIME = timedelta(minutes=10)
MOST_TRIES = 5


class AccountService:
    """Makes accounts. Raises DomainError subclasses; never commits the caller's transaction."""

    def __init__(
        self,
        session: Session,
        engines: Engines,
        clock: Clock,
        settings: Settings,
        events: EventLog,
        jobs: JobLog,
    ) -> None:
        self._session = session
        self._engines = engines
        self._clock = clock
        self._settings = settings
        self._events = events
        self._jobs = jobs

    def register(self, wish: Registration) -> SignUpTicket:
        """Start a sign-up. The answer and the work are the same whether or not the address is known.

        Raises:
            TooYoung, UsernameTaken
        """
        now = self._clock.now()
        if age_on(now.date(), wish.birth_date) < MINIMUM_AGE:
            raise TooYoung()
        password_hash = hash_password(
            wish.password
        )  # before the first query: no connection is held meanwhile
        if wish.username and self._username_taken(wish.username):
            raise UsernameTaken()

        ticket = SignUpTicket(ticket=new_id(), expires_at=now + CODE_LIFETIME)
        known = self._session.scalar(
            sa.select(Email.account_id).where(Email.address_key == address_key(wish.email))
        )
        if known is not None:
            self._jobs.add("accounts.mail_already_registered", account_id=known)
            return ticket
        self._session.add(
            SignUp(
                id=ticket.ticket,
                email=wish.email,
                password_hash=password_hash,
                nickname=wish.nickname,
                username=wish.username,
                birth_date=wish.birth_date,
                zone=wish.zone,
                locale=wish.locale,
                code_hash="",  # nothing matches until the mail is on its way
                created_at=now,
                expires_at=ticket.expires_at,
            )
        )
        self._session.flush()
        self._jobs.add("accounts.mail_sign_up_code", sign_up_id=ticket.ticket)
        return ticket

    def new_code(self, sign_up: SignUp) -> str:
        """Give a pending sign-up a fresh six-digit code; only its hash is kept."""
        code = f"{secrets.randbelow(1_000_000):06d}"
        sign_up.code_hash = self._code_hash(sign_up.id, code)
        return code

    def verify(self, verification: Verification) -> UUID:
        """Turn a sign-up into an account.

        Returns:
            The new member's id.
        Raises:
            InvalidCode: wrong, too old, tried too often, or no such ticket.
            AccountExists, UsernameTaken: somebody else was faster.
        """
        expected = self._count_try(verification.ticket)
        if not hmac.compare_digest(expected, self._code_hash(verification.ticket, verification.code)):
            raise InvalidCode()
        sign_up = self._session.get(SignUp, verification.ticket, with_for_update=True)
        if sign_up is None:
            raise InvalidCode()
        member_id = self.create(
            email=sign_up.email,
            password_hash=sign_up.password_hash,
            nickname=sign_up.nickname,
            username=sign_up.username,
            birth_date=sign_up.birth_date,
            zone=sign_up.zone,
            locale=sign_up.locale,
        )
        self._session.delete(sign_up)
        return member_id

    def create(
        self,
        *,
        email: str,
        password_hash: str,
        nickname: str,
        username: str | None = None,
        birth_date: date | None = None,
        zone: str = "UTC",
        locale: str = "ko",
        is_admin: bool = False,
    ) -> UUID:
        """Make a person's account with a verified address.

        Raises:
            AccountExists, UsernameTaken
        """
        now = self._clock.now()
        member_id = self._insert_account(
            username,
            email,
            {
                "password_hash": password_hash,
                "nickname": nickname,
                "birth_date": birth_date,
                "zone": zone,
                "locale": locale,
                "is_admin": is_admin,
                "created_at": now,
            },
        )
        self._insert_email(member_id, email, now)
        self._session.execute(sa.insert(MemberKey), {"member_id": member_id})
        self._events.emit(MemberJoined(member_id=member_id))
        return member_id

    def _insert_account(self, username: str | None, email: str, values: dict[str, object]) -> UUID:
        """Insert under the wanted name, or under the first free one made of the address."""
        base = username or username_from(email)
        candidates = [base] if username else [base, *(f"{base}{secrets.randbelow(10**6)}" for _ in range(5))]
        statement = (
            insert(Account).on_conflict_do_nothing(index_elements=["username_key"]).returning(Account.id)
        )
        for name in candidates:
            row = {"id": new_id(), "kind": "person", "username": name, "username_key": username_key(name)}
            member_id = self._session.scalar(statement, {**row, **values})
            if member_id is not None:
                return member_id
        raise UsernameTaken()

    def _insert_email(self, member_id: UUID, email: str, now: datetime) -> None:
        row = {
            "account_id": member_id,
            "address": email,
            "address_key": address_key(email),
            "verified_at": now,
        }
        statement = insert(Email).on_conflict_do_nothing(index_elements=["address_key"])
        if not self._session.scalar(statement.returning(Email.account_id), row):
            raise AccountExists()

    def _count_try(self, ticket: UUID) -> str:
        """Count a try in a transaction of its own, because a wrong one rolls the request's back.

        Returns:
            The hash that the code must have.
        """
        statement = (
            sa.update(SignUp)
            .where(SignUp.id == ticket, SignUp.tries < MOST_TRIES, SignUp.expires_at > self._clock.now())
            .values(tries=SignUp.tries + 1)
            .returning(SignUp.code_hash)
        )
        with self._engines.writes.begin() as connection:
            expected = connection.scalar(statement)
        if not expected:
            raise InvalidCode()
        return expected

    def _code_hash(self, ticket: UUID, code: str) -> str:
        return hmac.new(
            self._settings.secret.encode(), f"{ticket}|{code}".encode(), hashlib.sha256
        ).hexdigest()

    def _username_taken(self, username: str) -> bool:
        taken = sa.select(sa.exists().where(Account.username_key == username_key(username)))
        return bool(self._session.scalar(taken))
