"""The id_tokens of Google: who signed them, for whom, and that each is used once.

OpenID Connect Core 1.0 §3.1.3.7 says what has to be checked, Google's own documents which issuers it has.
"""

import hashlib
import hmac
import time
from typing import Any

import jwt
import redis
import structlog
from jwt import PyJWK, PyJWKClient
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError
from pydantic import BaseModel, EmailStr, Field, ValidationError

from web.accounts.errors import GoogleNotConfigured, InvalidGoogleToken
from web.accounts.schemas import GoogleToken
from web.core.errors import Unavailable
from web.core.settings import Settings
from web.core.signalling import Valkey

log = structlog.get_logger(__name__)

ISSUERS = ("accounts.google.com", "https://accounts.google.com")
ALGORITHM = "RS256"
LEEWAY_SECONDS = 30  # that Google's clock may differ from ours
KEYS_KEPT_SECONDS = 3600
FETCH_TIMEOUT_SECONDS = 3
# A token with a key that nobody knows has the keys fetched anew, but not more often than this.
REFETCH_AFTER_SECONDS = 60


class GoogleIdentity(BaseModel):
    """Whom Google vouches for; ``email_verified`` says whether it does for the address too."""

    sub: str = Field(min_length=1, max_length=255)
    email: EmailStr
    email_verified: bool = False
    name: str | None = None


class GoogleTokens:
    """Takes id_tokens. One per process: it keeps Google's keys."""

    def __init__(self, settings: Settings, valkey: Valkey) -> None:
        self._audience = list(settings.google_client_ids)
        self._valkey = valkey
        self._keys = PyJWKClient(
            settings.google_jwks_url,
            lifespan=KEYS_KEPT_SECONDS,
            timeout=FETCH_TIMEOUT_SECONDS,
            cooldown_duration=REFETCH_AFTER_SECONDS,
        )

    def take(self, given: GoogleToken) -> GoogleIdentity:
        """Whose token this is; it is used up by this. May fetch Google's keys over the network.

        Raises:
            GoogleNotConfigured
            InvalidGoogleToken: not Google's, not for us, expired, with another nonce, or used before.
            Unavailable: Google's keys, or the note of what was used, cannot be reached.
        """
        if not self._audience:
            raise GoogleNotConfigured()
        claims = self._verified(given.id_token)
        if not _same(claims["nonce"], given.nonce):
            raise InvalidGoogleToken()
        try:
            identity = GoogleIdentity.model_validate(claims)
        except ValidationError as error:  # the scopes email and openid are needed
            raise InvalidGoogleToken() from error
        self._use(given.id_token, claims["exp"])
        return identity

    def _verified(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if header["alg"] != ALGORITHM:
                raise InvalidGoogleToken()
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(header["kid"]),
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=ISSUERS,
                leeway=LEEWAY_SECONDS,
                options={"require": ["aud", "exp", "iat", "iss", "nonce", "sub"]},
            )
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise InvalidGoogleToken() from error
        return claims

    def _key(self, kid: str) -> PyJWK:
        try:
            self._keys.get_signing_keys()
        except (jwt.PyJWTError, OSError, ValueError) as error:
            raise _keys_away(error) from error
        try:
            return self._keys.get_signing_key(kid)
        except PyJWKClientConnectionError as error:
            raise _keys_away(error) from error
        except PyJWKClientError as error:
            raise InvalidGoogleToken() from error

    def _use(self, token: str, expires_at: float) -> None:
        """Note what was signed: unlike the signature it cannot be written in another way."""
        signed = token.rpartition(".")[0]
        key = self._valkey.key("google-token", hashlib.sha256(signed.encode()).hexdigest())
        seconds = max(1, int(expires_at + LEEWAY_SECONDS - time.time()) + 1)
        try:
            is_first = self._valkey.client.set(key, 1, nx=True, ex=seconds)
        except redis.RedisError as error:
            raise Unavailable(headers={"Retry-After": "5"}) from error
        if not is_first:
            raise InvalidGoogleToken()


def _same(claimed: object, expected: str) -> bool:
    return isinstance(claimed, str) and hmac.compare_digest(claimed.encode(), expected.encode())


def _keys_away(error: Exception) -> Unavailable:
    log.warning("google_keys_unreachable", error=str(error))
    return Unavailable(headers={"Retry-After": "5"})
