"""Sessions: opening them, rotating refresh tokens, ending them. Who may have one is decided by the door."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from web.accounts import queries
from web.accounts.codes import new_token, token_hash
from web.accounts.errors import InvalidRefreshToken
from web.accounts.events import MemberLoggedIn
from web.accounts.models import Account, RefreshToken, Session
from web.accounts.presence import standing_of
from web.accounts.schemas import PageToken, SignedIn, Tokens
from web.accounts.sessions.directory import SHUT_OUT
from web.accounts.sessions.news import SessionNews
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.core.app import App
from web.core.clock import Clock
from web.core.db import give_back
from web.core.devices import NO_DEVICE, Device
from web.core.errors import NotFound, ReauthenticationRequired
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.security import refusal
from web.core.settings import Settings
from web.core.tokens import KeyRing

PAGE_TOKEN_LIFETIME = timedelta(minutes=5)
PROOF_LASTS = timedelta(minutes=15)
LONGEST_SESSION = timedelta(days=365)  # however often it is refreshed (ASVS 5.0 7.3.2)
NOBODY = UUID(int=0)

_REFRESHED = (
    sa.select(
        RefreshToken.used_at,
        RefreshToken.expires_at,
        Session.id.label("session_id"),
        Session.created_at,
        Session.revoked_at,
        Account.id.label("member_id"),
        Account.is_admin,
        Account.birth_date,
        Account.suspended_until,
        Account.banned_at,
        Account.deactivated_at,
        Account.deletion_requested_at,
    )
    .join(Session, Session.id == RefreshToken.session_id)
    .join(Account, Account.id == Session.account_id)
    .where(RefreshToken.token_hash == sa.bindparam("digest"))
    .with_for_update(of=RefreshToken)  # the second of two holders waits here and then sees that it was used
)


class SessionService:
    """Opens, renews and ends sessions. Raises DomainError subclasses; never commits."""

    def __init__(
        self,
        app: App,
        session: DbSession,
        clock: Clock,
        settings: Settings,
        keys: KeyRing,
        events: EventLog,
        news: SessionNews,
        security: SecurityLog,
    ) -> None:
        self._app = app
        self._session = session
        self._clock = clock
        self._settings = settings
        self._keys = keys
        self._events = events
        self._news = news
        self._security = security

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
        """A new pair for an unused refresh token; the session goes on for another 30 days, a year at most.

        Using a token twice ends its session with all that came of it, because two holders of one token mean
        that it was copied, and which of them is the member cannot be known (RFC 9700 §4.14.2). That a client
        tries again because an answer was lost looks the same, and ends the same: clients refresh one at a
        time, and log in again after a lost answer.

        Raises:
            InvalidRefreshToken: unknown, expired or used, or of a session that has ended.
            AccountSuspended, AccountBanned, AccountDeactivated
        """
        now, digest = self._clock.now(), token_hash(refresh_token)
        row = self._session.execute(_REFRESHED, {"digest": digest}).one_or_none()
        if row is None:
            raise InvalidRefreshToken()
        if row.used_at is not None:
            give_back(self._session)
            # In a unit of work of its own, because the refusal undoes the request's.
            with self._app.work() as services:
                services[SessionService].end_copied(row.session_id, row.member_id, device)
            raise InvalidRefreshToken()
        if (stands := standing_of(row, now)) in SHUT_OUT:
            raise refusal(stands, row.suspended_until) or InvalidRefreshToken()
        if row.revoked_at is not None or row.expires_at <= now:
            raise InvalidRefreshToken()
        expires_at = min(now + self._refresh_lifetime, row.created_at + LONGEST_SESSION)
        self._session.execute(
            sa.update(RefreshToken).where(RefreshToken.token_hash == digest).values(used_at=now)
        )
        self._session.execute(
            sa.update(Session)
            .where(Session.id == row.session_id)
            .values(last_used_at=now, expires_at=expires_at)
        )
        return self._tokens(row.session_id, row.member_id, row.is_admin, device, expires_at)

    def revoke(self, session_id: UUID, reason: str = "log_out") -> None:
        """End a session: its access tokens, refresh tokens and sockets stop within seconds."""
        self._end(Session.id == session_id, reason)

    def revoke_all(self, member_id: UUID, reason: str, *, but: UUID | None = None) -> int:
        """End all sessions of a member, or all others than ``but``.

        Returns:
            How many there were.
        """
        return self._end(sa.and_(Session.account_id == member_id, Session.id != (but or NOBODY)), reason)

    def end_one(self, member_id: UUID, session_id: UUID, *, current: UUID, device: Device) -> None:
        """End one of a member's own sessions; another than the one that asks takes a recent proof.

        Raises:
            NotFound: the member has no such session, or not any more.
            ReauthenticationRequired
        """
        if session_id != current:
            self.require_recent_proof(current)
        if not self._end(
            sa.and_(Session.account_id == member_id, Session.id == session_id), "ended_by_member"
        ):
            raise NotFound()
        self._security.note(member_id, SecurityKind.SESSION_ENDED, device)

    def end_others(self, member_id: UUID, *, current: UUID, this_too: bool, device: Device) -> int:
        """End a member's other sessions, and with ``this_too`` the one that asks.

        Returns:
            How many were ended.
        Raises:
            ReauthenticationRequired
        """
        self.require_recent_proof(current)
        ended = self.revoke_all(member_id, "ended_by_member", but=None if this_too else current)
        if ended:
            self._security.note(member_id, SecurityKind.SESSION_ENDED, device)
        return ended

    def end_copied(self, session_id: UUID, member_id: UUID, device: Device) -> None:
        """End the session of a refresh token that came twice, and tell its member, once."""
        if self._end(Session.id == session_id, "token_reused"):
            self._security.note(member_id, SecurityKind.TOKEN_REUSED, device)

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

    def _end(self, which: sa.ColumnElement[bool], reason: str) -> int:
        now = self._clock.now()
        ended = self._session.scalars(
            sa.update(Session)
            .where(which, Session.revoked_at.is_(None), Session.expires_at > now)
            .values(revoked_at=now, ended_for=reason)
            .returning(Session.id)
        ).all()
        self._news.ended(ended)
        return len(ended)

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
                **device.columns,
            },
        )
        return session_id

    def _tokens(
        self,
        session_id: UUID,
        member_id: UUID,
        is_admin: bool,
        device: Device,
        expires_at: datetime | None = None,
    ) -> Tokens:
        """A pair of tokens, the refresh token good until ``expires_at`` or for as long as a new session."""
        now = self._clock.now()
        lifetime = timedelta(minutes=self._settings.access_token_minutes)
        refresh_token = new_token()
        self._session.execute(
            sa.insert(RefreshToken),
            {
                "token_hash": token_hash(refresh_token),
                "session_id": session_id,
                "created_at": now,
                "expires_at": expires_at or now + self._refresh_lifetime,
                **device.columns,
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
