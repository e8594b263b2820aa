"""The public keys that access tokens are checked with, fetched from where `web` shows them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import httpx
import structlog
from jwt import PyJWK, PyJWTError

log = structlog.get_logger()

TIMEOUT_SECONDS = 2.0


class KeysAway(Exception):
    """The key may exist, but where keys are shown cannot be reached."""


class KeySet:
    """Public Ed25519 keys by key id.

    Fetched when first needed, when an unknown key id comes up, and when what we have is old. While `web` is
    away the keys that we have go on working.

    Args:
        max_age: seconds after which they are fetched again.
        pause: least seconds between two fetches.
    """

    def __init__(self, url: str, *, max_age: float, pause: float) -> None:
        self._url = url
        self._max_age = max_age
        self._pause = pause
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Close the HTTP client at the end."""
        async with self._client:
            yield

    async def get(self, key_id: str) -> PyJWK | None:
        """The key, or None when there is none with this id.

        Raises:
            KeysAway: we do not have it and could not ask.
        """
        key = self._keys.get(key_id)
        if key is None or (monotonic() - self._fetched_at > self._max_age and not self._fetching.locked()):
            async with self._fetching:
                if monotonic() - self._tried_at >= self._pause:
                    await self._fetch()
            key = self._keys.get(key_id)
        if key is None and self._fetched_at < self._tried_at:
            raise KeysAway(self._url)
        return key

    async def _fetch(self) -> None:
        self._tried_at = monotonic()
        try:
            answer = await self._client.get(self._url)
            answer.raise_for_status()
            self._keys = _readable_keys(answer.json())
        except (httpx.HTTPError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("jwks_unavailable", url=self._url, error=repr(error), kept=len(self._keys))
            return
        self._fetched_at = monotonic()


def _readable_keys(document: dict[str, Any]) -> dict[str, PyJWK]:
    """Ed25519 keys of a JWKS (RFC 7517, RFC 8037); others may be there for other readers."""
    keys = {}
    for jwk in document["keys"]:
        if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519" or "kid" not in jwk:
            continue
        try:
            keys[jwk["kid"]] = PyJWK(jwk, algorithm="EdDSA")
        except PyJWTError as error:
            log.warning("jwk_unreadable", kid=jwk["kid"], error=repr(error))
    return keys
