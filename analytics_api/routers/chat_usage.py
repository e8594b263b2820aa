"""How much is talked, per day."""

from typing import Annotated

from fastapi import Query, Request, Response

from analytics_api.auth import Access
from analytics_api.caching import Audience
from analytics_api.queries.chat_usage import CHAT_USAGE
from analytics_api.routers.periods import OptionalDay, period_of
from analytics_api.routing import CurrentAnswers, Routes
from analytics_api.schemas.chat_usage import ChatUsage

routes = Routes("Community")


@routes.get("/chat-usage", access=Access.DASHBOARD, model=ChatUsage, seeds="004 AnonymousChatUsageStats")
async def chat_usage(
    request: Request,
    answers: CurrentAnswers,
    start: Annotated[
        OptionalDay, Query(description="First UTC day; default: 29 days before the last")
    ] = None,
    end: Annotated[OptionalDay, Query(description="Last UTC day, included; default: today")] = None,
) -> Response:
    """How much was talked on each UTC day, oldest day first; at most 400 days. It names nobody."""
    start, end = period_of(start, end)
    return await answers.serve(
        request,
        CHAT_USAGE,
        {"start": start, "end": end},
        audience=Audience.ITS_READER,
        present=lambda reading: ChatUsage(items=reading.rows, **reading.stamp),
    )
