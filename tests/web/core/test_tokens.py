"""Access tokens are ours, in time, and signed with a key of the ring."""

import base64
import json
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
from jwt.algorithms import OKPAlgorithm

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


def test_an_expired_token_is_refused(ring_file: Path) -> None:
    ring = KeyRing.load(ring_file)
    with pytest.raises(InvalidToken):
        ring.verify(sign(ring, now=Clock().now() - timedelta(hours=1)))


def test_a_token_of_another_ring_is_refused(ring_file: Path, tmp_path: Path) -> None:
    KeyRing.create(tmp_path / "other.json")
    with pytest.raises(InvalidToken):
        KeyRing.load(ring_file).verify(sign(KeyRing.load(tmp_path / "other.json")))


def test_a_token_under_a_known_key_id_but_another_key_is_refused(ring_file: Path, tmp_path: Path) -> None:
    KeyRing.create(tmp_path / "other.json")
    kid = json.loads(ring_file.read_text())["keys"][0]["kid"]
    key = OKPAlgorithm.from_jwk(json.loads((tmp_path / "other.json").read_text())["keys"][0])
    claims = {"iss": "plaza", "aud": "plaza", "sub": "x", "sid": str(SESSION), "scope": "admin"}
    now = Clock().now()
    times = {"iat": now, "exp": now + timedelta(minutes=5)}
    with pytest.raises(InvalidToken):
        KeyRing.load(ring_file).verify(jwt.encode({**claims, **times}, key, "EdDSA", {"kid": kid}))


def test_an_unsigned_token_is_refused(ring_file: Path) -> None:
    ring = KeyRing.load(ring_file)
    header, payload, _ = sign(ring).split(".")
    fields = json.loads(base64.urlsafe_b64decode(header + "=="))
    unsigned = base64.urlsafe_b64encode(json.dumps({**fields, "alg": "none"}).encode()).decode().rstrip("=")
    with pytest.raises(InvalidToken):
        ring.verify(f"{unsigned}.{payload}.")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é", "..", "null"])
def test_anything_else_is_refused(ring_file: Path, token: str) -> None:
    with pytest.raises(InvalidToken):
        KeyRing.load(ring_file).verify(token)


def test_after_a_rotation_old_tokens_still_verify_and_new_ones_have_the_new_key(
    ring_file: Path, tmp_path: Path
) -> None:
    old = KeyRing.load(ring_file)
    KeyRing.create(tmp_path / "new.json")
    keys = [json.loads(path.read_text())["keys"][0] for path in (tmp_path / "new.json", ring_file)]
    ring_file.write_text(json.dumps({"keys": keys}))
    both = KeyRing.load(ring_file)
    both.verify(sign(old))
    assert jwt.get_unverified_header(sign(both))["kid"] == keys[0]["kid"]


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
