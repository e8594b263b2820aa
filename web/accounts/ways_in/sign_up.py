"""Signing up: a pending sign-up, a code or a link by mail, an account.

The request never looks whether the address is known: that is found out by the job that writes the mail, so
that neither the answer nor its time tells.
"""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.codes import CODE_LIFETIME, RESEND_AFTER, same_code, token_hash
from web.accounts.errors import InvalidCode, TooYoung, UsernameTaken
from web.accounts.models import Account, SignUp
from web.accounts.models.identity import skeleton_expression
from web.accounts.policy import MINIMUM_AGE, age_on, skeleton
from web.accounts.schemas import Registration, SignUpTicket, Verification
from web.accounts.service import AccountService, words_of
from web.accounts.ways_in.password_rules import require_strong
from web.accounts.ways_in.tries import count_try
from web.core.clock import Clock
from web.core.db import Engines, give_back
from web.core.errors import RateLimited
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.passwords import hash_password
from web.core.settings import Settings
from web.core.wording import TextCheck

MOST_CODES = 5

_NAME_TAKEN = sa.select(
    sa.exists().where(
        skeleton_expression(Account.username_key) == sa.bindparam("skeleton"), Account.kind == "person"
    )
)


class SignUpService:
    """Takes wishes to join and turns them into accounts. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: Session,
        engines: Engines,
        clock: Clock,
        settings: Settings,
        accounts: AccountService,
        jobs: JobLog,
        wording: TextCheck,
    ) -> None:
        self._session = session
        self._engines = engines
        self._clock = clock
        self._settings = settings
        self._accounts = accounts
        self._jobs = jobs
        self._wording = wording

    def register(self, wish: Registration) -> SignUpTicket:
        """Start a sign-up. The answer and the work are the same whether or not the address is known.

        Raises:
            TooYoung, WeakPassword, UsernameTaken, ContentRefused
        """
        now = self._clock.now()
        if age_on(now.date(), wish.birth_date) < MINIMUM_AGE:
            raise TooYoung()
        self._wording.passed(words_of(wish.model_dump(include={"nickname", "username", "full_name"})))
        require_strong(wish.password, email=wish.email, username=wish.username, nickname=wish.nickname)
        give_back(self._session)
        password_hash = hash_password(wish.password)
        if wish.username and self._session.scalar(_NAME_TAKEN, {"skeleton": skeleton(wish.username)}):
            raise UsernameTaken()
        ticket = SignUpTicket(ticket=new_id(), expires_at=now + CODE_LIFETIME)
        self._session.add(
            SignUp(
                id=ticket.ticket,
                email=wish.email,
                password_hash=password_hash,
                nickname=wish.nickname,
                full_name=wish.full_name,
                username=wish.username,
                birth_date=wish.birth_date,
                zone=wish.zone,
                locale=wish.locale,
                code_hash="",  # nothing matches until the mail is on its way
                codes_sent=1,
                code_asked_at=now,
                created_at=now,
                expires_at=ticket.expires_at,
            )
        )
        self._session.flush()
        self._jobs.add("accounts.mail_sign_up_code", sign_up_id=ticket.ticket)
        return ticket

    def resend(self, ticket: UUID) -> SignUpTicket:
        """Send another code, which makes the one before worthless; a made-up ticket gets the same answer.

        Raises:
            RateLimited: sooner than a minute after the last one, or too many already.
        """
        now = self._clock.now()
        sign_up = self._session.get(SignUp, ticket, with_for_update=True)
        answer = SignUpTicket(ticket=ticket, expires_at=now + CODE_LIFETIME)
        if sign_up is None or sign_up.expires_at <= now:
            return answer
        asked_at = sign_up.code_asked_at or sign_up.created_at
        wait = asked_at + RESEND_AFTER - now
        if sign_up.codes_sent >= MOST_CODES:
            wait = max(wait, sign_up.expires_at - now)
        if wait > timedelta():
            raise RateLimited(headers={"Retry-After": str(max(1, round(wait.total_seconds())))})
        sign_up.codes_sent += 1
        sign_up.code_asked_at, sign_up.expires_at, sign_up.tries = now, answer.expires_at, 0
        sign_up.code_hash, sign_up.link_hash = "", None
        self._session.flush()
        self._jobs.add("accounts.mail_sign_up_code", sign_up_id=ticket)
        return answer

    def verify(self, verification: Verification) -> UUID:
        """Turn a sign-up into an account.

        Returns:
            The new member's id.
        Raises:
            InvalidCode: wrong, too old, tried too often, or no such ticket.
            AccountExists, UsernameTaken: somebody else was faster.
        """
        sign_up = self._session.get(SignUp, self._proved(verification), with_for_update=True)
        if sign_up is None:
            raise InvalidCode()
        member_id = self._accounts.create(
            email=sign_up.email,
            password_hash=sign_up.password_hash,
            nickname=sign_up.nickname,
            full_name=sign_up.full_name,
            username=sign_up.username,
            birth_date=sign_up.birth_date,
            zone=sign_up.zone,
            locale=sign_up.locale,
        )
        self._session.delete(sign_up)
        return member_id

    def _proved(self, verification: Verification) -> UUID:
        """The sign-up that a code or a link belongs to."""
        if verification.token is not None:
            by_link = sa.select(SignUp.id).where(
                SignUp.link_hash == token_hash(verification.token), SignUp.expires_at > self._clock.now()
            )
            ticket = self._session.scalar(by_link)
            if ticket is None:
                raise InvalidCode()
            return ticket
        ticket, code = verification.ticket, verification.code
        if ticket is None or code is None:
            raise InvalidCode()
        give_back(self._session)
        expected = count_try(self._engines, SignUp, ticket, self._clock.now())
        if expected is None or not same_code(expected, self._settings, ticket, code):
            raise InvalidCode()
        return ticket
