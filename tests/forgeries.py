"""Access tokens that nobody may take, by what is wrong with them; both services are shown each of them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from web.core.ids import new_id
from web.core.key_file import SigningKey, read_keys

Json = dict[str, Any]
Make = Callable[[SigningKey, Json, Json], str]


def _part(content: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(content, default=str).encode()).decode().rstrip("=")


def _signed(header: Json | None = None, **changes: Any) -> Make:
    """Well signed, with a changed header and changed claims; None takes one out."""

    def make(key: SigningKey, usual_header: Json, claims: Json) -> str:
        said = {name: value for name, value in (claims | changes).items() if value is not None}
        headers = usual_header | (header or {})
        return jwt.encode(said, key.private, "EdDSA", {n: v for n, v in headers.items() if v is not None})

    return make


def _unsigned(key: SigningKey, header: Json, claims: Json) -> str:
    return jwt.encode(claims, None, "none", header)


def _with_the_public_key_as_secret(key: SigningKey, header: Json, claims: Json) -> str:
    """RFC 8725 §2.1: where the token chooses the algorithm, a public key becomes a shared secret."""
    return jwt.encode(claims, base64.urlsafe_b64decode(key.public_jwk["x"] + "=="), "HS256", header)


def _with_the_public_pem_as_secret(key: SigningKey, header: Json, claims: Json) -> str:
    pem = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = f"{_part({**header, 'alg': 'HS256'})}.{_part(_in_seconds(claims))}"
    tag = base64.urlsafe_b64encode(hmac.digest(pem, text.encode(), hashlib.sha256)).decode().rstrip("=")
    return f"{text}.{tag}"


def _by_a_stranger(key: SigningKey, header: Json, claims: Json) -> str:
    return jwt.encode(claims, Ed25519PrivateKey.generate(), "EdDSA", header)


def _with_its_own_key(key: SigningKey, header: Json, claims: Json) -> str:
    """RFC 7515 §4.1.3: a header may bring a key along, which proves nothing."""
    own = SigningKey.new(datetime.now(UTC))
    return jwt.encode(claims, own.private, "EdDSA", {**header, "kid": own.kid, "jwk": own.public_jwk})


def _tampered(key: SigningKey, header: Json, claims: Json) -> str:
    head, _, signature = jwt.encode(claims, key.private, "EdDSA", header).split(".")
    return f"{head}.{_part(_in_seconds({**claims, 'scope': 'member admin dashboard'}))}.{signature}"


def _without_signature(key: SigningKey, header: Json, claims: Json) -> str:
    return jwt.encode(claims, key.private, "EdDSA", header).rpartition(".")[0] + "."


def _in_seconds(claims: Json) -> Json:
    return {
        name: int(value.timestamp()) if isinstance(value, datetime) else value
        for name, value in claims.items()
    }


def _in(**duration: float) -> datetime:
    return datetime.now(UTC) + timedelta(**duration)


GENUINE = "genuine"
_MAKERS: dict[str, Make] = {
    GENUINE: _signed(),
    "alg none": _unsigned,
    "HS256 with the public key": _with_the_public_key_as_secret,
    "HS256 with the public key as PEM": _with_the_public_pem_as_secret,
    "signed by a stranger": _by_a_stranger,
    "brings its own key": _with_its_own_key,
    "wrong kid": _signed({"kid": "nobody's"}),
    "no kid": _signed({"kid": None}),
    "not an access token": _signed({"typ": "JWT"}),
    "no type": _signed({"typ": ""}),  # PyJWT leaves an empty one out
    "tampered payload": _tampered,
    "signature cut off": _without_signature,
    "expired": lambda *given: _signed(exp=_in(minutes=-1))(*given),
    "issued in the future": lambda *given: _signed(iat=_in(minutes=1))(*given),
    "not valid yet": lambda *given: _signed(nbf=_in(minutes=1))(*given),
    "wrong audience": _signed(aud="elsewhere"),
    "wrong issuer": _signed(iss="elsewhere"),
    "session that is no id": _signed(sid="not-a-uuid"),
    "scope that is no text": _signed(scope=["dashboard"]),
    **{f"no {name}": _signed(**{name: None}) for name in ("iss", "aud", "sub", "sid", "scope", "iat", "exp")},
}
FORGERIES = [name for name in _MAKERS if name != GENUINE]


def forge(ring_file: Path, what: str) -> str:
    """A token that is wrong in one way, or right in all, for a ring whose first key signs."""
    key = read_keys(ring_file)[0]
    now = datetime.now(UTC)
    header = {"kid": key.kid, "typ": "at+jwt"}
    claims = {
        "iss": "plaza",
        "aud": "plaza",
        "sub": "service:dashboard",
        "sid": str(new_id()),
        "scope": "dashboard",
        "client": "cli",
        "iat": now,
        "exp": now + timedelta(minutes=5),
        "jti": new_id().hex,
    }
    return _MAKERS[what](key, header, claims)
