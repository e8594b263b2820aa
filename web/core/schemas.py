"""Request models that several features share."""

import unicodedata
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

MOST_IDS = 50
# Ends of lines, and what turns the direction of all that follows, beyond the name.
_UNRULY = ("Cc", "Zl", "Zp")
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _one_line(name: str) -> str:
    if any(unicodedata.category(letter) in _UNRULY or letter in _DIRECTIONS for letter in name):
        raise ValueError("a name is one line, without control characters")
    if name and all(unicodedata.category(letter)[0] in "CZ" for letter in name):
        raise ValueError("a name is something that can be seen")
    return name


# Of names, which stand in lists, in the middle of sentences and in the subjects of mails.
OneLine = AfterValidator(_one_line)


def _split(value: object) -> object:
    """``a,b`` and ``ids=a&ids=b`` mean the same."""
    return value.split(",") if isinstance(value, str) else value


IdList = Annotated[
    list[UUID],
    BeforeValidator(_split),
    Field(min_length=1, max_length=MOST_IDS, description=f"up to {MOST_IDS} ids, separated by commas"),
]


class IdsQuery(BaseModel):
    """Several things by id."""

    ids: IdList
