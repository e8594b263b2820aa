"""Access tokens: short-lived JWTs signed with Ed25519 (RFC 7519, RFC 8037), and the keys behind them."""

import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from web.core.settings import SettingsError

ISSUER = AUDIENCE = "plaza"
ALGORITHM = "EdDSA"
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
    """Signing keys by ``kid``; the first signs, all verify, so that keys rotate without logging out."""

    def __init__(self, keys: dict[str, Ed25519PrivateKey]) -> None:
        self._keys = keys
        # A client sends the same token with each request; checking its signature once is enough.
        self._signed_claims = lru_cache(maxsize=REMEMBERED_TOKENS)(self._check_signature)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a key ring, a JWKS document with private keys.

        Raises:
            SettingsError: when there is none or it cannot be read.
        """
        try:
            jwks = json.loads(path.read_text())
            keys = {jwk["kid"]: OKPAlgorithm.from_jwk(jwk) for jwk in jwks["keys"]}
        except (OSError, ValueError, KeyError, jwt.InvalidKeyError) as error:
            raise SettingsError(f"PLAZA_SIGNING_KEYS: cannot use {path}: {error}") from error
        if not keys or not all(isinstance(key, Ed25519PrivateKey) for key in keys.values()):
            raise SettingsError(f"PLAZA_SIGNING_KEYS: {path} must hold private Ed25519 keys")
        return cls(keys)  # type: ignore[arg-type]  # checked to be private keys above

    @staticmethod
    def create(path: Path) -> None:
        """Write a new ring with one key, readable by its owner alone; an existing file is left as it is."""
        key = Ed25519PrivateKey.generate()
        jwk = {
            **OKPAlgorithm.to_jwk(key, as_dict=True),
            "kid": secrets.token_hex(8),
            "alg": ALGORITHM,
            "use": "sig",
        }
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return
        with os.fdopen(descriptor, "w") as file:
            json.dump({"keys": [jwk]}, file)

    def public_jwks(self) -> dict[str, Any]:
        """The public halves, as served at ``/.well-known/jwks.json`` (RFC 7517)."""
        return {
            "keys": [
                {
                    **OKPAlgorithm.to_jwk(key.public_key(), as_dict=True),
                    "kid": kid,
                    "alg": ALGORITHM,
                    "use": "sig",
                }
                for kid, key in self._keys.items()
            ]
        }

    def sign(
        self, *, subject: str, session_id: UUID, scope: str, client: str, now: datetime, lifetime: timedelta
    ) -> str:
        """A signed access token."""
        kid, key = next(iter(self._keys.items()))
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
        return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": kid})

    def verify(self, token: str) -> Claims:
        """The claims of a token.

        Raises:
            InvalidToken: not signed by a key of the ring, expired, or not an access token of Plaza.
        """
        claims = self._signed_claims(token)
        if claims.expires_at <= datetime.now(UTC):
            raise InvalidToken("expired")
        return claims

    def _check_signature(self, token: str) -> Claims:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._keys.get(kid or "")
            if key is None:
                raise InvalidToken("unknown key")
            claims = jwt.decode(
                token,
                key.public_key(),
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
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
