"""The file of signing keys: a JWKS document with private Ed25519 keys (RFC 7517, RFC 8037), newest first.

``iat`` says when a key was made, in seconds since 1970. A new key is shown at once and signs a little later,
when every process has seen it; from then on the one before it only verifies.
"""

import json
import os
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from web.core.settings import SettingsError

ALGORITHM = "EdDSA"
DEVELOPMENT_MARK = "dev-"  # how the ids of keys begin that are not fit for production
SIGNS_AFTER = timedelta(seconds=10)


@dataclass(frozen=True)
class SigningKey:
    """A key pair.

    Attributes:
        made_at: 1970 for a key whose file does not say it.
    """

    kid: str
    private: Ed25519PrivateKey
    made_at: datetime

    @classmethod
    def new(cls, now: datetime, mark: str = "") -> "SigningKey":
        """A new key whose id begins with ``mark``."""
        return cls(mark + secrets.token_hex(8), Ed25519PrivateKey.generate(), now)

    @property
    def signs_from(self) -> datetime:
        """When it begins to sign."""
        return self.made_at + SIGNS_AFTER

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public half, as others may see it."""
        return self._jwk(OKPAlgorithm.to_jwk(self.private.public_key(), as_dict=True))

    @property
    def private_jwk(self) -> dict[str, Any]:
        """Both halves, for the file."""
        jwk = self._jwk(OKPAlgorithm.to_jwk(self.private, as_dict=True))
        return {**jwk, "iat": int(self.made_at.timestamp())}

    def _jwk(self, numbers: dict[str, Any]) -> dict[str, Any]:
        return {**numbers, "kid": self.kid, "alg": ALGORITHM, "use": "sig"}


def read_keys(path: Path, *, for_production: bool = False) -> list[SigningKey]:
    """The keys of a file, newest first.

    Raises:
        SettingsError: there are none, they cannot be read, or production may not use them.
    """
    try:
        keys = [_key(jwk) for jwk in json.loads(path.read_text())["keys"]]
    except (OSError, ValueError, TypeError, KeyError, jwt.InvalidKeyError) as error:
        raise SettingsError(f"PLAZA_SIGNING_KEYS: cannot use {path}: {error}") from error
    if not keys:
        raise SettingsError(f"PLAZA_SIGNING_KEYS: {path} must hold private Ed25519 keys")
    if for_production and any(key.kid.startswith(DEVELOPMENT_MARK) for key in keys):
        raise SettingsError(f"PLAZA_SIGNING_KEYS: {path} holds keys that were made for development")
    return keys


def _key(jwk: dict[str, Any]) -> SigningKey:
    private = OKPAlgorithm.from_jwk(jwk)
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError("must hold private Ed25519 keys")
    return SigningKey(jwk["kid"], private, datetime.fromtimestamp(jwk.get("iat", 0), UTC))


def create_keys(path: Path, *, mark: str = "") -> None:
    """Write a file with one key, readable by its owner alone; a file that is there is left as it is."""
    key = SigningKey.new(datetime.now(UTC), mark)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        json.dump(_document([key]), file)


def replace_keys(path: Path, keys: Sequence[SigningKey]) -> None:
    """Put a new file in the place of an old one at once, with the owner of the old one and nobody else.

    Raises:
        OSError: the folder or the file may not be written.
    """
    path = path.resolve()
    before = path.stat()
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            os.fchown(descriptor, before.st_uid, before.st_gid)
            json.dump(_document(keys), file)
            file.flush()
            os.fsync(descriptor)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink()
        raise


def _document(keys: Sequence[SigningKey]) -> dict[str, Any]:
    return {"keys": [key.private_jwk for key in keys]}


def rotate(path: Path, now: datetime) -> SigningKey:
    """Put a new key in front of the others, which go on verifying; it signs from ``SIGNS_AFTER`` on.

    Raises:
        SettingsError: the file cannot be used.
        OSError: it may not be written.
    """
    keys = read_keys(path)
    mark = DEVELOPMENT_MARK if keys[0].kid.startswith(DEVELOPMENT_MARK) else ""
    new = SigningKey.new(now, mark)
    replace_keys(path, [new, *keys])
    return new


def signing_key(keys: Sequence[SigningKey], now: datetime) -> SigningKey:
    """The key that signs now: the newest that everybody knows, or the first that there was."""
    return next((key for key in keys if key.signs_from <= now), keys[-1])


def replaced_at(keys: Sequence[SigningKey], key: SigningKey) -> datetime | None:
    """When the next key took over from ``key``, or will; None for the newest."""
    place = list(keys).index(key)
    return keys[place - 1].signs_from if place else None


def may_have_signed(keys: Sequence[SigningKey], key: SigningKey, moment: datetime) -> bool:
    """Whether a token of that moment may be signed with ``key``; in doubt, yes."""
    ended = replaced_at(keys, key)
    is_first = key is keys[-1]
    return (is_first or key.made_at <= moment) and (ended is None or moment <= ended + SIGNS_AFTER)
