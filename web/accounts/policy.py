"""Rules about identity that are pure functions: normal forms, ages, names."""

import re
import unicodedata
from datetime import date

MINIMUM_AGE = 13
_NOT_IN_USERNAMES = re.compile(r"[^a-z0-9_.]+")


def address_key(email: str) -> str:
    """The form in which addresses are compared: NFKC, case-folded."""
    return unicodedata.normalize("NFKC", email.strip()).casefold()


def username_key(username: str) -> str:
    """The form in which usernames are compared: NFKC, case-folded."""
    return unicodedata.normalize("NFKC", username).casefold()


def username_from(email: str) -> str:
    """A username made of an address's local part; at least three characters long."""
    local = _NOT_IN_USERNAMES.sub("", address_key(email).partition("@")[0])[:20]
    return local if len(local) >= 3 else f"member{local}"


def age_on(day: date, birth_date: date) -> int:
    """Full years between a birth date and a day; a leap-day birthday comes on 1 March in other years."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)
