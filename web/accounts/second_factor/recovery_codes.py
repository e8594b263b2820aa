"""Recovery codes: what gets a member in on the day when the second factor is lost."""

import secrets
import unicodedata

HOW_MANY = 10
# 24 letters of 32 are 120 bits: enough for a plain keyed hash (ASVS 5.0 6.5.2 asks for 112)
LENGTH, GROUP = 24, 4
# Crockford's base32: no letter looks like another one or like a digit.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_MEANT = str.maketrans({"o": "0", "i": "1", "l": "1", " ": None, "-": None})


def new_codes() -> list[str]:
    """Codes in groups that can be copied from paper, such as ``7kq2-m0xd-…``."""
    return [_grouped("".join(secrets.choice(ALPHABET) for _ in range(LENGTH))) for _ in range(HOW_MANY)]


def normal_form(typed: str) -> str:
    """What was meant by a typed code, of an authenticator or of recovery: no spaces, no look-alikes."""
    return unicodedata.normalize("NFKC", typed).casefold().translate(_MEANT)


def _grouped(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))
