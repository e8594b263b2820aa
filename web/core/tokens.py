"""Access tokens: short-lived JWTs signed with Ed25519 (RFC 7519, RFC 8037, RFC 9068), and who signs them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import jwt
import structlog

from web.core.key_file import ALGORITHM, SigningKey, create_keys, read_keys, signing_key
from web.core.settings import SettingsError

log = structlog.get_logger(__name__)

ISSUER = AUDIENCE = "plaza"
TYPE = "at+jwt"  # RFC 9068 §2.1: nothing else that we might sign can be taken for an access token
LEEWAY = timedelta(seconds=5)  # that the clocks of two machines may differ
REMEMBERED_TOKENS = 10_000


class InvalidToken(Exception):
    """The token is not one of ours, or no longer one."""


@dataclass(frozen=True)
class Claims:
    """What an access token says.

    Attributes:
        subject: a member id, or ``service:<name>``.
        session_id: the session that ends it when revoked.
        scope: what it may be used for.
    """

    subject: str
    session_id: UUID
    scope: frozenset[str]
    client: str
    expires_at: datetime


class KeyRing:
    """Signing keys by ``kid``; one signs, all verify, so that keys rotate without logging anybody out.

    It follows its file: changes are taken up within ``LOOK_SECONDS``, and at once when a token names a key
    that is not known yet.
    """

    LOOK_SECONDS = 2.0
    # Tokens with made-up key ids must not become a storm of looks at the file.
    LOOK_AGAIN_SECONDS = 0.25

    def __init__(self, path: Path, *, for_production: bool = False) -> None:
        self._path = path
        self._for_production = for_production
        self._looked_at = time.monotonic()
        self._version = _version(path)  # before it is read: what changes meanwhile is read once more
        self._take(read_keys(path, for_production=for_production))

    @classmethod
    def load(cls, path: Path, *, for_production: bool = False) -> Self:
        """Read a key ring, a JWKS document with private keys.

        Raises:
            SettingsError: there is none, it cannot be read, or production may not use it.
        """
        return cls(path, for_production=for_production)

    @staticmethod
    def create(path: Path, *, mark: str = "") -> None:
        """Write a new ring with one key, readable by its owner alone; an existing file is left as it is."""
        create_keys(path, mark=mark)

    def public_jwks(self) -> dict[str, Any]:
        """The public halves, as served at ``/.well-known/jwks.json`` (RFC 7517)."""
        self._look(self.LOOK_SECONDS)
        return {"keys": [key.public_jwk for key in self._keys.values()]}

    def sign(
        self, *, subject: str, session_id: UUID, scope: str, client: str, now: datetime, lifetime: timedelta
    ) -> str:
        """A signed access token."""
        self._look(self.LOOK_SECONDS)
        key = signing_key(list(self._keys.values()), datetime.now(UTC))
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "sid": str(session_id),
            "scope": scope,
            "client": client,
            "iat": now,
            "exp": now + lifetime,
            "jti": uuid4().hex,
        }
        return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": TYPE})

    def verify(self, token: str) -> Claims:
        """The claims of a token.

        Raises:
            InvalidToken: not signed by a key of the ring, expired, from the future, or not an access token of
                Plaza.
        """
        self._look(self.LOOK_SECONDS)
        claims = self._signed_claims(token)
        if claims.expires_at <= datetime.now(UTC):
            raise InvalidToken("expired")
        return claims

    def _check_signature(self, token: str) -> Claims:
        try:
            header = jwt.get_unverified_header(token)
            key = self._find(header.get("kid"))
            if key is None:
                raise InvalidToken("unknown key")
            if header.get("typ") != TYPE:
                raise InvalidToken("not an access token")
            claims = jwt.decode(
                token,
                key.private.public_key(),
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "sub", "sid", "scope"]},
            )
            return Claims(
                subject=claims["sub"],
                session_id=UUID(claims["sid"]),
                scope=frozenset(claims["scope"].split()),
                client=claims.get("client", "api"),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (jwt.PyJWTError, ValueError, AttributeError) as error:
            raise InvalidToken(str(error)) from error

    def _find(self, kid: object) -> SigningKey | None:
        if not isinstance(kid, str):
            return None
        if kid not in self._keys:
            self._look(self.LOOK_AGAIN_SECONDS)
        return self._keys.get(kid)

    def _look(self, pause: float) -> None:
        """Read the file again if it has changed, unless somebody looked within the last ``pause`` seconds."""
        now = time.monotonic()
        if now - self._looked_at < pause:
            return
        self._looked_at = now
        version = _version(self._path)
        if version == self._version:
            return
        self._version = version
        try:
            self._take(read_keys(self._path, for_production=self._for_production))
        except SettingsError as error:  # what was good goes on; `plaza keys list` shows what is wrong
            log.error("signing_keys_unreadable", error=str(error))
        else:
            log.info("signing_keys_changed", keys=list(self._keys))

    def _take(self, keys: Sequence[SigningKey]) -> None:
        self._keys = {key.kid: key for key in keys}
        # A client sends the same token with each request; checking its signature once is enough. A new ring
        # forgets what keys that it no longer has have signed.
        self._signed_claims = lru_cache(maxsize=REMEMBERED_TOKENS)(self._check_signature)


def _version(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file does; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
