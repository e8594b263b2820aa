"""Rules about identity that are pure functions: normal forms, look-alikes, ages, how an account stands."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import NamedTuple

from web.core.security import Standing

MINIMUM_AGE = 13
ADULT_AGE = 18
RETURN_WITHIN = timedelta(days=30)  # a deactivated member by logging in; a leaving one by saying so
_NOT_IN_USERNAMES = re.compile(r"[^a-z0-9_.]+")


class LookAlikes(NamedTuple):
    """Letters that look like others: pairs first, then single ones; ``seen`` beyond ``meant`` is left out."""

    pairs: tuple[tuple[str, str], ...]
    seen: str
    meant: str


# Of the confusables of Unicode Technical Standard 39 those that usernames may have, and the separators.
LOOK_ALIKES = LookAlikes(pairs=(("rn", "m"), ("vv", "w")), seen="01i._", meant="oll")
_SINGLE = str.maketrans(
    LOOK_ALIKES.seen[: len(LOOK_ALIKES.meant)], LOOK_ALIKES.meant, LOOK_ALIKES.seen[len(LOOK_ALIKES.meant) :]
)


def normal_form(text: str) -> str:
    """The form in which addresses, names and words are compared: NFKC, case-folded."""
    return unicodedata.normalize("NFKC", text.strip()).casefold()


def address_key(email: str) -> str:
    """The form in which addresses are compared."""
    return normal_form(email)


def username_key(username: str) -> str:
    """The form in which usernames are compared."""
    return normal_form(username)


def skeleton(username: str) -> str:
    """What is left of a username when look-alikes are the same (UTS 39 §4); two people never share one."""
    name = username_key(username)
    for pair, letter in LOOK_ALIKES.pairs:
        name = name.replace(pair, letter)
    return name.translate(_SINGLE)


def username_from(email: str) -> str:
    """A username made of an address's local part; at least three characters long."""
    local = _NOT_IN_USERNAMES.sub("", address_key(email).partition("@")[0])[:20]
    return local if len(local) >= 3 else f"member{local}"


def age_on(day: date, birth_date: date) -> int:
    """Full years between a birth date and a day; a leap-day birthday comes on 1 March in other years."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)


def standing(
    now: datetime,
    *,
    birth_date: date | None,
    suspended_until: datetime | None,
    banned_at: datetime | None,
    deactivated_at: datetime | None,
    deletion_requested_at: datetime | None,
) -> Standing:
    """How an account stands now: the gravest of what its moments say. A suspension that is over is none."""
    if banned_at is not None:
        return Standing.BANNED
    if suspended_until is not None and suspended_until > now:
        return Standing.SUSPENDED
    if deletion_requested_at is not None:
        return Standing.LEAVING
    if deactivated_at is not None:
        return Standing.DEACTIVATED
    return Standing.ACTIVE if birth_date else Standing.INCOMPLETE
