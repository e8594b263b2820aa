"""The route of search."""

from web.core.api import Routes
from web.core.requests import Request
from web.core.security import Permission
from web.search import queries
from web.search.schemas import SearchQuery, SearchResults

routes = Routes("search")


@routes.get("/search", permission=Permission.PUBLIC, seeds="002 4.11, 003 component 4 GET /search, 000")
def search(request: Request, query: SearchQuery) -> SearchResults:
    """Members, posts and hashtags by words; what is public is found without login."""
    return queries.search(request.db, query, request.viewer_id)
