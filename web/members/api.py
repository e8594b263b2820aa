"""Routes of members as others see them."""

from web.core.api import MemberPath, Routes
from web.core.requests import Request
from web.core.schemas import IdsQuery
from web.core.security import Permission
from web.members import queries
from web.members.schemas import MemberCards, Profile

routes = Routes("members")


@routes.get("/users", permission=Permission.PUBLIC)
def cards(request: Request, query: IdsQuery) -> MemberCards:
    """Several members by id, for lists that hold only ids."""
    return queries.cards_of(request.db, query.ids)


@routes.get("/users/{user_id}", permission=Permission.PUBLIC, seeds="002 4.2 GET /users/:id, 003 component 1")
def profile(request: Request, path: MemberPath) -> Profile:
    """A member's profile; ``{user_id}`` is an id or ``@username``."""
    return queries.profile(request.db, path.user_id, viewer=request.viewer_id)
