"""Identifiers: UUIDv7 made in Python (RFC 9562 §5.7), so that ids sort by creation and inserts stay local."""

import hashlib
import secrets
import time
from datetime import datetime
from uuid import UUID

_RANDOM_BITS = 74


def _uuid7(milliseconds: int, tail: int) -> UUID:
    """Lay out 48 bits of Unix milliseconds and 74 free bits as a version 7 UUID."""
    rand_a, rand_b = tail >> 62, tail & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)


def new_id() -> UUID:
    """A fresh UUIDv7 of the present moment."""
    return _uuid7(time.time_ns() // 1_000_000, secrets.randbits(_RANDOM_BITS))


def derived_id(moment: datetime, *key: object) -> UUID:
    """The same UUIDv7 for the same moment and key, always: what makes imports idempotent.

    Args:
        moment: when the thing was created, time-zone aware, 1970 or later.
        key: whatever names the thing at its source (format, site, kind, row number …).
    """
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    tail = int.from_bytes(digest[:10]) & ((1 << _RANDOM_BITS) - 1)
    return _uuid7(int(moment.timestamp() * 1000), tail)
