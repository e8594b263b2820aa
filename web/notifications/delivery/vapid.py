"""The key pair by which push services and browsers know this Plaza (VAPID, RFC 8292)."""

import base64
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from web.core.settings import SettingsError

_LIFETIME = timedelta(hours=12)  # 24 at most, RFC 8292 §2


class VapidKey:
    """A private key on P-256, in a PEM file."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        point = private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self.public_key = base64.urlsafe_b64encode(point).decode().rstrip("=")

    @classmethod
    def read(cls, path: Path) -> Self:
        """The key in a file.

        Raises:
            SettingsError: it cannot be read, or is no such key.
        """
        try:
            private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise SettingsError(f"PLAZA_VAPID_KEY: cannot use {path}: {error}") from error
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
            raise SettingsError(f"PLAZA_VAPID_KEY: {path} must hold a private key on P-256")
        return cls(private)

    def authorization(self, endpoint: str, contact: str) -> str:
        """The header that says to the service of an endpoint who sends (RFC 8292 §3).

        Args:
            contact: ``mailto:`` of who runs this Plaza.
        """
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": datetime.now(UTC) + _LIFETIME,
            "sub": contact,
        }
        return f"vapid t={jwt.encode(claims, self._private, algorithm='ES256')}, k={self.public_key}"


def create_vapid_key(path: Path) -> None:
    """Write a file with a new key, readable by its owner alone; one that is there is left as it is.

    Every browser subscribes with the key: with another one, all would have to subscribe anew.
    """
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        # Programs that start together all find the whole file of the first of them.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        Path(draft).unlink()
