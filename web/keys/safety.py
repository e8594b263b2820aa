"""Safety numbers: what two members compare, on the phone or face to face, to know that nobody is between.

This is Signal's numeric fingerprint, version 0, in its form for several keys of one member
(``NumericFingerprintGenerator`` of libsignal; https://signal.org/blog/safety-number-updates/):

1. ``keys``: the member's device keys, each as the byte 0x05 (the type of Curve25519) and its 32 bytes, sorted
   as bytes, one after the other.
2. ``hash = 00 00 || keys || id``, with the 16 bytes of the member's id.
3. 5200 times: ``hash = SHA-512(hash || keys)``.
4. The first 30 bytes in six groups of five, each read as a big-endian number modulo 100000: 30 digits.
5. The digits of both members, the smaller string first: 60 digits, the same for both.

A number that the server computed proves nothing, because it is the server that the members check. Clients
compute it from the keys that they seal to, and show that one.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

ROUNDS: Final = 5200
_VERSION: Final = b"\0\0"
_CURVE25519: Final = b"\x05"
_GROUPS: Final = 6
_GROUP_BYTES: Final = 5


def safety_number(
    one: bytes, keys_of_one: Iterable[bytes], other: bytes, keys_of_other: Iterable[bytes]
) -> str:
    """The 60 digits of two members, the same whoever of them is named first.

    Args:
        one, other: the members' stable identifiers.
        keys_of_one, keys_of_other: their devices' public keys of 32 bytes, in any order.
    """
    halves = (_half(one, tuple(sorted(keys_of_one))), _half(other, tuple(sorted(keys_of_other))))
    return "".join(sorted(halves))


@lru_cache(maxsize=1024)  # 5200 hashes take some milliseconds
def _half(identifier: bytes, keys: tuple[bytes, ...]) -> str:
    together = b"".join(_CURVE25519 + key for key in keys)
    digest = _VERSION + together + identifier
    for _ in range(ROUNDS):
        digest = hashlib.sha512(digest + together).digest()
    groups = (
        digest[start : start + _GROUP_BYTES] for start in range(0, _GROUPS * _GROUP_BYTES, _GROUP_BYTES)
    )
    return "".join(f"{int.from_bytes(group) % 100_000:05d}" for group in groups)
