"""Who asks, and what they may read.

Access tokens are JWTs that `web` signs with Ed25519 (RFC 7519, RFC 8037, RFC 9068); here they are only
checked. Every route names one `Access`; there is no route without.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import jwt
from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from analytics_api.errors import Forbidden, Unauthenticated, Unavailable
from analytics_api.jwks import KeysAway, KeySet
from analytics_api.revocations import Revocations

ISSUER = AUDIENCE = "plaza"
ALGORITHM = "EdDSA"
TYPE = "at+jwt"  # RFC 9068 §2.1
# Seconds that the clocks of two machines may differ.
LEEWAY = 5

ADMIN = "admin"
DASHBOARD = "dashboard"


class Access(StrEnum):
    """Who may read a route. The value goes into the OpenAPI document as `x-access`."""

    PUBLIC = "public"
    OWNER = "owner or admin"
    DASHBOARD = "dashboard or admin"


@dataclass(frozen=True)
class Principal:
    """The holder of a valid token.

    Attributes:
        subject: a member id, or ``service:<name>``.
        scopes: what the token was given for.
    """

    subject: str
    scopes: frozenset[str]


class Authenticator:
    """Turns access tokens into principals."""

    def __init__(self, keys: KeySet, revocations: Revocations) -> None:
        self._keys = keys
        self._revocations = revocations

    async def principal(self, token: str) -> Principal:
        """The holder of a token.

        Raises:
            Unauthenticated: the token is not one of ours, or no longer one.
            Unavailable: it could not be checked.
        """
        claims = await self._claims(token)
        try:
            session_id = UUID(claims["sid"])
            principal = Principal(str(claims["sub"]), frozenset(claims["scope"].split()))
        except (ValueError, AttributeError) as error:
            raise Unauthenticated("This is not an access token of Plaza.") from error
        if await self._revocations.include(session_id):
            raise Unauthenticated("The session of this access token has ended.")
        return principal

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != TYPE:
                raise Unauthenticated("This is not an access token of Plaza.")
            key_id = header.get("kid")
            key = await self._keys.get(key_id) if isinstance(key_id, str) else None
            if key is None:
                raise Unauthenticated("The access token is signed with a key that we do not know.")
            return jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "sub", "sid", "scope"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("The access token has expired.") from error
        except jwt.PyJWTError as error:
            raise Unauthenticated("This is not an access token of Plaza.") from error
        except KeysAway as error:
            raise Unavailable("Access tokens cannot be checked right now. Try again in a moment.") from error


_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="accessToken",
    bearerFormat="JWT",
    description="An access token of Plaza; pages trade their cookie for one at POST /api/v1/auth/page-token.",
)


async def _principal(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    if credentials is None:
        raise Unauthenticated
    authenticator: Authenticator = request.app.state.authenticator
    return await authenticator.principal(credentials.credentials)


_CurrentPrincipal = Annotated[Principal, Depends(_principal)]


async def _anyone() -> None:
    """Public: tokens are not even looked at, so that shared caches may keep the answer."""


async def _owner(user_id: Annotated[UUID, Path()], principal: _CurrentPrincipal) -> None:
    if principal.subject != str(user_id) and ADMIN not in principal.scopes:
        raise Forbidden


async def _dashboard(principal: _CurrentPrincipal) -> None:
    if principal.scopes.isdisjoint((DASHBOARD, ADMIN)):
        raise Forbidden


GUARDS: dict[Access, Callable[..., Awaitable[None]]] = {
    Access.PUBLIC: _anyone,
    Access.OWNER: _owner,
    Access.DASHBOARD: _dashboard,
}
