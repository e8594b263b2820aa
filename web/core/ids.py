"""Identifiers: UUIDv7 made in Python (RFC 9562 §5.7), so that ids sort by creation and inserts stay local."""

import hashlib
import secrets
import time
from datetime import datetime
from uuid import UUID

_TAIL_BITS = 62


def _uuid7(nanoseconds: int, tail: int) -> UUID:
    """Lay out a moment (48 bits of milliseconds, 12 of their fraction) and 62 free bits as a version 7 UUID.

    The fraction in place of random bits (RFC 9562 §6.2, method 3) keeps the ids of one process in order also
    within a millisecond.
    """
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = rest * 4096 // 1_000_000
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | tail)


def new_id() -> UUID:
    """A fresh UUIDv7 of the present moment."""
    return _uuid7(time.time_ns(), secrets.randbits(_TAIL_BITS))


def derived_id(moment: datetime, *key: object) -> UUID:
    """The same UUIDv7 for the same moment and key, always: what makes imports idempotent.

    Args:
        moment: when the thing was created, time-zone aware, 1970 or later.
        key: whatever names the thing at its source (format, site, kind, row number …).
    """
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    tail = int.from_bytes(digest[:8]) & ((1 << _TAIL_BITS) - 1)
    return _uuid7(int(moment.timestamp() * 1_000_000) * 1000, tail)
