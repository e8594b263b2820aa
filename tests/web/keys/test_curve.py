"""Which public keys are taken."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from nacl.public import PrivateKey

from web.keys.curve import _LOW_ORDER, PRIME, is_public_key


@pytest.mark.parametrize("u", sorted(_LOW_ORDER))
def test_what_everybody_could_open_is_refused(u: int) -> None:
    key = u.to_bytes(32, "little")
    with pytest.raises(ValueError, match="shared key"):  # it is zero
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(key))
    assert not is_public_key(key)


def test_each_point_is_written_in_one_way() -> None:
    nine = (9).to_bytes(32, "little")
    assert is_public_key(nine)
    assert not is_public_key(nine[:31] + b"\x80")  # the same point: the highest bit counts for nothing
    assert not is_public_key((PRIME + 9).to_bytes(32, "little"))
    assert not is_public_key(b"\xff" * 32)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_has_32_bytes(length: int) -> None:
    assert not is_public_key(b"\x09" * length)


def test_generated_keys_are_taken() -> None:
    assert all(is_public_key(bytes(PrivateKey.generate().public_key)) for _ in range(50))
