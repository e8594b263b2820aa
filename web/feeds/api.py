"""Routes of feeds."""

from web.core.api import Routes
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.feeds import queries
from web.feeds.schemas import FeedItem

routes = Routes("feeds")


@routes.get(
    "/feed/following", permission=Permission.READ, seeds="003 component 4 feed algo=time, 002 feed, 001"
)
def following(request: Request, query: PageQuery) -> Page[FeedItem]:
    """What the caller and those they follow shared, newest first."""
    return queries.following(request.db, request.member_id, query)
