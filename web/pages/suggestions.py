"""Members whom the reader may want to know, on the pages that suggest some."""

from pyramid.httpexceptions import HTTPSeeOther

from web.core.pagination import PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.members.suggestions import queries
from web.members.suggestions.schemas import Suggestion
from web.members.suggestions.service import SuggestionService
from web.members.suggestions.sources import SuggestionSources
from web.pages.views import member_in, next_page, page, page_query, see_other

MOST_SUGGESTED = 5


def suggested(request: Request) -> list[Suggestion]:
    """The best few; nobody for visitors."""
    if request.viewer_id is None:
        return []
    query = page_query(request, PageQuery, cursor=None, limit=MOST_SUGGESTED)
    sources = request.services[SuggestionSources]
    return queries.suggestions(request.db, sources, request.viewer_id, query).items


@page("dismiss", Permission.FOLLOW, method="POST")
def dismiss(request: Request) -> HTTPSeeOther:
    """Never suggest the member again."""
    request.services[SuggestionService].dismiss(request.member_id, member_in(request))
    return see_other(next_page(request, "/explore"))
