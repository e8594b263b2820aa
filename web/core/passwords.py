"""Password hashing: Argon2id with its library's parameters (RFC 9106), off the event loop."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from web.core.threads import off_the_loop

_hasher = PasswordHasher()
# Argon2id of a random text nobody kept, under the hasher's own parameters: checked when there is no account,
# so that both answers take the same work.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$25f/bRj025RnUuWRIXillw$/OCFkKzTby9wqpMMTBVv3c3RbbYW2vYu8Yk0X+D0uu0"


def hash_password(password: str) -> str:
    """Hash a password; takes tens of milliseconds of CPU by design."""
    return off_the_loop(_hasher.hash, password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one that ``stored`` was made from; the same work when there is none."""
    return off_the_loop(_verify, stored or _NOBODY, password) and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
