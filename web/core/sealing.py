"""Encrypting what has to be stored readable: AES-256-GCM under a key derived from ``PLAZA_SECRET``."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from web.core.settings import Settings

_NONCE = 12  # bytes, NIST SP 800-38D §8.2.2


class Unsealable(Exception):
    """Not sealed under this installation's secret for this purpose."""


class Sealer:
    """Seals small secrets for one purpose each; what was sealed for one cannot be opened as another."""

    def __init__(self, settings: Settings) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"plaza.sealing.v1")  # RFC 5869
        self._cipher = AESGCM(derived.derive(settings.secret.encode()))

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Nonce and ciphertext of ``plain``, bound to ``purpose``."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed for ``purpose``.

        Raises:
            Unsealable
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable() from error
