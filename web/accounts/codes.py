"""Six-digit codes and link tokens that travel by mail or message; only their hashes are kept."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from web.core.settings import Settings

CODE_LIFETIME = timedelta(minutes=10)
RESEND_AFTER = timedelta(seconds=60)


def new_code() -> str:
    """Six digits, all equally likely."""
    return f"{secrets.randbelow(1_000_000):06d}"


def code_hash(settings: Settings, proof_id: UUID, code: str) -> str:
    """The keyed hash of a code, bound to what it proves; without a key a million are tried in no time."""
    return hmac.new(settings.secret.encode(), f"{proof_id}|{code}".encode(), hashlib.sha256).hexdigest()


def same_code(expected_hash: str, settings: Settings, proof_id: UUID, code: str) -> bool:
    """Whether ``code`` is the one that ``expected_hash`` was made of, compared in constant time."""
    return hmac.compare_digest(expected_hash, code_hash(settings, proof_id, code))


def new_token() -> str:
    """A token for a link, 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """The hash under which a token is kept; random tokens need no key."""
    return hashlib.sha256(token.encode()).hexdigest()
