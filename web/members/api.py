"""Routes of members as others see them."""

from web.core.api import MemberPath, Routes
from web.core.relations import MemberPolicy
from web.core.requests import Request
from web.core.schemas import IdsQuery
from web.core.security import Permission
from web.members import queries
from web.members.errors import ProfileNotShown
from web.members.schemas import MemberCards, MemberStats, Profile
from web.members.stats import StatSources

routes = Routes("members")


@routes.get("/users", permission=Permission.PUBLIC)
def cards(request: Request, query: IdsQuery) -> MemberCards:
    """Several members by id, for lists that hold only ids; nobody whom the caller may not meet."""
    return queries.cards_of(request.db, query.ids, request.viewer_id)


@routes.get("/users/{user_id}", permission=Permission.PUBLIC, seeds="002 4.2 GET /users/:id, 003 component 1")
def profile(request: Request, path: MemberPath) -> Profile:
    """A member's profile, limited where it is not open; ``{user_id}`` is an id or ``@username``."""
    return queries.profile(request.db, path.user_id, viewer=request.viewer_id)


@routes.get(
    "/users/{user_id}/stats",
    permission=Permission.PUBLIC,
    errors=(ProfileNotShown,),
    seeds="002 4.2 GET /users/:id/stats",
)
def stats(request: Request, path: MemberPath) -> MemberStats:
    """A member's numbers, where the profile is open to the caller."""
    request.services[MemberPolicy].require_profile(request.viewer_id, path.user_id)
    return queries.stats(request.db, request.services[StatSources], path.user_id)
