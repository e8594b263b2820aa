"""Who the community likes to read."""

from typing import Annotated

from fastapi import Query, Request, Response

from analytics_api.auth import Access
from analytics_api.caching import Audience
from analytics_api.queries.rankings import CREATOR_RANKING
from analytics_api.routing import CurrentAnswers, Limit, Routes
from analytics_api.schemas.rankings import CreatorRanking, Period

routes = Routes("Creators")


@routes.get("/rankings/creators", access=Access.PUBLIC, model=CreatorRanking, seeds="003 5; 004")
async def creator_ranking(
    request: Request,
    answers: CurrentAnswers,
    period: Annotated[Period, Query(description="The time that the ranking looks at")] = Period.WEEK,
    limit: Limit = 20,
) -> Response:
    """The creators with the most response in a period, best first."""
    return await answers.serve(
        request,
        CREATOR_RANKING,
        {"period": period.value, "limit": limit},
        audience=Audience.ANYONE,
        present=lambda reading: CreatorRanking(period=period, items=reading.rows, **reading.stamp),
    )
