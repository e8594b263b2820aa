"""Activity of the community per day."""

from typing import Annotated

from fastapi import Query, Request, Response

from analytics_api.auth import Access
from analytics_api.caching import Audience
from analytics_api.queries.daily_users import DAILY_USERS
from analytics_api.routers.periods import OptionalDay, period_of
from analytics_api.routing import CurrentAnswers, Routes
from analytics_api.schemas.daily_users import DailyUsers

routes = Routes("Community")


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
    start, end = period_of(start, end)
    return await answers.serve(
        request,
        DAILY_USERS,
        {"start": start, "end": end},
        audience=Audience.ITS_READER,
        present=lambda reading: DailyUsers(items=reading.rows, **reading.stamp),
    )
