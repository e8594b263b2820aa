"""Routes of feeds, of hashtags, and of what is trending."""

from web.content.schemas import Post
from web.core.api import Routes
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.feeds import posts
from web.feeds.schemas import FeedItem, FeedQuery, TagPath, Trending, TrendingQuery
from web.feeds.service import FeedService
from web.feeds.trending import TrendingService

routes = Routes("feeds")


@routes.get("/feed", permission=Permission.READ, seeds="003 component 4 GET /feed, 002 feed, 001 strategies")
def feed(request: Request, query: FeedQuery) -> Page[FeedItem]:
    """What the caller follows, mixed with what others share and ranked; or by time.

    A ranked feed stays as it is while it is paged through, and goes on by time after its end.
    """
    return request.services[FeedService].feed(request.member_id, query)


@routes.get(
    "/feed/following", permission=Permission.READ, seeds="003 component 4 feed algo=time, 002 feed, 001"
)
def following(request: Request, query: PageQuery) -> Page[FeedItem]:
    """What the caller and those they follow shared, newest first."""
    return request.services[FeedService].by_time(request.member_id, "following", query)


@routes.get("/feed/friends", permission=Permission.READ, seeds="002 feed feed_type=friends")
def of_friends(request: Request, query: PageQuery) -> Page[FeedItem]:
    """What the caller's friends shared, newest first."""
    return request.services[FeedService].by_time(request.member_id, "friends", query)


@routes.get(
    "/feed/discover", permission=Permission.READ, seeds="002 feed feed_type=discover, 003 component 4"
)
def discover(request: Request, query: PageQuery) -> Page[FeedItem]:
    """What others than those the caller follows share in public, ranked for the caller."""
    return request.services[FeedService].discover(request.member_id, query)


@routes.get("/hashtags/{tag}", permission=Permission.PUBLIC, seeds="003 component 4 hashtags")
def by_hashtag(request: Request, path: TagPath, query: PageQuery) -> Page[Post]:
    """The posts with a hashtag that the caller may see, newest first."""
    return posts.tagged(request.db, path.tag, request.viewer_id, query)


@routes.get("/trending", permission=Permission.PUBLIC, seeds="003 component 4 GET /trending")
def trending(request: Request, query: TrendingQuery) -> Trending:
    """What got most response in the last 24 hours."""
    service = request.services[TrendingService]
    if query.kind == "hashtags":
        return service.hashtags(query.limit)
    return service.posts(request.viewer_id, query.limit)
