"""Sessions: signing in, rotating refresh tokens, signing out."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from web.accounts import queries
from web.accounts.directory import SessionCache
from web.accounts.errors import InvalidCredentials, InvalidRefreshToken
from web.accounts.events import MemberLoggedIn
from web.accounts.models import Account, Email, RefreshToken, Session
from web.accounts.policy import address_key
from web.accounts.schemas import Credentials, PageToken, SignedIn, Tokens
from web.core.clock import Clock
from web.core.db import Engines
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.passwords import verify_password
from web.core.settings import Settings
from web.core.tokens import KeyRing

PAGE_TOKEN_LIFETIME = timedelta(minutes=5)
LONGEST_USER_AGENT = 300

_PASSWORD_OF = (
    sa.select(Account.id, Account.password_hash)
    .join(Email, Email.account_id == Account.id)
    .where(Email.address_key == sa.bindparam("address_key"), Account.kind == "person")
)


class SessionService:
    """Opens, renews and ends sessions. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        session: DbSession,
        engines: Engines,
        clock: Clock,
        settings: Settings,
        keys: KeyRing,
        events: EventLog,
        cache: SessionCache,
    ) -> None:
        self._session = session
        self._engines = engines
        self._clock = clock
        self._settings = settings
        self._keys = keys
        self._events = events
        self._cache = cache

    def authenticate(self, credentials: Credentials) -> UUID:
        """The member whose address and password these are.

        The stored hash is read on a connection that is given back before the slow check; an unknown address
        costs the same check.

        Raises:
            InvalidCredentials
        """
        with self._engines.reads.connect() as connection:
            row = connection.execute(
                _PASSWORD_OF, {"address_key": address_key(credentials.email)}
            ).one_or_none()
        if not verify_password(row.password_hash if row else None, credentials.password) or row is None:
            raise InvalidCredentials()
        member_id: UUID = row.id
        return member_id

    def open(self, member_id: UUID, *, client: str, user_agent: str | None = None) -> UUID:
        """Open a session for a member who proved who they are.

        Args:
            client: ``web`` for the pages' cookie, ``api`` for tokens, ``cli`` for commands.
        Returns:
            The session's id.
        """
        session_id = self._insert(member_id, client, "member admin", self._refresh_lifetime, user_agent)
        self._events.emit(MemberLoggedIn(member_id=member_id))
        return session_id

    def sign_in(self, member_id: UUID, user_agent: str | None = None) -> SignedIn:
        """Open an API session and answer with its tokens."""
        session_id = self.open(member_id, client="api", user_agent=user_agent)
        me = queries.me(self._session, member_id)
        return SignedIn(**self._tokens(session_id, member_id, me.is_admin).model_dump(), user=me)

    def refresh(self, refresh_token: str) -> Tokens:
        """A new pair for an unused refresh token.

        Raises:
            InvalidRefreshToken: unknown, expired or used; a used one also ends the session, because two
                holders of one token mean that it was stolen.
        """
        now = self._clock.now()
        digest = _digest(refresh_token)
        row = self._session.execute(
            sa.update(RefreshToken)
            .where(
                RefreshToken.token_hash == digest,
                RefreshToken.used_at.is_(None),
                RefreshToken.expires_at > now,
                RefreshToken.session_id == Session.id,
                Session.revoked_at.is_(None),
            )
            .values(used_at=now)
            .returning(Session.id, Session.account_id)
        ).one_or_none()
        if row is None or row.account_id is None:
            self._session.rollback()  # gives the connection back before the next one is taken
            self._end_family(digest)
            raise InvalidRefreshToken()
        session_id, member_id = row.id, row.account_id
        self._session.execute(sa.update(Session).where(Session.id == session_id).values(last_used_at=now))
        is_admin = self._session.scalar(sa.select(Account.is_admin).where(Account.id == member_id))
        return self._tokens(session_id, member_id, bool(is_admin))

    def revoke(self, session_id: UUID) -> None:
        """End a session: its access tokens, refresh tokens and sockets stop within seconds."""
        self._session.execute(
            sa.update(Session)
            .where(Session.id == session_id, Session.revoked_at.is_(None))
            .values(revoked_at=self._clock.now())
        )
        self._cache.forget(session_id)

    def page_token(self, session_id: UUID, member_id: UUID) -> PageToken:
        """A five-minute token that only reads analytics; nothing is stored."""
        token = self._keys.sign(
            subject=str(member_id),
            session_id=session_id,
            scope="page",
            client="web",
            now=self._clock.now(),
            lifetime=PAGE_TOKEN_LIFETIME,
        )
        return PageToken(access_token=token, expires_in=int(PAGE_TOKEN_LIFETIME.total_seconds()))

    def service_token(self, name: str, scope: str, lifetime: timedelta) -> str:
        """A long-lived token for a program; its session can be revoked like any other."""
        session_id = self._insert(None, "cli", scope, lifetime, name)
        return self._keys.sign(
            subject=f"service:{name}",
            session_id=session_id,
            scope=scope,
            client="cli",
            now=self._clock.now(),
            lifetime=lifetime,
        )

    @property
    def _refresh_lifetime(self) -> timedelta:
        return timedelta(days=self._settings.refresh_token_days)

    def _insert(
        self, member_id: UUID | None, client: str, scope: str, lifetime: timedelta, user_agent: str | None
    ) -> UUID:
        now = self._clock.now()
        session_id = new_id()
        self._session.execute(
            sa.insert(Session),
            {
                "id": session_id,
                "account_id": member_id,
                "client": client,
                "scope": scope,
                "user_agent": (user_agent or "")[:LONGEST_USER_AGENT] or None,
                "created_at": now,
                "last_used_at": now,
                "expires_at": now + lifetime,
            },
        )
        return session_id

    def _tokens(self, session_id: UUID, member_id: UUID, is_admin: bool) -> Tokens:
        now = self._clock.now()
        lifetime = timedelta(minutes=self._settings.access_token_minutes)
        refresh_token = secrets.token_urlsafe(32)
        self._session.execute(
            sa.insert(RefreshToken),
            {
                "token_hash": _digest(refresh_token),
                "session_id": session_id,
                "created_at": now,
                "expires_at": now + self._refresh_lifetime,
            },
        )
        access_token = self._keys.sign(
            subject=str(member_id),
            session_id=session_id,
            scope="member admin" if is_admin else "member",
            client="api",
            now=now,
            lifetime=lifetime,
        )
        return Tokens(
            access_token=access_token, expires_in=int(lifetime.total_seconds()), refresh_token=refresh_token
        )

    def _end_family(self, digest: str) -> None:
        """End the session of a token that was used before, in a transaction that outlives the refusal."""
        reused = sa.select(RefreshToken.session_id).where(
            RefreshToken.token_hash == digest, RefreshToken.used_at.is_not(None)
        )
        with self._engines.writes.begin() as connection:
            ended = connection.execute(
                sa.update(Session)
                .where(Session.id.in_(reused.scalar_subquery()), Session.revoked_at.is_(None))
                .values(revoked_at=self._clock.now())
                .returning(Session.id)
            )
            for (session_id,) in ended:
                self._cache.forget(session_id)


def _digest(refresh_token: str) -> str:
    return hashlib.sha256(refresh_token.encode()).hexdigest()
