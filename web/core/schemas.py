"""Request models that several features share."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field

MOST_IDS = 50


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
