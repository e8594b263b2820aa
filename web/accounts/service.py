"""Accounts themselves: making them."""

import secrets
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.errors import AccountExists, UsernameTaken
from web.accounts.events import MemberJoined
from web.accounts.models import Account, Email, MemberKey, Profile
from web.accounts.policy import ADULT_AGE, address_key, age_on, username_from, username_key
from web.core.clock import Clock
from web.core.events import EventLog
from web.core.ids import new_id

GENERATED_NAMES = 5  # tries to find a free one


class AccountService:
    """Makes accounts. Raises DomainError subclasses; never commits."""

    def __init__(self, session: Session, clock: Clock, events: EventLog) -> None:
        self._session = session
        self._clock = clock
        self._events = events

    def create(
        self,
        *,
        nickname: str,
        email: str | None = None,
        password_hash: str | None = None,
        username: str | None = None,
        full_name: str | None = None,
        birth_date: date | None = None,
        zone: str = "UTC",
        locale: str = "ko",
        is_admin: bool = False,
    ) -> UUID:
        """Make a person's account, with a verified address when one is given; the caller adds other ways in.

        Raises:
            AccountExists, UsernameTaken
        """
        now = self._clock.now()
        is_minor = birth_date is not None and age_on(now.date(), birth_date) < ADULT_AGE
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
                "who_can_send_messages": "friends_only" if is_minor else "everyone",
                "created_at": now,
            },
        )
        if email is not None:
            self._insert_email(member_id, email, now)
        if full_name is not None:
            self._session.execute(
                sa.insert(Profile), {"account_id": member_id, "full_name": full_name, "updated_at": now}
            )
        self._session.execute(sa.insert(MemberKey), {"member_id": member_id})
        self._events.emit(MemberJoined(member_id=member_id))
        return member_id

    def _insert_account(self, username: str | None, email: str | None, values: dict[str, object]) -> UUID:
        """Insert under the wanted name, or under the first free one made of the address."""
        statement = insert(Account).on_conflict_do_nothing().returning(Account.id)
        for name in [username] if username else _generated_names(email):
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


def _generated_names(email: str | None) -> list[str]:
    """Names to try for somebody who chose none: from the address, or ``member-<random>`` without one."""
    if email is None:
        return [f"member_{secrets.token_hex(4)}" for _ in range(GENERATED_NAMES)]
    base = username_from(email)
    return [base, *(f"{base}{secrets.randbelow(10**6)}" for _ in range(GENERATED_NAMES))]
