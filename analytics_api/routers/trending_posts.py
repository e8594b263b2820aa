"""What is hot."""

from typing import Annotated

from fastapi import Query, Request, Response

from analytics_api.auth import Access
from analytics_api.caching import Audience
from analytics_api.queries.trending_posts import TRENDING_POSTS
from analytics_api.routing import CurrentAnswers, Limit, Routes
from analytics_api.schemas.trending_posts import TrendingPosts, Window

routes = Routes("Content")


@routes.get("/trending-posts", access=Access.PUBLIC, model=TrendingPosts, seeds="003 5; 004; 000 hot")
async def trending_posts(
    request: Request,
    answers: CurrentAnswers,
    window: Annotated[Window, Query(description="How far back a post may have been written")] = Window.DAY,
    limit: Limit = 20,
) -> Response:
    """The hottest public posts of the last 24 hours or 7 days, hottest first."""
    return await answers.serve(
        request,
        TRENDING_POSTS,
        {"window": window.value, "limit": limit},
        audience=Audience.ANYONE,
        present=lambda reading: TrendingPosts(window=window, items=reading.rows, **reading.stamp),
    )
