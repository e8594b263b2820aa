"""Sessions: opening them, rotating refresh tokens, ending them. Who may have one is decided by the door."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from web.accounts import queries
from web.accounts.codes import new_token, token_hash
from web.accounts.directory import SessionCache
from web.accounts.errors import InvalidRefreshToken
from web.accounts.events import MemberLoggedIn
from web.accounts.models import Account, RefreshToken, Session
from web.accounts.schemas import PageToken, SignedIn, Tokens
from web.core.clock import Clock
from web.core.db import Engines
from web.core.devices import NO_DEVICE, Device
from web.core.errors import ReauthenticationRequired
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.settings import Settings
from web.core.tokens import KeyRing

PAGE_TOKEN_LIFETIME = timedelta(minutes=5)
PROOF_LASTS = timedelta(minutes=15)
LONGEST_USER_AGENT = 300
NOBODY = UUID(int=0)


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

    def open(
        self, member_id: UUID, *, client: str, device: Device = NO_DEVICE, methods: Collection[str] = ()
    ) -> UUID:
        """Open a session for a member who proved who they are.

        Args:
            client: ``web`` for the pages' cookie, ``api`` for tokens, ``cli`` for commands.
            methods: the proofs, by their names in RFC 8176.
        Returns:
            The session's id.
        """
        session_id = self._insert(
            member_id, client, "member admin", self._refresh_lifetime, device, methods=methods
        )
        self._events.emit(MemberLoggedIn(member_id=member_id))
        return session_id

    def tokens(
        self, session_id: UUID, member_id: UUID, device: Device, *, is_new_user: bool = False
    ) -> SignedIn:
        """The first pair of tokens of an API session, and whose it is."""
        me = queries.me(self._session, member_id)
        pair = self._tokens(session_id, member_id, me.is_admin, device)
        return SignedIn(**pair.model_dump(), user=me, is_new_user=is_new_user)

    def refresh(self, refresh_token: str, device: Device = NO_DEVICE) -> Tokens:
        """A new pair for an unused refresh token.

        Raises:
            InvalidRefreshToken: unknown, expired or used; a used one also ends the session, because two
                holders of one token mean that it was stolen.
        """
        now = self._clock.now()
        digest = token_hash(refresh_token)
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
        return self._tokens(session_id, member_id, bool(is_admin), device)

    def revoke(self, session_id: UUID, reason: str = "log_out") -> None:
        """End a session: its access tokens, refresh tokens and sockets stop within seconds."""
        self._end(Session.id == session_id, reason)

    def revoke_all(self, member_id: UUID, reason: str, *, but: UUID | None = None) -> None:
        """End all sessions of a member, or all others than ``but``."""
        self._end(sa.and_(Session.account_id == member_id, Session.id != (but or NOBODY)), reason)

    def proved(self, session_id: UUID) -> None:
        """Note that the member just proved once more who they are."""
        self._session.execute(
            sa.update(Session).where(Session.id == session_id).values(proved_at=self._clock.now())
        )

    def require_recent_proof(self, session_id: UUID) -> None:
        """Make sure that whoever changes a way in is no passer-by at an open screen (ASVS 5.0 7.5.1).

        Raises:
            ReauthenticationRequired: the last proof is older than ``PROOF_LASTS``.
        """
        since = self._clock.now() - PROOF_LASTS
        recent = sa.select(sa.exists().where(Session.id == session_id, Session.proved_at > since))
        if not self._session.scalar(recent):
            raise ReauthenticationRequired()

    def _end(self, which: sa.ColumnElement[bool], reason: str) -> None:
        ended = self._session.scalars(
            sa.update(Session)
            .where(which, Session.revoked_at.is_(None))
            .values(revoked_at=self._clock.now(), ended_for=reason)
            .returning(Session.id)
        )
        for session_id in ended:
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
        session_id = self._insert(None, "cli", scope, lifetime, Device(name))
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
        self,
        member_id: UUID | None,
        client: str,
        scope: str,
        lifetime: timedelta,
        device: Device,
        methods: Collection[str] = (),
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
                "methods": list(methods),
                "created_at": now,
                "proved_at": now if methods else None,
                "last_used_at": now,
                "expires_at": now + lifetime,
                **_columns(device),
            },
        )
        return session_id

    def _tokens(self, session_id: UUID, member_id: UUID, is_admin: bool, device: Device) -> Tokens:
        now = self._clock.now()
        lifetime = timedelta(minutes=self._settings.access_token_minutes)
        refresh_token = new_token()
        self._session.execute(
            sa.insert(RefreshToken),
            {
                "token_hash": token_hash(refresh_token),
                "session_id": session_id,
                "created_at": now,
                "expires_at": now + self._refresh_lifetime,
                **_columns(device),
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
                .values(revoked_at=self._clock.now(), ended_for="token_reused")
                .returning(Session.id)
            )
            for (session_id,) in ended:
                self._cache.forget(session_id)


def _columns(device: Device) -> dict[str, str | None]:
    return {"user_agent": (device.user_agent or "")[:LONGEST_USER_AGENT] or None, "ip": device.ip}
