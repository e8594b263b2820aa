"""An authenticator in software: makes passkeys and signs with them, as a browser would hand them over."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "http://localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40  # flags of authenticator data (Level 2 §6.1)


@dataclass
class Authenticator:
    """Holds passkeys; what it says can be bent to see it refused.

    Attributes:
        origin: the page's, as the browser saw it.
        site: whose passkeys these are (the relying party's id); None believes the options.
        verifies_user: whether it knows who is touching it.
        steps: how far the counter goes with each signature; 0 for one that does not count.
        cross_origin: whether the page was in another site's frame.
    """

    origin: str = ORIGIN
    site: str | None = None
    verifies_user: bool = True
    steps: int = 1
    cross_origin: bool = False
    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    counter: int = 0

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """``navigator.credentials.create({publicKey})`` and ``toJSON()``, with "none" attestation."""
        key, credential_id = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(32)
        name = encoded(credential_id)
        self.keys[name], self.users[name] = key, options["user"]["id"]
        attested = bytes(16) + len(credential_id).to_bytes(2) + credential_id + _cose(key)
        data = self._data(options["rp"]["id"], ATTESTED) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options["challenge"])
        response = {
            "clientDataJSON": encoded(client_data),
            "attestationObject": encoded(statement),
            "transports": ["internal", "hybrid", "from-the-future"],
        }
        return _credential(name, response)

    def get(self, options: dict[str, Any], *, name: str | None = None) -> dict[str, Any]:
        """``navigator.credentials.get({publicKey})`` and ``toJSON()``.

        Args:
            name: which passkey; without it one that is allowed.
        """
        allowed = [item["id"] for item in options["allowCredentials"]] or list(self.keys)
        name = name or next(each for each in self.keys if each in allowed)
        self.counter += self.steps
        data = self._data(options["rpId"])
        client_data = self._client_data("webauthn.get", options["challenge"])
        signature = self.keys[name].sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": encoded(client_data),
            "authenticatorData": encoded(data),
            "signature": encoded(signature),
            "userHandle": self.users[name],
        }
        return _credential(name, response)

    def _data(self, site: str, flags: int = 0) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies_user else 0)
        return (
            hashlib.sha256((self.site or site).encode()).digest() + bytes([flags]) + self.counter.to_bytes(4)
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        }
        return json.dumps(said).encode()


def encoded(binary: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(binary).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """What :func:`encoded` was given."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _credential(name: str, response: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "rawId": name,
        "type": "public-key",
        "response": response,
        "clientExtensionResults": {},
        "authenticatorAttachment": "platform",
    }


def _cose(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public key as RFC 9053 §7.1.1 writes it: EC2, ES256, P-256, x, y."""
    numbers = key.public_key().public_numbers()
    return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
