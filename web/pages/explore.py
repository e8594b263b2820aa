"""Finding something: what is trending, words, hashtags."""

from typing import Any

from web.core.errors import InvalidCursor, NotFound
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.feeds import posts
from web.feeds.trending import TrendingService
from web.pages.suggestions import suggested
from web.pages.views import page, page_query
from web.search import queries
from web.search.schemas import SearchQuery, SearchResults

MOST_TRENDING = 10
SECTIONS = ("all", "users", "posts", "hashtags")


@page("explore", Permission.PUBLIC, template="explore")
def explore(request: Request) -> dict[str, Any]:
    """What got most response in the last 24 hours, and whom the reader may want to know."""
    service = request.services[TrendingService]
    return {
        "suggestions": suggested(request),
        "posts": service.posts(request.viewer_id, MOST_TRENDING).posts,
        "hashtags": service.hashtags(MOST_TRENDING).hashtags,
    }


@page("search", Permission.PUBLIC, template="search")
def search(request: Request) -> dict[str, Any]:
    """What was looked for; without words, a place to enter some."""
    typed, wanted = request.GET.get("q", "").strip(), request.GET.get("type", "all")
    section = wanted if wanted in SECTIONS else "all"
    return {"typed": typed, "section": section, "found": _found(request, typed, section)}


def _found(request: Request, typed: str, section: str) -> SearchResults:
    try:
        query = page_query(request, SearchQuery, f"/search?{typed}", q=typed, type=section)
    except InvalidCursor:
        if "cursor" in request.GET:
            raise
        return SearchResults()  # nothing that could be found
    return queries.search(request.db, query, request.viewer_id)


@page("hashtag", Permission.PUBLIC, template="hashtag")
def hashtag(request: Request) -> dict[str, Any]:
    """The posts with a hashtag."""
    tag: str = request.matchdict["tag"]
    if "\0" in tag:
        raise NotFound()
    return {
        "tag": tag,
        "page": posts.tagged(request.db, tag, request.viewer_id, page_query(request, PageQuery)),
    }
