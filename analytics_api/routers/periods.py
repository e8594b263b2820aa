"""Periods of UTC days, as answers by the day are asked for them."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from analytics_api.errors import InvalidField

MOST_DAYS = 400
USUAL_DAYS = 30


def _calendar_day(value: object) -> object:
    """Refuse what pydantic would take besides YYYY-MM-DD, such as seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("a day is written YYYY-MM-DD")
    return value


# A parameter can be left out, but its value cannot be null: the schema says so.
OptionalDay = Annotated[
    Annotated[date, BeforeValidator(_calendar_day)] | None,
    WithJsonSchema({"type": "string", "format": "date"}),
]


def period_of(start: date | None, end: date | None) -> tuple[date, date]:
    """Both ends of the period that is asked for, both included.

    Raises:
        InvalidField: it ends before it starts, or is too long.
    """
    end = end or datetime.now(UTC).date()
    if start is None:
        start = date.fromordinal(max(1, end.toordinal() - USUAL_DAYS + 1))
    if end < start:
        raise InvalidField("start", "start is after end")
    if end - start >= timedelta(days=MOST_DAYS):
        raise InvalidField("start", f"the period is longer than {MOST_DAYS} days")
    return start, end
