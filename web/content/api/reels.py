"""Routes of reels; they are posts, too, and made, liked and commented as such."""

from web.content.reels import queries
from web.content.reels.schemas import NewWatch, ReelAnalytics, ReelItem, ReelPath, ReelQuery
from web.content.reels.service import ReelService
from web.core.api import Routes
from web.core.errors import NotOwner
from web.core.pagination import Page
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("content")


@routes.get("/reels", permission=Permission.PUBLIC, seeds="003 component 2 reels")
def reels(request: Request, query: ReelQuery) -> Page[ReelItem]:
    """Reels one after the other: the newest first, or what most members watched to its end."""
    return queries.reels(request.db, request.viewer_id, query)


@routes.post("/reels/{reel_id}/watch", permission=Permission.REACT, status=204, seeds="003 component 2 reels")
def watch_reel(request: Request, path: ReelPath, body: NewWatch) -> None:
    """Tell for how long a reel was watched."""
    request.services[ReelService].watch(request.member_id, path.reel_id, body.watched_ms)


@routes.get(
    "/reels/{reel_id}/analytics",
    permission=Permission.READ,
    errors=(NotOwner,),
    seeds="003 GET /reels/{id}/analytics",
)
def reel_analytics(request: Request, path: ReelPath) -> ReelAnalytics:
    """How a reel was watched, for its author."""
    return queries.analytics(request.db, path.reel_id, request.member_id)
