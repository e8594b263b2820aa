"""Activity of the community per day."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BeforeValidator, WithJsonSchema

from analytics_api.auth import Access
from analytics_api.caching import Audience
from analytics_api.errors import InvalidField
from analytics_api.queries.daily_users import DAILY_USERS
from analytics_api.routing import CurrentAnswers, Routes
from analytics_api.schemas.daily_users import DailyUsers

MOST_DAYS = 400
USUAL_DAYS = 30

routes = Routes("Community")


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


def _period(start: date | None, end: date | None) -> tuple[date, date]:
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


@routes.get("/daily-users", access=Access.DASHBOARD, model=DailyUsers, seeds="004; card")
async def daily_users(
    request: Request,
    answers: CurrentAnswers,
    start: Annotated[
        OptionalDay, Query(description="First UTC day; default: 29 days before the last")
    ] = None,
    end: Annotated[OptionalDay, Query(description="Last UTC day, included; default: today")] = None,
) -> Response:
    """What the community did on each UTC day, oldest day first; at most 400 days."""
    start, end = _period(start, end)
    return await answers.serve(
        request,
        DAILY_USERS,
        {"start": start, "end": end},
        audience=Audience.ITS_READER,
        present=lambda reading: DailyUsers(items=reading.rows, **reading.stamp),
    )
