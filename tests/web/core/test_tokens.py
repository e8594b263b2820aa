"""Access tokens are ours, in time, and signed with a key of the ring."""

import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet

from tests.forgeries import FORGERIES, GENUINE, forge
from web.core import tokens
from web.core.clock import Clock
from web.core.settings import SettingsError
from web.core.tokens import InvalidToken, KeyRing

SESSION = uuid4()


@pytest.fixture
def ring_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    KeyRing.create(path)
    return path


def sign(ring: KeyRing, **changes: Any) -> str:
    values: dict[str, Any] = {
        "subject": "somebody",
        "session_id": SESSION,
        "scope": "member admin",
        "client": "api",
        "now": Clock().now(),
        "lifetime": timedelta(minutes=5),
    }
    return ring.sign(**{**values, **changes})


def test_a_token_says_whose_it_is_and_what_for(ring_file: Path) -> None:
    ring = KeyRing.load(ring_file)
    claims = ring.verify(sign(ring))
    assert (claims.subject, claims.session_id, claims.scope) == ("somebody", SESSION, {"member", "admin"})


def test_a_key_file_is_its_owners_alone_and_is_never_overwritten(ring_file: Path) -> None:
    before = ring_file.read_text()
    KeyRing.create(ring_file)
    assert ring_file.read_text() == before
    assert stat.S_IMODE(ring_file.stat().st_mode) == 0o600


def test_a_token_of_another_ring_is_refused(ring_file: Path, tmp_path: Path) -> None:
    KeyRing.create(tmp_path / "other.json")
    with pytest.raises(InvalidToken):
        KeyRing.load(ring_file).verify(sign(KeyRing.load(tmp_path / "other.json")))


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_is_refused(ring_file: Path, forgery: str) -> None:
    with pytest.raises(InvalidToken):
        KeyRing.load(ring_file).verify(forge(ring_file, forgery))


def test_what_the_forgeries_are_made_of_is_good(ring_file: Path) -> None:
    assert KeyRing.load(ring_file).verify(forge(ring_file, GENUINE)).subject == "service:dashboard"


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
def test_a_second_library_verifies_our_tokens(ring_file: Path) -> None:
    ring = KeyRing.load(ring_file)
    keys = KeySet.import_key_set(ring.public_jwks())
    token = joserfc_jwt.decode(sign(ring), keys, algorithms=["EdDSA", "Ed25519"])
    assert token.header["typ"] == "at+jwt"
    assert (token.claims["sub"], token.claims["sid"]) == ("somebody", str(SESSION))
    rules = joserfc_jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": "plaza"},
        aud={"essential": True, "value": "plaza"},
        exp={"essential": True},
        iat={"essential": True},
    )
    rules.validate(token.claims)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é", "..", "null"])
def test_anything_else_is_refused(ring_file: Path, token: str) -> None:
    with pytest.raises(InvalidToken):
        KeyRing.load(ring_file).verify(token)


def test_the_public_document_has_no_private_part(ring_file: Path) -> None:
    (key,) = KeyRing.load(ring_file).public_jwks()["keys"]
    assert key.keys() == {"kty", "crv", "x", "kid", "alg", "use"}


@pytest.mark.parametrize("content", ["", "{}", '{"keys": []}', '{"keys": [{"kid": "a", "kty": "OKP"}]}'])
def test_a_broken_ring_stops_the_boot(tmp_path: Path, content: str) -> None:
    (tmp_path / "broken.json").write_text(content)
    with pytest.raises(SettingsError, match="PLAZA_SIGNING_KEYS"):
        KeyRing.load(tmp_path / "broken.json")


def test_a_token_that_was_good_is_refused_once_it_has_expired(
    ring_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = KeyRing.load(ring_file)
    token = sign(ring)
    ring.verify(token)

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(hours=1)

    monkeypatch.setattr(tokens, "datetime", Later)
    with pytest.raises(InvalidToken):
        ring.verify(token)
