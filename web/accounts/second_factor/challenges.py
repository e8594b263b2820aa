"""The middle of a proof in two steps: a ticket for five minutes that ends with the proof."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.errors import LogInExpired
from web.accounts.models import Challenge
from web.core.clock import Clock
from web.core.db import Engines, give_back
from web.core.ids import new_id

LIFETIME = timedelta(minutes=5)
MOST_TRIES = 5

Purpose = Literal["second_factor", "passkey", "new_passkey", "proof"]


@dataclass(frozen=True)
class Taken:
    """What a ticket stood for.

    Attributes:
        methods: the proofs so far (RFC 8176).
        nonce: what an authenticator had to sign, once it was asked to.
    """

    purpose: str
    account_id: UUID | None
    client: str
    methods: tuple[str, ...]
    nonce: bytes | None


class Challenges:
    """Opens and takes tickets. Raises DomainError subclasses; never commits."""

    def __init__(self, session: Session, engines: Engines, clock: Clock) -> None:
        self._session = session
        self._engines = engines
        self._clock = clock

    def open(self, purpose: Purpose, nonce: bytes, account_id: UUID | None = None) -> tuple[UUID, datetime]:
        """A new ticket, and when it expires."""
        now = self._clock.now()
        ticket, expires_at = new_id(), now + LIFETIME
        self._session.execute(
            sa.insert(Challenge),
            {
                "id": ticket,
                "purpose": purpose,
                "account_id": account_id,
                "client": "api",
                "nonce": nonce,
                "created_at": now,
                "expires_at": expires_at,
            },
        )
        return ticket, expires_at

    def renew(self, ticket: UUID, nonce: bytes) -> tuple[UUID, datetime]:
        """Let the ticket of a second factor be answered by signing ``nonce``, and no earlier one.

        Returns:
            Whose ticket it is, and when it expires.
        Raises:
            LogInExpired
        """
        row = self._session.execute(
            sa.update(Challenge)
            .where(*self._open(ticket, "second_factor"), Challenge.account_id.is_not(None))
            .values(nonce=nonce)
            .returning(Challenge.account_id, Challenge.expires_at)
        ).one_or_none()
        if row is None or row.account_id is None:
            raise LogInExpired()
        return row.account_id, row.expires_at

    def take(self, ticket: UUID, *purposes: Purpose) -> Taken:
        """Use a ticket up, so that of two who hold it one wins. A refusal later on puts it back.

        Raises:
            LogInExpired: used, expired, unknown, or for something else.
        """
        row = self._session.execute(
            sa.delete(Challenge)
            .where(*self._open(ticket, *purposes))
            .returning(
                Challenge.purpose, Challenge.account_id, Challenge.client, Challenge.methods, Challenge.nonce
            )
        ).one_or_none()
        if row is None:
            raise LogInExpired()
        return Taken(row.purpose, row.account_id, row.client, tuple(row.methods), row.nonce)

    def count_try(self, ticket: UUID) -> int:
        """Count a guess in a transaction of its own, because a wrong one rolls the request's back.

        Returns:
            How many are left after this one.
        Raises:
            LogInExpired
        """
        statement = (
            sa.update(Challenge)
            .where(*self._open(ticket, "second_factor"), Challenge.tries < MOST_TRIES)
            .values(tries=Challenge.tries + 1)
            .returning(Challenge.tries)
        )
        give_back(self._session)
        with self._engines.writes.begin() as connection:
            tries = connection.scalar(statement)
        if tries is None:
            raise LogInExpired()
        return MOST_TRIES - tries

    def _open(self, ticket: UUID, *purposes: Purpose) -> tuple[sa.ColumnElement[bool], ...]:
        now = self._clock.now()
        return Challenge.id == ticket, Challenge.purpose.in_(purposes), Challenge.expires_at > now
