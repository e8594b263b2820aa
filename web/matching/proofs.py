"""Proofs that something was said, though nobody kept it.

Each message carries a code that only the server can make (HMAC-SHA-256, RFC 2104, over match, seat, moment
and words). Whoever reports a message hands the code back: the server sees that the words are the ones that
it passed on, as in *message franking* (Facebook, "Messenger Secret Conversations", 2016).
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from uuid import UUID

import orjson

_PURPOSE = b"plaza.matching.proof"


def proof(secret: str, match_id: UUID, seat: str, sent_at: str, body: str) -> str:
    """The code of a message, 43 characters.

    Args:
        secret: the installation's.
        sent_at: as it stands in the frame.
    """
    key = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)
    said = orjson.dumps([str(match_id), seat, sent_at, body])
    return urlsafe_b64encode(hmac.digest(key, said, hashlib.sha256)).rstrip(b"=").decode()


def is_proven(secret: str, match_id: UUID, seat: str, sent_at: str | None, body: str, code: str) -> bool:
    """Whether a message was passed on just so."""
    if sent_at is None or not code.isascii():
        return False
    return hmac.compare_digest(proof(secret, match_id, seat, sent_at, body), code)
