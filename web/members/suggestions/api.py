"""Routes of suggestions."""

from web.core.api import MemberPath, Routes
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.members.suggestions import queries
from web.members.suggestions.schemas import Suggestion
from web.members.suggestions.service import SuggestionService
from web.members.suggestions.sources import SuggestionSources

routes = Routes("suggestions")


@routes.get(
    "/users/suggestions",
    permission=Permission.READ,
    seeds="002 4.3 GET /friends/suggestions, 003 component 1 GET /users/{id}/recommendations",
)
def suggestions(request: Request, query: PageQuery) -> Page[Suggestion]:
    """Whom the caller may want to know, best first, with the reason."""
    return queries.suggestions(request.db, request.services[SuggestionSources], request.member_id, query)


@routes.post(
    "/users/suggestions/{user_id}/dismiss",
    permission=Permission.FOLLOW,
    status=204,
    seeds="002 4.3 POST /friends/suggestions/:userId/dismiss",
)
def dismiss(request: Request, path: MemberPath) -> None:
    """Never suggest a member again; the member is not told."""
    request.services[SuggestionService].dismiss(request.member_id, path.user_id)
