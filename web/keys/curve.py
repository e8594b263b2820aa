"""Which 32 bytes are a public key of X25519 that somebody can be given.

X25519 computes with any 32 bytes (RFC 7748 §5). For a few of them the shared secret is zero whatever the
other key is, so that everybody could open what is sealed with it (§6.1). And bytes that stand for the same
point as other bytes would let one key pass as two.
"""

from typing import Final

KEY_BYTES: Final = 32
PRIME: Final = 2**255 - 19

# The u coordinates, below the prime, of the points of low order on the curve and on its twist, as listed in
# https://cr.yp.to/ecdh.html#validate.
_LOW_ORDER: Final = frozenset(
    {
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        PRIME - 1,
    }
)


def is_public_key(key: bytes) -> bool:
    """Whether bytes are the one way of writing a point that is not of low order."""
    u = int.from_bytes(key, "little")
    return len(key) == KEY_BYTES and u < PRIME and u not in _LOW_ORDER
