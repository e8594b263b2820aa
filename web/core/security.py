"""Who is asking, and what they may do.

A request carries an access token (``Authorization: Bearer``) or the pages' session cookie. Either names a
session; what the session is worth now comes from the :class:`SessionDirectory` that ``accounts`` provides.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pyramid.config import Configurator
from pyramid.csrf import CookieCSRFStoragePolicy
from pyramid.request import Request, RequestLocalCache
from pyramid.security import Allowed, Denied
from webob.cookies import SignedCookieProfile

from web.core.errors import (
    AccountBanned,
    AccountDeactivated,
    AccountLeaving,
    AccountSuspended,
    DomainError,
    Forbidden,
    ProfileIncomplete,
    Unauthenticated,
)
from web.core.settings import Settings
from web.core.tokens import InvalidToken, KeyRing

COOKIE = "plaza_session"
CSRF_COOKIE = "plaza_csrf"
# Of a cookie with this prefix browsers know that no other host and no plain http has set it (RFC 6265bis).
HOST_PREFIX = "__Host-"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"


class Standing(StrEnum):
    """How a member's account stands now."""

    ACTIVE = "active"
    INCOMPLETE = "incomplete"
    LEAVING = "leaving"
    DEACTIVATED = "deactivated"
    SUSPENDED = "suspended"
    BANNED = "banned"


class Role(StrEnum):
    """What a caller is; one caller may be several.

    A ``newcomer`` has not told their birth date yet and may only look around; a ``leaver`` has asked to be
    deleted and may only come to their account.
    """

    ANYONE = "anyone"
    LEAVER = "leaver"
    NEWCOMER = "newcomer"
    MEMBER = "member"
    DASHBOARD = "dashboard"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a route asks of its caller; every route declares one."""

    PUBLIC = "public"
    READ = "read"
    ACCOUNT = "account"
    FOLLOW = "follow"
    POST = "post"
    REACT = "react"
    MESSAGE = "message"
    ADMIN = "admin"


GRANTS: Mapping[Permission, frozenset[Role]] = {
    Permission.PUBLIC: frozenset(Role),
    Permission.READ: frozenset({Role.MEMBER, Role.NEWCOMER}),
    Permission.ACCOUNT: frozenset({Role.MEMBER, Role.NEWCOMER, Role.LEAVER}),
    Permission.FOLLOW: frozenset({Role.MEMBER}),
    Permission.POST: frozenset({Role.MEMBER}),
    Permission.REACT: frozenset({Role.MEMBER}),
    Permission.MESSAGE: frozenset({Role.MEMBER}),
    Permission.ADMIN: frozenset({Role.ADMIN}),
}


# What the scope "member" is worth, by how the account stands; nothing for those who are shut out.
_ROLE_OF_MEMBER: Mapping[Standing, Role] = {
    Standing.ACTIVE: Role.MEMBER,
    Standing.INCOMPLETE: Role.NEWCOMER,
    Standing.LEAVING: Role.LEAVER,
}
_REFUSALS: Mapping[Standing, type[DomainError]] = {
    Standing.INCOMPLETE: ProfileIncomplete,
    Standing.LEAVING: AccountLeaving,
    Standing.DEACTIVATED: AccountDeactivated,
    Standing.SUSPENDED: AccountSuspended,
    Standing.BANNED: AccountBanned,
}


@dataclass(frozen=True)
class Identity:
    """A signed-in caller, detached from any database session.

    Attributes:
        member_id: None for service tokens.
        roles: empty for who is shut out, whose request is refused by the standing that says why.
        via: how the caller proved it; only cookies need CSRF protection.
    """

    member_id: UUID | None
    session_id: UUID
    roles: frozenset[Role]
    locale: str
    zone: str
    via: Literal["bearer", "cookie"]
    standing: Standing = Standing.ACTIVE
    suspended_until: datetime | None = None


@dataclass(frozen=True)
class Credential:
    """A session that a request proves to hold; ``scope`` is None where the session alone decides it."""

    session_id: UUID
    via: Literal["bearer", "cookie"]
    scope: frozenset[str] | None = None


@dataclass(frozen=True)
class SessionFacts:
    """What a live session is worth now."""

    member_id: UUID | None
    scope: frozenset[str]
    is_admin: bool
    locale: str
    zone: str
    standing: Standing = Standing.ACTIVE
    suspended_until: datetime | None = None


class SessionDirectory(ABC):
    """Looks sessions up; revoked and expired ones are not found."""

    @abstractmethod
    def find(self, session_id: UUID) -> SessionFacts | None:
        """The facts of a live session, or of one that ended because its account is shut out.

        May be a few seconds old.
        """

    @abstractmethod
    def live(self, session_ids: Collection[UUID]) -> set[UUID]:
        """Which of many sessions are live, as of now."""


class NameDirectory(ABC):
    """Finds what an ``@name`` in an address stands for."""

    @abstractmethod
    def id_of(self, username: str) -> UUID:
        """The member of that name, or ``NotFound``."""


class SecurityPolicy:
    """Pyramid's security policy over tokens and cookies."""

    def __init__(self, keys: KeyRing, cookies: SignedCookieProfile) -> None:
        self._keys = keys
        self._cookies = cookies
        self._credentials = RequestLocalCache(self._read_credential)
        self._identities = RequestLocalCache(self._identify)

    def identity(self, request: Request) -> Identity | None:
        """The caller, or None."""
        identity: Identity | None = self._identities.get_or_create(request)
        return identity

    def authenticated_userid(self, request: Request) -> str | None:
        identity = self.identity(request)
        return str(identity.member_id or identity.session_id) if identity else None

    def permits(self, request: Request, context: Any, permission: str) -> Allowed | Denied:
        granted = GRANTS[Permission(permission)]
        roles = self.roles(request, granted)
        if roles & granted:
            return Allowed("%s has %s", sorted(roles), permission)
        return Denied("%s needs one of %s", permission, sorted(granted))

    def roles(self, request: Request, granted: frozenset[Role]) -> frozenset[Role]:
        """The caller's roles; a public route does not look the caller up."""
        if Role.ANYONE in granted:
            return frozenset({Role.ANYONE})
        identity = self.identity(request)
        return (identity.roles if identity else frozenset()) | {Role.ANYONE}

    def remember(self, request: Request, userid: str, **_: Any) -> list[tuple[str, str]]:
        """Headers that set the session cookie; ``userid`` is the session's id."""
        return list(self._cookies.bind(request).get_headers(userid))

    def forget(self, request: Request, **_: Any) -> list[tuple[str, str]]:
        """Headers that remove the session cookie."""
        return list(self._cookies.bind(request).get_headers("", max_age=0))

    def credential(self, request: Request) -> "Credential | None":
        """The session that the request proves to hold, by signature alone: no look-up, maybe revoked."""
        credential: Credential | None = self._credentials.get_or_create(request)
        return credential

    def _read_credential(self, request: Request) -> "Credential | None":
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return read_token(self._keys, token.strip())
        session_id = self._cookies.bind(request).get_value()
        return Credential(UUID(session_id), "cookie") if session_id else None

    def _identify(self, request: Request) -> Identity | None:
        credential = self.credential(request)
        return identity_of(credential, request.services[SessionDirectory]) if credential else None


def read_token(keys: KeyRing, token: str) -> Credential | None:
    """The session that an access token proves to hold, by its signature alone."""
    try:
        claims = keys.verify(token)
    except InvalidToken:
        return None
    return Credential(claims.session_id, "bearer", claims.scope)


def identity_of(credential: Credential, sessions: SessionDirectory) -> Identity | None:
    """Who holds a session that was proved, and what it is worth now; None when it has ended."""
    facts = sessions.find(credential.session_id)
    if facts is None:
        return None
    # A token may be worth less than its session, never more.
    scope = facts.scope if credential.scope is None else facts.scope & credential.scope
    return Identity(
        facts.member_id,
        credential.session_id,
        _roles(scope, facts),
        facts.locale,
        facts.zone,
        credential.via,
        facts.standing,
        facts.suspended_until,
    )


def _roles(scope: frozenset[str], facts: SessionFacts) -> frozenset[Role]:
    """What a scope is worth to an account that stands as it does."""
    roles: set[Role] = set()
    if Role.DASHBOARD in scope:
        roles.add(Role.DASHBOARD)
    if Role.MEMBER in scope and facts.standing in _ROLE_OF_MEMBER:
        roles.add(_ROLE_OF_MEMBER[facts.standing])
    if Role.ADMIN in scope and facts.is_admin and facts.standing is Standing.ACTIVE:
        roles.add(Role.ADMIN)
    return frozenset(roles)


def cookie_name(name: str, settings: Settings) -> str:
    """The full name of one of our cookies; over TLS it has the prefix that binds it to this host."""
    return HOST_PREFIX + name if settings.is_secure else name


def needs_csrf_token(request: Request) -> bool:
    """Cookies are sent by browsers on their own, so unsafe requests that rely on one need the token.

    Pages need it also before login, so that nobody can be logged in to somebody else's account.
    """
    if "Authorization" in request.headers:
        return False
    route = getattr(request, "matched_route", None)
    is_page = route is not None and route.name.startswith("page:")
    return is_page or cookie_name(COOKIE, request.registry.app.settings) in request.cookies


def refuse(request: Request) -> DomainError:
    """The error for a caller without permission: who are you, how your account stands, or you may not."""
    identity: Identity | None = request.identity
    if identity is None:
        return Unauthenticated(headers={"WWW-Authenticate": 'Bearer realm="plaza"'})
    return refusal(identity.standing, identity.suspended_until) or Forbidden()


def refusal(standing: Standing, suspended_until: datetime | None = None) -> DomainError | None:
    """The error that tells a member why an account that stands so may not; None for an active one."""
    error = _REFUSALS.get(standing)
    if error is AccountSuspended and suspended_until is not None:
        return error(suspended_until=suspended_until.isoformat())
    if error is ProfileIncomplete:
        return error(missing=["birth_date"])
    return error() if error else None


def includeme(config: Configurator) -> None:
    """Install the policy, the cookies and the CSRF check."""
    app = config.registry.app
    secure = app.settings.is_secure
    cookies = SignedCookieProfile(
        app.settings.secret,
        "plaza.session",
        cookie_name(COOKIE, app.settings),
        secure=secure,
        httponly=True,
        samesite=b"Lax",
        path="/",
        max_age=app.settings.refresh_token_days * 86400,
        hashalg="sha256",
    )
    config.set_security_policy(SecurityPolicy(app.keys, cookies))
    config.set_csrf_storage_policy(
        CookieCSRFStoragePolicy(
            cookie_name(CSRF_COOKIE, app.settings), secure=secure, httponly=True, samesite="Lax", path="/"
        )
    )
    config.set_default_csrf_options(
        require_csrf=True,
        token=CSRF_FIELD,
        header=CSRF_HEADER,
        check_origin=secure,
        callback=needs_csrf_token,
    )
