"""Rules of being matched that are pure functions."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from web.accounts.policy import ADULT_AGE, age_on
from web.matching.line import Wish

# For how long somebody is paused whom so many have reported of late.
PAUSES: Final = (timedelta(minutes=10), timedelta(hours=2), timedelta(hours=24))


def is_adult(birth_date: date | None, today: date) -> bool:
    """Whether somebody is 18 or older; not who has not told."""
    return birth_date is not None and age_on(today, birth_date) >= ADULT_AGE


def paused_until(reporters: int, reported_at: datetime | None) -> datetime | None:
    """Until when the reported is not matched.

    Args:
        reporters: how many have reported them of late; each counts once.
        reported_at: when the last one did.
    """
    if not reporters or reported_at is None:
        return None
    return reported_at + PAUSES[min(reporters, len(PAUSES)) - 1]


def wish_of(
    speaks: Sequence[str] | None,
    learns: Sequence[str] | None,
    interests: Sequence[str] | None,
    *,
    direct: bool = False,
) -> Wish:
    """A wish as it is compared: British English is English."""
    return Wish(
        speaks=_languages(speaks), learns=_languages(learns), interests=list(interests or ()), direct=direct
    )


def in_common(one: Wish, other: Wish) -> tuple[list[str], list[str]]:
    """Languages that both speak or learn, and interests that both have; sorted."""
    languages = {*one.speaks, *one.learns} & {*other.speaks, *other.learns}
    return sorted(languages), sorted({*one.interests} & {*other.interests})


def _languages(tags: Sequence[str] | None) -> list[str]:
    return list(dict.fromkeys(tag.partition("-")[0] for tag in tags or ()))
