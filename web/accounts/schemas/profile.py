"""What members tell of themselves, and how they change it."""

import re
from datetime import date
from functools import cache
from typing import Annotated

from babel import Locale as Cldr
from pydantic import AfterValidator, Field, StringConstraints

from web.accounts.policy import normal_form
from web.accounts.schemas.changes import Change, may_be_left_out
from web.accounts.schemas.identity import FullName, Locale, Nickname, Username, Zone

LONGEST_BIO, LONGEST_PLACE, LONGEST_INTEREST = 500, 80, 30
MOST_INTERESTS, MOST_LANGUAGES = 20, 10
# Language, script, region: what of RFC 5646 §2.1 people need to say which language they speak.
_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?")


@cache
def _known() -> Cldr:
    return Cldr("en")


def _language(tag: str) -> str:
    """A BCP 47 tag as it is written canonically; its parts are those that Unicode's CLDR has names for."""
    parts = _LANGUAGE_TAG.fullmatch(tag)
    if parts is None:
        raise ValueError("not a language tag of BCP 47")
    language, script, region = parts[1].lower(), (parts[2] or "").title(), (parts[3] or "").upper()
    names = _known()
    for part, known in ((language, names.languages), (script, names.scripts), (region, names.territories)):
        if part and part not in known:
            raise ValueError(f"{part} is not a known part of a language tag")
    return "-".join(filter(None, (language, script, region)))


def _interest(text: str) -> str:
    """A tag in the form in which tags are compared, without the sign that it begins with elsewhere."""
    tag = " ".join(normal_form(text).lstrip("#").split())
    if not 0 < len(tag) <= LONGEST_INTEREST:
        raise ValueError(f"a tag has 1 to {LONGEST_INTEREST} characters")
    return tag


def _each_once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Bio = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_BIO)]
Place = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_PLACE)]
Interest = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_INTEREST), AfterValidator(_interest)
]
LanguageTag = Annotated[str, StringConstraints(min_length=2, max_length=12), AfterValidator(_language)]
Interests = Annotated[list[Interest], Field(max_length=MOST_INTERESTS), AfterValidator(_each_once)]
Languages = Annotated[list[LanguageTag], Field(max_length=MOST_LANGUAGES), AfterValidator(_each_once)]


class ProfileChange(Change):
    """A change of one's own account; null takes a full name, a bio or a place back, ``[]`` empties a list."""

    nickname: Nickname = may_be_left_out()
    username: Username = may_be_left_out()
    full_name: FullName | None = may_be_left_out()
    bio: Bio | None = may_be_left_out()
    birth_date: date = may_be_left_out()
    place: Place | None = may_be_left_out()
    interests: Interests = may_be_left_out()
    native_languages: Languages = may_be_left_out()
    target_languages: Languages = may_be_left_out()
    zone: Zone = may_be_left_out()
    locale: Locale = may_be_left_out()
